"""The baselines of decision ids answer, and each does what its name says."""

from pathlib import Path
from runpy import run_path

import gymnasium as gym
import pytest

import textgym
from textgym.errors import AgentError
from textgym.evaluation.example_order import example_indices
from textgym.evaluation.submission import run_suite
from textgym.evaluation.suite import load_suite
from textgym.metrics.rouge import rouge_tokens
from textgym.metrics.sentences import sentences
from textgym.metrics.text_rank import text_rank
from textgym.registration import env_ids

AGENTS = Path(__file__).parents[2] / "agents"
SUMMARIES = "textgym/ExtractiveSummarization-v0"


def played(name, env_id=SUMMARIES, episodes=40):
    return textgym.evaluate(str(AGENTS / name), env_id, episodes=episodes, seed=0, on_error="raise")


@pytest.mark.parametrize("env_id", env_ids("decision"))
@pytest.mark.parametrize("name", ["random_decisions.py", "greedy_oracle.py"])
def test_general_baselines_play_every_decision_id(name, env_id):
    first, second = (played(name, env_id, 5) for _ in range(2))
    assert [r.replies for r in first.records] == [r.replies for r in second.records]
    assert first.metric_means["illegal_actions"] == 0


def test_lead_picks_the_beginning_in_order():
    for record in played("lead.py").records:
        picked = [reply.split(".")[0] for reply in record.replies if reply != "stop"]
        assert picked == [str(i + 1) for i in range(len(picked))]
        assert picked


def test_lead_k_stops_after_k():
    agent = run_path(str(AGENTS / "lead.py"))["make_lead"](2)
    records = textgym.evaluate(agent, SUMMARIES, episodes=10, seed=0).records
    assert all(record.metrics["sentences"] <= 2 for record in records)
    assert any(record.replies[-1] == "stop" and record.turns == 3 for record in records)


def test_text_rank_picks_the_most_central_sentence_first():
    env = gym.make(SUMMARIES, split="test").unwrapped
    order = example_indices(env.task, "test", episodes=5, seed=0, repeats=False)
    for record, index in zip(played("text_rank.py", episodes=5).records, order, strict=True):
        _, info = env.reset(options={"index": index})
        parts = sentences(info["example"].prompt.partition("\n")[2])
        best = parts[int(text_rank([rouge_tokens(part) for part in parts]).argmax())]
        assert record.replies[0].partition(". ")[2] == best


def test_the_oracle_beats_every_baseline_and_those_beat_chance():
    oracle, lead, chance = (
        played(f"{name}.py", episodes=100).interval for name in ("greedy_oracle", "lead", "random_decisions")
    )
    assert oracle[0] > lead[1]
    assert lead[0] > chance[1]


@pytest.mark.slow
@pytest.mark.train
def test_the_recipe_runs_and_draws(tmp_path, capsys):
    pytest.importorskip("stable_baselines3")
    run_path(str(AGENTS / "extractive.py"))["main"](out=tmp_path, seeds=1, timesteps=4096, episodes=8)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        *("lead-1", "lead-2", "lead-3", "lead, as many as fit", "text_rank", "greedy_oracle (bound)"),
        *("MaskablePPO, pointer, seed 0", "MaskablePPO, MlpPolicy, seed 0"),
    ]
    assert (tmp_path / "extractive.png").read_bytes().startswith(b"\x89PNG")


def test_no_suite_takes_an_oracle():
    class Oracle:
        def act(self, requests):
            return [""] * len(requests)

        def meet(self, episode, example):
            pass

    with pytest.raises(AgentError, match="Oracle is an oracle"):
        run_suite(lambda env_id, kwargs: Oracle(), load_suite("quick-v0"), name="x")


@pytest.mark.train
def test_the_recipe_of_dialogue_acts_trains_prints_and_draws(tmp_path, capsys):
    pytest.importorskip("sb3_contrib")
    main = run_path(str(AGENTS / "dialogue_acts_learning.py"))["main"]
    main(out=tmp_path, seeds=2, timesteps=1100, episodes=8, learner=["maskable_dqn", "q_learning"])
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    assert [row[1].strip(" `") for row in rows] == [
        "random_decisions",
        "dialogue_acts_form",
        "dialogue_acts_policy",
        "maskable_dqn",
        "q_learning",
    ]
    # The strong agent by hand never fails on easy goals; each seed of a learner has its own column.
    assert rows[2][3].split()[0] == "1.000"
    assert [len(row[4].split()) for row in rows] == [0, 0, 0, 2, 2]
    assert (tmp_path / "dialogue_acts.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.train
def test_a_run_of_dialogue_acts_without_a_line_in_its_log_leaves_its_curve_out(tmp_path, capsys):
    pytest.importorskip("sb3_contrib")
    main = run_path(str(AGENTS / "dialogue_acts_learning.py"))["main"]
    main(out=tmp_path, seeds=1, timesteps=64, episodes=2, learner=["q_learning"])
    assert "| `q_learning` |" in capsys.readouterr().out
    assert (tmp_path / "dialogue_acts.png").exists()


@pytest.mark.train
def test_the_recipe_of_games_trains_prints_and_draws(tmp_path, capsys):
    pytest.importorskip("sb3_contrib")
    main = run_path(str(AGENTS / "games_learning.py"))["main"]
    main(out=tmp_path, seeds=2, timesteps=2048, episodes=20)
    printed = capsys.readouterr().out
    tables = [
        {row[1].strip(" `"): row for line in lines.splitlines() if (row := line.split("|"))[2:]}
        for lines in printed.strip().split("\n\n")
    ]
    *seeds, together = ("MaskablePPO, seed 0", "MaskablePPO, seed 1", "MaskablePPO, mean of 2 seeds")
    for rows, simple, strong in zip(
        tables,
        ("negotiation_firm", "twenty_questions_in_order"),
        ("negotiation_concession", "twenty_questions_entropy"),
        strict=True,
    ):
        assert [*rows][2:] == ["random_decisions", simple, strong, *seeds, together]
        mean = {name: float(row[2].split()[0]) for name, row in rows.items() if name not in ("agent", "---")}
        # Episode by episode, so that the gain in the mean is the difference of the means; both are rounded.
        for seed in seeds:
            gains = [float(rows[seed][column].split()[0]) for column in (6, 7)]
            assert gains == pytest.approx([mean[seed] - mean[simple], mean[seed] - mean[strong]], abs=0.0016)
        assert mean[together] == pytest.approx((mean[seeds[0]] + mean[seeds[1]]) / 2, abs=0.0011)
        assert mean[strong] > mean["random_decisions"]
    assert (tmp_path / "games.png").read_bytes().startswith(b"\x89PNG")
    trained = {path: path.read_bytes() for path in tmp_path.glob("*/log-*/progress.csv")}
    main(out=tmp_path, seeds=2, timesteps=2048, episodes=20)
    assert capsys.readouterr().out == printed
    assert {path: path.read_bytes() for path in tmp_path.glob("*/log-*/progress.csv")} == trained
