"""Wait-k and offline interpreters, and the post-editors, do what their names say."""

from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

import textgym
from textgym.evaluation.comparison import paired_difference
from textgym.protocols import Request

AGENTS = Path(__file__).parents[2] / "agents"
INTERPRET, REVISE = "textgym/SimultaneousTranslation-v0", "textgym/PostEditing-v0"


def played(name, env_id, **kwargs):
    return textgym.evaluate(
        str(AGENTS / name), env_id, episodes=60, seed=0, on_error="raise", env_kwargs=kwargs
    )


@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_wait_k_writes_k_words_behind_where_it_can(k):
    # The delay of the t-th word is at least min(k + t - 1, |x|); there is no word to write at times.
    for record in played(f"wait_k.py:wait_{k}", INTERPRET, difficulty=1.0).records:
        heard, delays = 1, []
        for name in record.replies:
            heard += name == "READ"
            delays += [heard] if name != "READ" else []
        source = record.metrics["source_words"]
        assert all(delay >= min(k + t, source) for t, delay in enumerate(delays))
        first_chance = next(i for i, name in enumerate(record.replies) if name != "READ")
        assert delays[0] == first_chance + 1
        assert record.metrics["illegal_actions"] == 0


def test_offline_writes_at_the_end_and_earns_half():
    result = played("wait_k.py:offline", INTERPRET)
    for record in result.records:
        names = ["READ" if name == "READ" else "WRITE" for name in record.replies]
        assert names == sorted(names)
    assert result.mean_return == pytest.approx(0.5, abs=0.001)
    assert result.metric_means["ap"] == 1.0


def test_quality_grows_with_k_and_so_does_the_lag():
    results = [played(f"wait_k.py:wait_{k}", INTERPRET, difficulty=1.0) for k in (1, 3, 5, 7)]
    for metric in ("chrf", "bleu", "al", "dal", "ap"):
        means = [result.metric_means[metric] for result in results]
        assert means == sorted(means), metric
    assert results[2].mean_return > played("wait_k.py:offline", INTERPRET, difficulty=1.0).mean_return + 0.15


@pytest.mark.parametrize("k", [0, 9])
def test_wait_k_has_its_limits(k):
    with pytest.raises(ValueError, match=r"\[1, 8\]"):
        run_path(str(AGENTS / "wait_k.py"))["wait_k"](k)


def test_keeping_the_draft_earns_what_the_draft_is_worth():
    for record in played("keep_draft.py", REVISE).records:
        assert record.return_ == pytest.approx(record.metrics["draft_chrf"] / 100)
        assert (record.turns, record.metrics["hter"]) == (1, 0.0)


def test_simple_fixes_beat_the_draft_and_the_grammar_beats_simple_fixes():
    kept, fixed, best = (
        played(name, REVISE, difficulty=0.0)
        for name in ("keep_draft.py", "simple_fixes.py", "grammar_translation.py")
    )
    assert paired_difference(fixed, kept).interval[0] > 0
    assert paired_difference(best, fixed).interval[0] > 0
    assert best.mean_return == pytest.approx(1.0)


def test_mended_drafts_beat_simple_fixes_and_the_best_of_eight_is_better_still():
    fixed, mended, best = (
        played(name, REVISE) for name in ("simple_fixes.py", "mended_draft.py", "mended_oracle.py")
    )
    assert paired_difference(mended, fixed).interval[0] > 0.1
    assert paired_difference(best, mended).interval[0] > 0.02
    for one, many in zip(mended.records, best.records, strict=True):
        assert many.return_ >= one.return_
        assert (one.turns, many.turns) == (1, 1)


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_the_grammar_translates_what_it_generated(language):
    result = played("grammar_translation.py", "textgym/Translation-v0", language=language)
    assert result.metric_means["exact"] > 0.95


@pytest.mark.parametrize(
    "message, reply",
    [
        ("Translate into German:\nThe dog sleeps.", "Der Hund schläft."),
        ("Translate into Dutch:\nThe dog sleeps.", "Translate into Dutch:\nThe dog sleeps."),
        (
            "Revise the German translation. x\nSource: The dog sleeps.\nDraft: Hund.\nEstimate: 1 of 5",
            "Der Hund schläft.\nSTOP",
        ),
        ("Hello!", "Hello!"),
    ],
)
def test_grammar_translation_by_hand(message, reply):
    agent = run_path(str(AGENTS / "grammar_translation.py"))["make_agent"]()
    assert agent.act([Request(({"role": "user", "content": message},), 0, 0, 0)]) == [reply]


def test_chrf_over_the_front_by_hand():
    over_front = run_path(str(AGENTS / "simultaneous.py"))["over_front"]
    # Two sentences, each a group: (chrF, DAL) of the agent and of two baselines.
    agent, slow, fast = (
        SimpleNamespace(
            records=[
                SimpleNamespace(group=str(i), metrics={"chrf": chrf, "dal": dal})
                for i, (chrf, dal) in enumerate(rows)
            ]
        )
        for rows in ([(80, 3), (70, 5)], [(90, 6), (70, 6)], [(60, 2), (60, 2)])
    )
    # The line from (2, 60) to (6, 80) is at 70 where the lagging is 4. Halfway between the two, the first sentence has chrF 75 at
    # 4, of which the agent's 80 at 3 are 5 + 5 more at a slope of 5; the second has 65 at 4, and 70 at 5 are 5 - 5 more.
    mean, interval = over_front(agent, [fast, slow])
    assert mean == pytest.approx(5.0)
    assert interval == pytest.approx((0.0, 10.0))


@pytest.mark.slow
@pytest.mark.train
def test_the_recipe_runs_and_draws(tmp_path, capsys):
    pytest.importorskip("stable_baselines3")
    run_path(str(AGENTS / "simultaneous.py"))["main"](out=tmp_path, seeds=1, timesteps=4096, episodes=8)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        *(f"wait-{k}" for k in range(1, 9)),
        "offline",
        "MaskablePPO, seed 0",
        "DQN, seed 0",
        "DQN, language model, seed 0",
    ]
    assert (tmp_path / "simultaneous.png").read_bytes().startswith(b"\x89PNG")
