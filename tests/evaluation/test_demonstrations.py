"""Experts: their episodes can be replayed, beat chance, and load where demonstrations are used."""

import json
from functools import lru_cache
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import textgym
from textgym.errors import InvalidValue
from textgym.evaluation.demonstration_files import to_dataset, to_minari, write_jsonl
from textgym.evaluation.experts import expert_of
from textgym.registration import env_ids, make_env
from textgym.tasks.base import Task

AGENTS = Path(__file__).parents[2] / "agents"
PLAYED = sorted([*env_ids("text"), *env_ids("decision")])
GAME = "textgym/TwentyQuestions-v0"
EPISODES = 6


@lru_cache
def played(env_id):
    return list(textgym.demonstrations(env_id, EPISODES, seed=2))


def equal(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)
    return a == b if isinstance(a, str) else np.array_equal(a, b)


@pytest.mark.parametrize("env_id", [*PLAYED, *env_ids("tokens")])
def test_playing_it_again_gives_the_same_observations_and_rewards(env_id):
    env = make_env(env_id, split="train")
    for demonstration in played(env_id)[:3]:
        observation, info = env.reset(options={"index": demonstration.index})
        steps = [env.step(action) for action in demonstration.actions]
        assert info["example"].id == demonstration.example_id
        shown = [observation, *(step[0] for step in steps)]
        assert all(map(equal, shown, demonstration.observations))
        assert len(shown) == len(demonstration.observations)
        assert [step[1] for step in steps] == list(demonstration.rewards)
        assert steps[-1][2:4] == (demonstration.terminated, demonstration.truncated) == (True, False)
        assert steps[-1][4]["metrics"] == demonstration.metrics


@pytest.mark.parametrize("env_id", PLAYED)
def test_the_expert_beats_chance_on_the_same_examples(env_id):
    name = "random_decisions.py" if env_id in env_ids("decision") else "random_words.py"
    chance = textgym.evaluate(str(AGENTS / name), env_id, episodes=EPISODES, seed=2, split="train")
    assert [r.example_id for r in chance.records] == [d.example_id for d in played(env_id)]
    assert np.mean([d.return_ for d in played(env_id)]) > chance.mean_return + 0.05


@pytest.mark.parametrize(
    "name", ["Translation", "PostEditing", "Summarization", "ChitChat", "CodeGeneration", "CodeRepair"]
)
@pytest.mark.parametrize("view", ["", "-tokens"])
def test_whoever_says_the_reference_earns_everything(name, view):
    assert [d.return_ for d in played(f"textgym/{name}{view}-v0")] == pytest.approx([1.0] * EPISODES)


@pytest.mark.parametrize("env_id", PLAYED)
def test_a_row_holds_the_whole_conversation(env_id):
    for demonstration in played(env_id):
        row = demonstration.row()
        assert row["prompt"] + row["completion"] == row["messages"]
        roles = [message["role"] for message in row["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert row["reward"] == sum(demonstration.rewards)
        assert (row["env_id"], row["split"], row["id"]) == (env_id, "train", demonstration.example_id)
        said = [message["content"] for message in row["messages"][1::2]]
        if env_id in env_ids("text"):
            assert said == list(demonstration.actions)
            assert [m["content"] for m in row["messages"][::2]] == list(demonstration.observations[:-1])
        else:
            assert row["actions"] == list(demonstration.actions)
            assert len(said) == len(row["actions"])


def test_decisions_are_told_as_a_model_reads_them():
    demonstration = played(GAME)[0]
    env = make_env(GAME, split="train").unwrapped
    env.reset(options={"index": demonstration.index})
    for action, (asked, said) in zip(
        demonstration.actions, zip(*[iter(demonstration.messages)] * 2, strict=True), strict=True
    ):
        assert asked == env.conversation[0]
        assert said["content"] == env.action_names()[action]
        env.step(action)


def test_the_expert_of_dialogue_acts_does_not_depend_on_what_is_shown():
    summary = textgym.demonstrations("textgym/DialogueActs-v0", 3, seed=2, env_kwargs={"belief": "summary"})
    shown = textgym.demonstrations("textgym/DialogueActs-v0", 3, seed=2, env_kwargs={"observation": "tokens"})
    for one, two, three in zip(summary, shown, played("textgym/DialogueActs-v0"), strict=False):
        assert one.actions == two.actions == three.actions


def test_rows_load_with_datasets(tmp_path):
    datasets = pytest.importorskip("datasets")
    for env_id in ("textgym/Dialogue-v0", GAME):
        path = tmp_path / env_id.partition("/")[2] / "rows.jsonl"
        assert write_jsonl(iter(played(env_id)), path) == played(env_id)
        rows = [d.row() for d in played(env_id)]
        assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == rows
        assert to_dataset(played(env_id)).to_list() == rows
        loaded = datasets.load_dataset("json", data_files=str(path), cache_dir=str(tmp_path / "cache"))[
            "train"
        ]
        assert loaded.to_list() == rows


def test_nothing_is_played_for_a_file_that_cannot_be_written(tmp_path):
    def never():
        raise AssertionError("played")
        yield

    with pytest.raises(InvalidValue, match="it is a folder"):
        write_jsonl(never(), tmp_path)


@pytest.mark.parametrize(
    "env_id, kwargs",
    [
        *((env_id, {}) for env_id in [*env_ids("decision"), *env_ids("tokens")]),
        *((env_id, {"observation": "tokens"}) for env_id in env_ids("decision")),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else value,
)
def test_minari_gives_back_what_it_was_given(env_id, kwargs, tmp_path, monkeypatch):
    minari = pytest.importorskip("minari")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    env = make_env(env_id, split="train", **kwargs)
    given = list(textgym.demonstrations(env, 3, seed=1))
    to_minari(given, "textgym/demo/expert-v0", env=env)
    loaded = minari.load_dataset("textgym/demo/expert-v0")
    assert loaded.observation_space == env.observation_space
    assert loaded.action_space == env.action_space
    assert loaded.spec.env_spec == env.spec
    assert loaded.total_steps == sum(len(d.actions) for d in given)
    for episode, demonstration in zip(loaded.iterate_episodes(), given, strict=True):
        assert episode.actions.tolist() == list(demonstration.actions)
        assert episode.rewards.tolist() == list(demonstration.rewards)
        assert episode.terminations.tolist() == [False] * (len(demonstration.actions) - 1) + [True]
        assert not episode.truncations.any()
        for t, observation in enumerate(demonstration.observations):
            stored = episode.observations
            at = {k: v[t] for k, v in stored.items()} if isinstance(stored, dict) else stored[t]
            assert equal(observation, at)
    options = [metadata["options"] for metadata in loaded.storage.get_episode_metadata(range(3))]
    assert options == [{"index": d.index} for d in given]


def test_minari_takes_no_text():
    pytest.importorskip("minari")
    env = make_env("textgym/Dialogue-v0")
    with pytest.raises(InvalidValue, match="demonstrate its token view, 'textgym/Dialogue-tokens-v0'"):
        to_minari([], "x-v0", env=env)
    with pytest.raises(InvalidValue, match="at least 1 demonstration"):
        to_minari([], "x-v0", env=make_env(GAME))


def test_the_order_depends_on_the_seed_and_the_split():
    def ids(**kwargs):
        return [d.example_id for d in textgym.demonstrations("textgym/Translation-v0", 4, **kwargs)]

    assert ids(seed=1) == ids(seed=1) == ids(seed=1, split="train")
    assert not set(ids(seed=1)) & set(ids(seed=2))
    assert not set(ids(seed=1)) & set(ids(seed=1, split="test"))


def write_sentences(path):
    rows = [{"source": f"Stand {i}.", "target": f"Halt {i}.", "split": "train"} for i in range(3)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return f"jsonl:{path}"


def test_a_finite_source_is_asked_once_each(tmp_path):
    kwargs = {"source": write_sentences(tmp_path / "s.jsonl"), "language": "de"}
    made = list(textgym.demonstrations("textgym/Translation-v0", 3, env_kwargs=kwargs))
    assert sorted(d.actions[0] for d in made) == ["Halt 0.", "Halt 1.", "Halt 2."]
    with pytest.raises(InvalidValue, match="4 episodes were asked for"):
        textgym.demonstrations("textgym/Translation-v0", 4, env_kwargs=kwargs)
    more = textgym.demonstrations("textgym/Translation-v0", 4, env_kwargs=kwargs, repeats=True)
    assert len(list(more)) == 4


def test_an_example_without_a_reference_has_no_demonstration(tmp_path):
    row = {"prompt": 'def f(x):\n    """Add 1."""\n', "entry_point": "f", "tests": ">>> f(1)\n2\n"}
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps({**row, "split": "train"}) + "\n")
    made = textgym.demonstrations("textgym/CodeGeneration-v0", 1, env_kwargs={"source": f"jsonl:{path}"})
    with pytest.raises(InvalidValue, match="has no reference"):
        next(made)


@pytest.mark.parametrize(
    "arguments, kwargs, message",
    [
        ((GAME, 0), {}, "number must be at least 1, got 0"),
        ((GAME, "many"), {}, "number must be an integer, got 'many'"),
        ((GAME, 1), {"seed": -1}, "seed must be at least 0"),
        ((GAME, 1), {"split": "dev"}, "train, validation, test"),
        ((GAME, 1), {"env_kwargs": {"split": "test"}}, "pass split=... beside"),
        ((GAME, 1), {"env_kwargs": {"colour": 1}}, "takes no argument 'colour'"),
        (("textgym/Dialogue-choice-v0", 1), {}, "candidates need not hold .* Take 'textgym/Dialogue-v0'"),
        (("CartPole-v1", 1), {}, "'CartPole-v1'|unexpected"),
    ],
)
def test_a_mistake_is_told_before_anything_is_played(arguments, kwargs, message):
    with pytest.raises((ValueError, TypeError), match=message):
        textgym.demonstrations(*arguments, **kwargs)


def test_an_environment_brings_its_own_arguments():
    env = gym.make("textgym/Translation-v0", split="validation", difficulty=0.0)
    (made,) = textgym.demonstrations(env, 1)
    assert made.split == "validation"
    with pytest.raises(InvalidValue, match="an environment has its own"):
        textgym.demonstrations(env, 1, split="test")
    with pytest.raises(InvalidValue, match="no text or decision environment"):
        textgym.demonstrations(gym.make("CartPole-v1"), 1)


def test_a_task_without_an_expert_is_refused():
    class Mine(Task):
        pass

    Mine.__abstractmethods__ = frozenset()
    with pytest.raises(InvalidValue, match="no expert is known for Mine; there is one for each of ChitChat"):
        expert_of(Mine())
