"""What every decision id promises beyond the contract of all ids (`test_contract.py`)."""

import gymnasium as gym
import numpy as np
import pytest

import textgym
from textgym.errors import ContextTooSmall, InvalidValue, UnknownName
from textgym.registration import env_ids
from textgym.tasks.decision import legal_action
from textgym.tokenization import load_tokenizer

IDS = env_ids("decision")


def episode(task, example, rng):
    """States, legal actions and steps of one random legal episode."""
    state, rows = task.start(example), []
    while not rows or not rows[-1][2].terminated:
        action = int(rng.choice(np.flatnonzero(task.mask(state))))
        rows.append((state, action, task.step(state, action)))
        state = rows[-1][2].state
    return rows


def examples(task, number, difficulty=0.5):
    rng = np.random.default_rng(0)
    if task.finite:
        return task.examples("train")[:number]
    return [task.generate(rng, "train", difficulty) for _ in range(number)]


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_states_keep_the_contract_of_decision_tasks(env_id, difficulty):
    task, rng = gym.make(env_id).unwrapped.task, np.random.default_rng(1)
    for example in examples(task, 10, difficulty):
        rows = episode(task, example, rng)
        assert len(rows) <= task.max_steps
        assert all(not step.metrics for *_, step in rows[:-1])
        assert task.return_range[0] - 1e-9 <= sum(s.reward for *_, s in rows) <= task.return_range[1] + 1e-9
        for state in [*(state for state, *_ in rows), rows[-1][2].state]:
            vector, features = task.vector(state), task.features(state)
            assert (vector.dtype, vector.shape) == (np.float32, (task.vector_size,))
            assert np.abs(vector).max() <= 1
            assert vector is not task.vector(state)
            assert isinstance(features, str)
            assert features
        for state, *_ in rows:
            mask = task.mask(state)
            assert (mask.dtype, mask.shape) == (np.bool_, (task.actions,))
            assert mask.any()
            names = [task.action_name(state, int(a)) for a in np.flatnonzero(mask)]
            assert len(set(names)) == len(names)
            assert all(names)


@pytest.mark.parametrize("env_id", IDS)
def test_a_step_is_a_function_of_its_arguments(env_id):
    task = gym.make(env_id).unwrapped.task
    for example in examples(task, 3):
        rows = episode(task, example, np.random.default_rng(2))
        shown = [(task.features(s), task.vector(s).tolist(), task.mask(s).tolist()) for s, *_ in rows]
        again = [task.step(state, action) for state, action, _ in rows]
        assert [(s.reward, s.terminated, s.metrics) for s in again] == [
            (s.reward, s.terminated, s.metrics) for *_, s in rows
        ]
        # The later steps have left the earlier states as they were.
        assert shown == [(task.features(s), task.vector(s).tolist(), task.mask(s).tolist()) for s, *_ in rows]


@pytest.mark.parametrize("env_id", IDS)
def test_what_agents_see_does_not_depend_on_the_references(env_id):
    task = gym.make(env_id).unwrapped.task
    for example in examples(task, 5):
        hidden = type(example)(
            **{**example.to_json(), "references": ("other", "words")[: len(example.references)]}
        )
        rows = episode(task, example, np.random.default_rng(3))
        state = task.start(hidden)
        for shown, action, _ in rows:
            assert task.features(state) == task.features(shown)
            np.testing.assert_array_equal(task.vector(state), task.vector(shown))
            np.testing.assert_array_equal(task.mask(state), task.mask(shown))
            state = task.step(state, action).state


@pytest.mark.parametrize("action, played", [(0, 1), (1, 1), (2, 4), (3, 3), (4, 4), (5, 4)])
def test_an_illegal_action_counts_through_the_legal_ones(action, played):
    assert legal_action(np.array([False, True, False, True, True, False]), action) == played


@pytest.mark.parametrize("env_id", IDS)
def test_an_illegal_action_is_played_as_a_legal_one_and_counted(env_id):
    mine, other = gym.make(env_id).unwrapped, gym.make(env_id).unwrapped
    rng, checked = np.random.default_rng(0), 0
    for seed in range(10):
        mine.reset(seed=seed)
        other.reset(seed=seed)
        over, illegal = False, 0
        while not over:
            mask = other.action_masks()
            action = int(rng.integers(mine.action_space.n))
            illegal += not mask[action]
            legal = action if mask[action] else int(np.flatnonzero(mask)[action % mask.sum()])
            first, second = mine.step(action), other.step(legal)
            np.testing.assert_array_equal(first[0], second[0])
            assert first[1:4] == second[1:4]
            over = first[2]
        assert first[4]["metrics"] == {**second[4]["metrics"], "illegal_actions": illegal}
        assert second[4]["metrics"]["illegal_actions"] == 0
        assert not mine.action_masks().any()
        checked += illegal
    # Some environments allow every action always.
    assert checked or all(mine.task.mask(mine.task.start(mine.example)))


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("action", [-1, 10_000, 0.5, "0", None])
def test_an_action_outside_the_space_is_refused_and_the_episode_goes_on(env_id, action):
    env = gym.make(env_id, disable_env_checker=True)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"must be an integer in \[0, "):
        env.step(action)
    env.step(0)


@pytest.mark.parametrize("env_id", IDS)
def test_tokens_are_the_prompt_of_the_features_and_change_nothing_else(env_id):
    vector, tokens = gym.make(env_id), gym.make(env_id, observation="tokens")
    vector.reset(seed=1)
    shown, _ = tokens.reset(seed=1)
    rng, over = np.random.default_rng(0), False
    while True:
        features = tokens.unwrapped.task.features(tokens.unwrapped.state)
        ids = load_tokenizer("tiny").prompt_ids(({"role": "user", "content": features},))
        assert shown["tokens"][: shown["length"][0]].tolist() == ids
        assert not shown["tokens"][shown["length"][0] :].any()
        assert tokens.observation_space.contains(shown)
        if over:
            break
        action = int(rng.integers(tokens.action_space.n))
        shown, *rest = tokens.step(action)
        assert rest == list(vector.step(action)[1:])
        over = rest[1]


@pytest.mark.parametrize("env_id", IDS)
def test_a_context_that_is_too_small_says_what_would_do(env_id):
    with pytest.raises(ContextTooSmall, match="Pass context_length=") as error:
        gym.make(env_id, observation="tokens", context_length=8)
    enough = int(str(error.value).split("Pass context_length=")[1].split()[0])
    gym.make(env_id, observation="tokens", context_length=enough)
    with pytest.raises(ContextTooSmall):
        gym.make(env_id, observation="tokens", context_length=enough - 1)
    with pytest.raises(UnknownName, match="'vector' or 'tokens'"):
        gym.make(env_id, observation="text")


@pytest.mark.parametrize("observation", ["vector", "tokens"])
@pytest.mark.parametrize(
    "settings, message",
    [
        ({"context_length": "512"}, "context_length must be an integer, got '512'"),
        ({"context_length": 512.5}, "context_length must be an integer, got 512.5"),
        ({"context_length": 0}, "context_length must be at least 1, got 0"),
        ({"tokenizer": 3}, "tokenizer must be a string, got 3"),
    ],
)
def test_settings_of_another_type_are_refused(observation, settings, message):
    with pytest.raises(InvalidValue, match=message):
        gym.make("textgym/Negotiation-v0", observation=observation, **settings)


@pytest.mark.parametrize("env_id", IDS)
def test_a_snapshot_of_another_kind_of_observation_is_refused(env_id):
    env, other = gym.make(env_id), gym.make(env_id, observation="tokens")
    env.reset(seed=0)
    with pytest.raises(ValueError, match="same arguments"):
        textgym.set_state(other, textgym.get_state(env))


@pytest.mark.parametrize("env_id", IDS)
def test_rendering_shows_the_decisions(env_id):
    for mode, speaker in (("ansi", "assistant\033[0m: "), ("html", '<p class="assistant">')):
        env = gym.make(env_id, render_mode=mode).unwrapped
        assert env.render() in ("", '<div class="textgym"></div>')
        env.reset(seed=1)
        assert speaker not in env.render()
        action, name = next(iter(env.action_names().items()))
        env.step(action)
        assert env.render().count(speaker) == 1
        assert name.split()[0] in env.render().split(speaker)[1]


@pytest.mark.parametrize("env_id", IDS)
def test_the_vector_environment_refuses_actions_as_a_whole(env_id):
    venv = gym.make_vec(env_id, num_envs=2)
    venv.reset(seed=0)
    before = textgym.get_state(venv)
    for actions in ([0, venv.single_action_space.n], [0], [0.0, 1.0], [-1, 0]):
        with pytest.raises(ValueError, match="integer"):
            venv.step(np.array(actions))
    assert textgym.get_state(venv) == before
    assert venv.action_masks().shape == (2, venv.single_action_space.n)
