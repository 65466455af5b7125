import copy
import json
import pickle
import sys

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import RecordEpisodeStatistics, TimeLimit

import textgym
from textgym.envs.text_env import TextEnv
from textgym.protocols import Example
from textgym.tasks.base import Task, Turn
from textgym.vector import TextVectorEnv
from textgym.wrappers import LearnedReward
from textgym.wrappers.learned_reward import LearnedRewardVector


class Counting(Task):
    """Turn t (from 1) earns t / 10; the last one ends the episode."""

    source, finite = "test", True

    def __init__(self, turns):
        self.max_turns = turns

    def examples(self, split):
        return [Example(id=f"test/{i}", prompt=f"prompt {i}", seed=i) for i in range(50)]

    def fingerprint(self):
        return "0" * 16

    def judge(self, batch):
        turns = [sum(m["role"] == "assistant" for m in conversation) for _, conversation in batch]
        return [
            Turn(None, n / 10, True, {"turns": n})
            if n == self.max_turns
            else Turn(f"more {n}", n / 10, False)
            for n in turns
        ]


class Letters(gym.Wrapper):
    """A view as tokens make it: one action is one letter, a space ends the turn, info is empty between."""

    def reset(self, *, seed=None, options=None):
        self.typed = ""
        return self.env.reset(seed=seed, options=options)

    def step(self, action):
        if action != " ":
            self.typed += action
            return "", 0.0, False, False, {}
        reply, self.typed = self.typed, ""
        return self.env.step(reply)


class Length:
    """Letters of all replies / 100; remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def __call__(self, conversations, examples):
        assert all(letters(conversation) for conversation in conversations), "nothing was said yet"
        self.calls.append((list(conversations), [example.id for example in examples]))
        return np.array([letters(c) / 100 for c in conversations], np.float32)

    def __deepcopy__(self, memo):
        raise AssertionError("a reward model must not be copied")


def letters(conversation):
    return sum(len(m["content"]) for m in conversation if m["role"] == "assistant")


def text_env(turns=2):
    return TextEnv(Counting(turns))


def play(env, replies, **reset):
    env.reset(**{"seed": 0, **reset})
    return [env.step(reply) for reply in replies]


def rewards_of(steps):
    return pytest.approx([step[1] for step in steps], abs=1e-7)


# Replies of 30, 10 and 5 letters in a task that pays 0.1, 0.2 and 0.3: the scores are 0.30, 0.40 and 0.45.
REPLIES = ["a" * 30, "b" * 10, "c" * 5]
EXPECTED = {
    ("replace", "episode"): [0.0, 0.0, 0.45],
    ("replace", "turn"): [0.30, 0.40, 0.45],
    ("add", "episode"): [0.1, 0.2, 0.75],
    ("add", "turn"): [0.40, 0.60, 0.75],
    ("shape", "turn"): [0.1 + 0.30, 0.2 + 0.10, 0.3 - 0.40],
}
CASES = pytest.mark.parametrize("mode, when", list(EXPECTED))


@CASES
def test_known_rewards(mode, when):
    env = LearnedReward(text_env(3), Length(), mode=mode, when=when)
    assert rewards_of(play(env, REPLIES)) == EXPECTED[mode, when]


@CASES
def test_known_rewards_when_letters_are_steps(mode, when):
    env = LearnedReward(Letters(text_env(3)), Length(), mode=mode, when=when)
    steps = play(env, " ".join(REPLIES) + " ")
    at_turn_ends = [step for step in steps if "turn_ended" in step[4]]
    between = [step for step in steps if "turn_ended" not in step[4]]
    assert rewards_of(at_turn_ends) == EXPECTED[mode, when]
    assert {step[1] for step in between} == {0.0}


def test_the_usual_moment_is_the_episode_and_for_shaping_the_turn():
    assert rewards_of(play(LearnedReward(text_env(3), Length()), REPLIES)) == EXPECTED["replace", "episode"]
    shaped = LearnedReward(text_env(3), Length(), mode="shape")
    assert rewards_of(play(shaped, REPLIES)) == EXPECTED["shape", "turn"]


def test_shaping_leaves_the_return_of_an_episode_that_terminates():
    steps = play(LearnedReward(text_env(3), Length(), mode="shape"), REPLIES)
    assert sum(step[1] for step in steps) == pytest.approx(0.1 + 0.2 + 0.3)


def test_shaping_adds_the_last_score_to_the_return_of_an_episode_that_is_cut():
    env = LearnedReward(TimeLimit(text_env(3), 2), Length(), mode="shape")
    steps = play(env, REPLIES[:2])
    assert steps[-1][3]
    assert sum(step[1] for step in steps) == pytest.approx(0.1 + 0.2 + 0.40)


def test_a_cut_episode_is_scored_at_its_end():
    env = LearnedReward(TimeLimit(text_env(3), 2), Length())
    assert rewards_of(play(env, REPLIES[:2])) == [0.0, 0.40]


def test_an_episode_cut_inside_a_turn_is_not_scored_there():
    env = LearnedReward(TimeLimit(Letters(text_env(3)), 3), Length(), mode="add", when="turn")
    steps = play(env, "a b")
    assert steps[-1][3]
    assert rewards_of(steps) == [0.0, 0.11, 0.0]
    assert "learned_reward" not in steps[-1][4]


def test_info_keeps_the_tasks_reward_at_every_step_and_the_score_where_one_was_taken():
    steps = play(LearnedReward(text_env(3), Length()), REPLIES)
    assert [step[4]["task_reward"] for step in steps] == pytest.approx([0.1, 0.2, 0.3])
    assert [step[4].get("learned_reward") for step in steps] == [None, None, pytest.approx(0.45)]
    assert steps[-1][4]["metrics"] == {"turns": 3}


def test_the_reward_function_gets_the_conversation_and_the_example_of_the_step():
    length = Length()
    play(LearnedReward(text_env(2), length, when="turn"), ["one", "two"], options={"index": 7})
    assert [ids for _, ids in length.calls] == [["test/7"], ["test/7"]]
    assert [[m["content"] for m in c[0]] for c, _ in length.calls] == [
        ["prompt 7", "one", "more 1"],
        ["prompt 7", "one", "more 1", "two"],
    ]


@pytest.mark.parametrize("end_first", [True, False])
def test_no_potential_survives_a_reset(end_first):
    env = LearnedReward(text_env(3), Length(), mode="shape")
    play(env, REPLIES if end_first else REPLIES[:1])
    assert rewards_of(play(env, REPLIES)) == EXPECTED["shape", "turn"]


def test_a_second_reset_starts_afresh():
    env = LearnedReward(text_env(3), Length(), mode="shape")
    env.reset(seed=0)
    assert rewards_of(play(env, REPLIES)) == EXPECTED["shape", "turn"]


def test_a_snapshot_restores_the_potential_in_a_fresh_environment():
    first = LearnedReward(text_env(3), Length(), mode="shape")
    play(first, REPLIES[:1])
    state = json.loads(json.dumps(textgym.get_state(first)))
    second = LearnedReward(text_env(3), Length(), mode="shape")
    textgym.set_state(second, state)
    assert second.step(REPLIES[1])[1] == pytest.approx(EXPECTED["shape", "turn"][1])


def test_the_spec_names_the_reward_function_and_never_copies_it():
    gym.register("textgym_test/Counting-v0", entry_point=text_env)
    try:
        inner = gym.make("textgym_test/Counting-v0")
        inner.spec.entry_point = "tests:text_env"
        env = RecordEpisodeStatistics(LearnedReward(inner, Length(), mode="add"))
        layers = json.loads(env.spec.to_json())["additional_wrappers"]
    finally:
        del gym.registry["textgym_test/Counting-v0"]
    assert layers[0]["entry_point"] == "textgym.wrappers.learned_reward:LearnedReward"
    assert layers[0]["kwargs"] == {"reward_fn": "Length", "mode": "add", "when": "episode"}


def test_it_pickles_and_copies_in_mid_episode():
    env = LearnedReward(text_env(3), length_of, mode="shape")
    play(env, REPLIES[:1])
    for twin in (copy.deepcopy(env), _through_pickle(env)):
        assert twin.step(REPLIES[1])[1] == pytest.approx(EXPECTED["shape", "turn"][1])


def length_of(conversations, examples):
    return np.array([letters(c) / 100 for c in conversations], np.float32)


def _through_pickle(env):
    return pickle.loads(pickle.dumps(env))


# Vector environments. Rows end after one, two and three turns; row i replies with 10 (i + 1) letters.
TURNS = [1, 2, 3]
ACTIONS = tuple("x" * 10 * (i + 1) for i in range(3))


def vector(autoreset, kind=SyncVectorEnv, wrap=lambda env: env):
    functions = [lambda turns=turns: wrap(text_env(turns)) for turns in TURNS]
    if kind is SyncVectorEnv:
        return SyncVectorEnv(functions, autoreset_mode=autoreset)
    # A process that has loaded torch must not fork, and the new one cannot import this file by its name.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return AsyncVectorEnv(functions, shared_memory=False, autoreset_mode=autoreset, context="forkserver")


def stacked(venv, steps, seed=0):
    """Rewards (steps, N); in DISABLED mode finished rows are reset at once."""
    rows = []
    venv.reset(seed=seed)
    for _ in range(steps):
        _, rewards, terminated, truncated, _ = venv.step(ACTIONS)
        rows.append(rewards)
        if (
            venv.metadata["autoreset_mode"] is AutoresetMode.DISABLED
            and (ended := terminated | truncated).any()
        ):
            venv.reset(options={"reset_mask": ended})
    return np.array(rows)


def column(row, mode, when):
    """The rewards of one episode of a row, by hand."""
    turns = TURNS[row]
    scores = [len(ACTIONS[row]) * (t + 1) / 100 for t in range(turns)]
    task = [(t + 1) / 10 for t in range(turns)]
    if mode == "shape":
        potentials = [0.0, *scores[:-1], 0.0]
        return [r + new - old for r, old, new in zip(task, potentials, potentials[1:], strict=False)]
    taken = [s if when == "turn" or t == turns - 1 else 0.0 for t, s in enumerate(scores)]
    return [s + (r if mode == "add" else 0.0) for r, s in zip(task, taken, strict=True)]


@CASES
@pytest.mark.parametrize("autoreset", list(AutoresetMode))
def test_vector_rewards_in_all_autoreset_modes(autoreset, mode, when):
    venv = LearnedReward(vector(autoreset), Length(), mode=mode, when=when)
    pause = [0.0] if autoreset is AutoresetMode.NEXT_STEP else []
    expected = [((column(row, mode, when) + pause) * 8)[:8] for row in range(3)]
    np.testing.assert_allclose(stacked(venv, 8).T, expected, atol=1e-7)


@pytest.mark.parametrize("autoreset", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_no_potential_of_a_cut_episode_enters_the_next(autoreset):
    venv = LearnedReward(vector(autoreset, wrap=lambda env: TimeLimit(env, 2)), Length(), mode="shape")
    pause = [0.0] if autoreset is AutoresetMode.NEXT_STEP else []
    # Row 2 would take three turns; cut after two, it keeps the score of its second: 0.6 after 0.3.
    cut = [0.1 + 0.3, 0.2 + 0.3]
    np.testing.assert_allclose(stacked(venv, 5)[:, 2], ((cut + pause) * 3)[:5], atol=1e-7)


@pytest.mark.parametrize("autoreset", list(AutoresetMode))
def test_wrapping_the_vector_equals_wrapping_each_environment(autoreset):
    inside = vector(autoreset, wrap=lambda env: LearnedReward(env, Length(), mode="shape"))
    outside = LearnedReward(vector(autoreset), Length(), mode="shape")
    np.testing.assert_allclose(stacked(inside, 9, seed=5), stacked(outside, 9, seed=5), atol=1e-7)


@pytest.mark.parametrize("autoreset", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_async_equals_sync(autoreset):
    parallel = LearnedReward(vector(autoreset, AsyncVectorEnv), Length(), mode="add", when="turn")
    try:
        serial = LearnedReward(vector(autoreset), Length(), mode="add", when="turn")
        np.testing.assert_allclose(stacked(parallel, 6), stacked(serial, 6), atol=1e-7)
    finally:
        parallel.close()


@CASES
@pytest.mark.parametrize("autoreset", list(AutoresetMode))
def test_the_native_vector_environment_earns_the_same(autoreset, mode, when):
    native, task = native_vector(autoreset)
    serial = SyncVectorEnv([lambda: TextEnv(task)] * 3, autoreset_mode=autoreset)
    venvs = [LearnedReward(venv, Length(), mode=mode, when=when) for venv in (native, serial)]
    given, expected = (stacked(venv, 8) for venv in venvs)
    np.testing.assert_array_equal(given, expected)
    assert given.any()


def native_vector(autoreset):
    task = Counting(2)
    return TextVectorEnv([lambda: TextEnv(task)] * 3, autoreset_mode=autoreset), task


def test_a_snapshot_of_a_vector_restores_the_potentials_and_the_rows_that_ended():
    first, fresh, again = (
        LearnedReward(native_vector(AutoresetMode.NEXT_STEP)[0], Length(), mode="shape") for _ in range(3)
    )
    first.reset(seed=0)
    # After one step every row has a potential, after two every row has ended.
    for second in (fresh, again):
        first.step(ACTIONS)
        textgym.set_state(second, json.loads(json.dumps(textgym.get_state(first))))
    assert fresh.step(ACTIONS)[1] == pytest.approx([0.2 - len(action) / 100 for action in ACTIONS], abs=1e-7)
    _, rewards, _, _, infos = again.step(ACTIONS)
    assert not rewards.any()
    assert not infos["_task_reward"].any()


def test_all_rows_that_end_are_scored_in_one_call():
    length = Length()
    venv = LearnedReward(vector(AutoresetMode.SAME_STEP), length)
    stacked(venv, 6)
    # Ends by step: row 0 always, row 1 at steps 2, 4, 6, row 2 at steps 3 and 6.
    assert [len(conversations) for conversations, _ in length.calls] == [1, 2, 2, 2, 1, 3]


def test_same_step_scores_the_finished_conversation_with_its_own_example():
    length = Length()
    venv = LearnedReward(vector(AutoresetMode.SAME_STEP), length)
    _, first = venv.reset(seed=3)
    _, _, _, _, infos = venv.step(ACTIONS)
    conversations, ids = length.calls[0]
    assert ids == [first["example"][0].id]
    assert ids != [infos["example"][0].id]
    assert [m["content"] for m in conversations[0]] == [first["conversation"][0][0]["content"], ACTIONS[0]]


def test_same_step_puts_the_rewards_into_the_final_info_too():
    venv = LearnedReward(vector(AutoresetMode.SAME_STEP), Length())
    venv.reset(seed=0)
    _, _, _, _, infos = venv.step(ACTIONS)
    final = infos["final_info"]
    assert infos["_final_info"].tolist() == [True, False, False]
    assert final["_learned_reward"].tolist() == [True, False, False]
    assert (final["task_reward"][0], final["learned_reward"][0]) == pytest.approx((0.1, 0.1))
    assert final["metrics"]["turns"][0] == 1


def test_vector_info_says_which_rows_hold_a_reward():
    venv = LearnedReward(vector(AutoresetMode.NEXT_STEP), Length())
    venv.reset(seed=0)
    venv.step(ACTIONS)
    _, _, _, _, infos = venv.step(ACTIONS)
    # Row 0 is being reset, row 1 ends, row 2 goes on.
    assert infos["_task_reward"].tolist() == [False, True, True]
    assert infos["task_reward"][1:] == pytest.approx([0.2, 0.2])
    assert infos["_learned_reward"].tolist() == [False, True, False]
    assert infos["learned_reward"][1] == pytest.approx(0.4)


def test_a_masked_reset_leaves_the_potentials_of_other_rows():
    venv = LearnedReward(vector(AutoresetMode.DISABLED), Length(), mode="shape")
    venv.reset(seed=0)
    venv.step(ACTIONS)
    options = {"reset_mask": np.array([True, False, True])}
    venv.reset(options=options)
    assert "reset_mask" in options
    _, rewards, _, _, _ = venv.step(ACTIONS)
    # Row 1 is at its second turn, row 2 at its first again.
    assert rewards == pytest.approx([0.1, 0.2 - 0.2, 0.1 + 0.3], abs=1e-7)


def test_a_vector_reset_forgets_what_was_to_be_reset():
    venv = LearnedReward(vector(AutoresetMode.NEXT_STEP), Length())
    venv.reset(seed=0)
    venv.step(ACTIONS)
    venv.reset(seed=0)
    _, rewards, _, _, infos = venv.step(ACTIONS)
    assert rewards[0] == pytest.approx(0.1)
    assert infos["_task_reward"].all()


def test_a_vector_environment_gives_the_vector_wrapper():
    assert isinstance(LearnedReward(vector(AutoresetMode.SAME_STEP), Length()), LearnedRewardVector)
    assert isinstance(LearnedReward(text_env(), Length()), LearnedReward)


def test_a_vector_environment_must_say_when_it_resets():
    venv = vector(AutoresetMode.SAME_STEP)
    del venv.metadata["autoreset_mode"]
    with pytest.raises(ValueError, match="does not say when it resets"):
        LearnedReward(venv, Length())


# Misuse.
@pytest.mark.parametrize("layers", [1, 2])
def test_a_second_learned_reward_is_refused(layers):
    env = LearnedReward(text_env(), Length())
    env = env if layers == 1 else TimeLimit(env, 5)
    with pytest.raises(ValueError, match="WeightedSum"):
        LearnedReward(env, Length())


def test_a_second_learned_reward_around_wrapped_environments_is_refused_when_it_shows():
    venv = LearnedReward(
        vector(AutoresetMode.SAME_STEP, wrap=lambda env: LearnedReward(env, Length())), Length()
    )
    venv.reset(seed=0)
    with pytest.raises(ValueError, match="WeightedSum"):
        venv.step(ACTIONS)


@pytest.mark.parametrize(
    "returned, message",
    [
        (np.zeros((1, 1)), r"'Broken'.*shape \(1,\), got shape \(1, 1\)"),
        (0.5, r"'Broken'.*got shape \(\)"),
        ([float("nan")], "'Broken'.*finite.*nan.*'test/"),
        ([1e300], "'Broken'.*finite.*inf"),
        (["good"], "'Broken'.*does not convert to float32"),
        (None, "'Broken'"),
    ],
)
def test_a_reward_function_that_breaks_its_contract_is_named(returned, message):
    class Broken:
        def __call__(self, conversations, examples):
            return returned

    with pytest.raises(ValueError, match=message):
        play(LearnedReward(text_env(1), Broken()), ["x"])


def test_arguments_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="mode='shape' scores turns"):
        LearnedReward(text_env(), Length(), mode="shape", when="episode")
    with pytest.raises(ValueError, match="mode must be"):
        LearnedReward(text_env(), Length(), mode="multiply")
    with pytest.raises(ValueError, match="when must be"):
        LearnedReward(text_env(), Length(), when="step")
    with pytest.raises(TypeError, match="only the name of a reward function"):
        LearnedReward(text_env(), "Length")


def test_an_environment_without_conversations_is_refused():
    with pytest.raises(ValueError, match=r"info\['conversation'\]"):
        LearnedReward(gym.make("CartPole-v1"), Length()).reset(seed=0)
    with pytest.raises(ValueError, match=r"info\['conversation'\]"):
        LearnedReward(gym.make_vec("CartPole-v1", num_envs=2), Length()).reset(seed=0)
