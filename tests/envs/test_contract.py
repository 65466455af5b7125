"""What every registered id promises, by kind. A new id is tested by being registered."""

import json
import pickle
import random
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

import textgym
from textgym.envs.decision_env import DecisionEnv
from textgym.errors import EpisodeOver
from textgym.registration import KINDS, env_ids
from textgym.tokenization import load_tokenizer

SECTIONS = ("Action space", "Observation space", "Rewards", "Episode end", "Info", "Version history")
ALL = env_ids()
#: Those whose class is registered itself: texts and decisions, no views.
BASE = sorted([*env_ids("text"), *env_ids("decision")])


def actor(env, seed):
    """Actions that a careless agent could take, drawn from a seed."""
    rng = np.random.default_rng(seed)
    if isinstance(env.action_space, gym.spaces.Discrete):
        return lambda: int(rng.integers(env.action_space.n))
    words = ("Hello", "SEARCH area=north", "ist", "the", "was", "BOOK 1", "\U0001f600", "")
    return lambda: " ".join(words[i] for i in rng.integers(len(words), size=3))


def play(env, *, seed, actions=None, options=None):
    """One episode: observations, rewards, ends and infos, until it ends."""
    observation, info = env.reset(seed=seed, options=options)
    act = actor(env, seed) if actions is None else iter(actions).__next__
    steps = [(observation, None, False, False, info)]
    while not (steps[-1][2] or steps[-1][3]):
        steps.append(env.step(act()))
    return steps


def digest(steps):
    """What two equal episodes share, as a string."""
    rows = []
    for observation, reward, terminated, truncated, info in steps:
        rows.append(
            [plain(observation), reward, terminated, truncated, info.get("metrics"), info.get("candidates")]
        )
    return json.dumps(rows, sort_keys=True)


def plain(observation):
    """An observation as JSON values."""
    if isinstance(observation, dict):
        return {key: value.tolist() for key, value in observation.items()}
    return observation if isinstance(observation, str) else observation.tolist()


@pytest.mark.parametrize("env_id", ALL)
@pytest.mark.filterwarnings("ignore:.*different from the unwrapped version.*")
@pytest.mark.filterwarnings("ignore:.*Box observation space maximum value.*")
@pytest.mark.filterwarnings("ignore:.*Box observation space minimum value.*")
@pytest.mark.filterwarnings("ignore:.*has not been defined in the metadata.*")
@pytest.mark.filterwarnings("ignore:.*has a non-zero dim.*")
def test_gymnasium_accepts_it(env_id):
    check_env(gym.make(env_id, disable_env_checker=True), skip_render_check=True)


@pytest.mark.parametrize("env_id", ALL)
def test_same_seed_and_actions_give_the_same_episode(env_id):
    env = gym.make(env_id)
    first, again = digest(play(env, seed=3)), digest(play(env, seed=3))
    assert first == again
    assert first == digest(play(gym.make(env_id), seed=3))


@pytest.mark.parametrize("env_id", ALL)
def test_another_seed_gives_another_episode(env_id):
    env = gym.make(env_id)
    prompts = {env.reset(seed=seed)[1]["example"].prompt for seed in range(8)}
    assert len(prompts) >= 4


def test_episodes_are_equal_across_processes():
    program = (
        "import sys; sys.path.insert(0, 'tests/envs'); import gymnasium as gym, hashlib\n"
        "from test_contract import ALL, digest, play\n"
        "print(hashlib.sha256(''.join(digest(play(gym.make(i), seed=5)) for i in ALL).encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
        ).stdout
        for environment in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    ]
    assert runs[0] == runs[1]
    assert len(runs[0].strip()) == 64


@pytest.mark.parametrize("env_id", ALL)
def test_global_random_state_is_left_alone(env_id):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the global state is what is watched here
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    play(gym.make(env_id), seed=2)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


@pytest.mark.parametrize("env_id", ALL)
def test_it_ends_exactly_once_and_refuses_further_steps(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    steps = play(env, seed=4)
    assert [s[2] or s[3] for s in steps[:-1]] == [False] * (len(steps) - 1)
    assert steps[-1][2] != steps[-1][3]
    with pytest.raises(EpisodeOver, match="reset"):
        env.step(actor(env, 0)())


@pytest.mark.parametrize("env_id", ALL)
def test_step_before_reset_is_refused(env_id):
    env = gym.make(env_id, disable_env_checker=True).env
    with pytest.raises(EpisodeOver, match="reset"):
        env.step(actor(env, 0)())


@pytest.mark.parametrize("env_id", ALL)
def test_observations_lie_in_the_space_and_returns_in_the_range(env_id):
    env = gym.make(env_id)
    low, high = env.unwrapped.task.return_range
    for seed in range(3):
        steps = play(env, seed=seed)
        assert all(env.observation_space.contains(s[0]) for s in steps)
        assert low <= sum(s[1] for s in steps[1:]) <= high


@pytest.mark.parametrize("env_id", ALL)
def test_info_keys_come_at_reset_and_turn_ends_only(env_id):
    steps = play(gym.make(env_id), seed=6)
    turn_keys = {"example"} if KINDS[env_id] == "decision" else {"conversation", "example", "turn_ended"}
    assert turn_keys <= set(steps[0][4])
    for *_, info in steps[1:]:
        assert turn_keys <= set(info) or not (turn_keys | {"metrics"}) & set(info)
    assert "metrics" in steps[-1][4]
    assert not any("metrics" in s[4] for s in steps[:-1])
    assert steps[-1][4]["example"] == steps[0][4]["example"]
    if KINDS[env_id] != "decision":
        assert steps[-1][4]["conversation"][0]["content"] == steps[0][4]["example"].prompt


def copies_continue_alike(env_id, duplicate):
    """Duplicate an episode at its beginning and in its middle; both must go on to the same end."""
    env = gym.make(env_id)
    task, kind = env.unwrapped.task, KINDS[env_id]
    longest = task.max_steps if kind == "decision" else task.max_turns
    middle = 0 if longest == 1 and kind != "tokens" else 1
    for done in {0, middle}:
        planned = begin(env, done)
        copy = duplicate(env)
        steps = finish(env, planned)
        assert steps
        assert digest(steps) == digest(finish(copy, planned))
        assert env.reset()[1]["example"] == copy.reset()[1]["example"]


def begin(env, done):
    """Start an episode that `done` actions do not end, from seed 7 on; the actions that are to follow."""
    for seed in range(7, 50):
        act = actor(env, seed)
        env.reset(seed=seed)
        if not any(any(env.step(act())[2:4]) for _ in range(done)):
            return [act() for _ in range(2000)]
    raise AssertionError("every episode ends at once")


def finish(env, actions):
    """Steps to the end of a running episode."""
    steps = []
    for action in actions:
        steps.append(env.step(action))
        if steps[-1][2] or steps[-1][3]:
            return steps
    raise AssertionError("the episode does not end")


@pytest.mark.parametrize("env_id", ALL)
def test_pickle_keeps_the_running_episode(env_id):
    def duplicate(env):
        text = pickle.dumps(env)
        # The bounds of the observation space take most of it; an index or a corpus would show.
        assert len(text) < 1_000_000
        return pickle.loads(text)

    copies_continue_alike(env_id, duplicate)


@pytest.mark.parametrize("env_id", ALL)
def test_snapshot_continues_in_a_fresh_environment(env_id):
    def duplicate(env):
        fresh = gym.make(env_id)
        textgym.set_state(fresh, json.loads(json.dumps(textgym.get_state(env))))
        return fresh

    copies_continue_alike(env_id, duplicate)


@pytest.mark.parametrize("env_id", ALL)
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_sync_vector_env_resets_itself(env_id, mode):
    venv = SyncVectorEnv([lambda: gym.make(env_id)] * 2, autoreset_mode=mode)
    counts = drive(venv, steps=400 if KINDS[env_id] == "tokens" else 60, mode=mode)
    assert all(counts)


@pytest.mark.slow
@pytest.mark.parametrize("env_id", ALL)
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_async_vector_env_agrees_with_sync(env_id, mode):
    short = {"max_new_tokens": 3} if KINDS[env_id] == "tokens" else {}
    makers = [lambda: gym.make(f"textgym:{env_id}", **short)] * 2
    sync = SyncVectorEnv(makers, autoreset_mode=mode)
    parallel = AsyncVectorEnv(makers, shared_memory=False, context="forkserver", autoreset_mode=mode)
    ended = np.zeros(2, int)
    try:
        (a, _), (b, _) = sync.reset(seed=9), parallel.reset(seed=9)
        assert_equal_observations(a, b)
        rng = np.random.default_rng(0)
        for _ in range(100 if KINDS[env_id] == "tokens" else 60):
            actions = vector_actions(sync, rng)
            a, b = sync.step(actions), parallel.step(actions)
            assert_equal_observations(a[0], b[0])
            for mine, other in zip(a[1:4], b[1:4], strict=True):
                np.testing.assert_array_equal(mine, other)
            assert a[4].keys() == b[4].keys()
            over = a[2] | a[3]
            if mode == AutoresetMode.SAME_STEP and over.any():
                for row in np.flatnonzero(over):
                    assert a[4]["example"][row] == b[4]["example"][row]
                    assert a[4]["final_info"]["example"][row] == b[4]["final_info"]["example"][row]
                    assert_equal_observations(a[4]["final_obs"][row], b[4]["final_obs"][row])
            ended += over
    finally:
        parallel.close()
    assert ended.all()


def test_shared_memory_is_refused_for_text():
    with pytest.raises(ValueError, match="shared_memory"):
        AsyncVectorEnv([lambda: gym.make("textgym/Translation-v0")], context="forkserver")


def vector_actions(venv, rng):
    if isinstance(venv.single_action_space, gym.spaces.Discrete):
        return rng.integers(venv.single_action_space.n, size=venv.num_envs)
    return tuple(str(rng.integers(100)) for _ in range(venv.num_envs))


def drive(venv, *, steps, mode):
    """Step and count the ended episodes of each row; the observation after an end must open a new one."""
    observations, infos = venv.reset(seed=1)
    rng = np.random.default_rng(1)
    ended = np.zeros(venv.num_envs, int)
    ids = [example.id for example in infos["example"]]
    opening = np.zeros(venv.num_envs, bool)
    for _ in range(steps):
        observations, rewards, terminated, truncated, infos = venv.step(vector_actions(venv, rng))
        over = terminated | truncated
        ended += over
        fresh = over if mode == AutoresetMode.SAME_STEP else opening
        for row in np.flatnonzero(fresh):
            example = infos["example"][row]
            assert_shows(venv, observations, row, example)
            assert example.id != ids[row]
            ids[row] = example.id
        if mode == AutoresetMode.SAME_STEP and over.any():
            assert "metrics" in infos["final_info"]
        if mode == AutoresetMode.NEXT_STEP:
            assert not (opening & over).any()
            assert not rewards[opening].any()
        opening = over
    return ended


def assert_shows(venv, observations, row, example):
    """The first observation of an episode shows its example: a text, token ids or the state's vector."""
    inner = venv.envs[row].unwrapped
    if isinstance(observations, tuple):
        assert observations[row] == example.prompt
    elif isinstance(inner, DecisionEnv):
        np.testing.assert_array_equal(observations[row], inner.task.vector(inner.task.start(example)))
    else:
        tokens, length = observations["tokens"][row], observations["length"][row]
        ids = tokens[0][: length[0]] if tokens.ndim == 2 else tokens[: length[0]]
        conversation = ({"role": "user", "content": example.prompt},)
        assert ids.tolist() == load_tokenizer("tiny").prompt_ids(conversation)


def assert_equal_observations(a, b):
    if isinstance(a, tuple | str):
        assert a == b
    elif isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b)
    else:
        for key in a:
            np.testing.assert_array_equal(a[key], b[key])


@pytest.mark.parametrize("env_id", ALL)
def test_docstring_is_a_manual(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    layer = env.env if KINDS[env_id] in ("tokens", "choice") else env.unwrapped
    manual = type(layer).__doc__
    for section in SECTIONS:
        assert f"## {section}\n" in manual, f"{type(layer).__name__} lacks the section {section}"


@pytest.mark.parametrize("env_id", env_ids("text"))
def test_rendering_shows_every_message(env_id):
    for mode, needle in (("ansi", "user"), ("html", '<p class="assistant">')):
        env = gym.make(env_id, render_mode=mode)
        env.reset(seed=1)
        env.step("<b>hello</b>")
        picture = env.render()
        assert needle in picture
        assert ("&lt;b&gt;hello" if mode == "html" else "<b>hello") in picture


@pytest.mark.parametrize("env_id", BASE)
def test_unknown_split_and_option_are_refused(env_id):
    with pytest.raises(ValueError, match="train, validation, test"):
        gym.make(env_id, split="dev")
    env = gym.make(env_id, disable_env_checker=True)
    with pytest.raises(ValueError, match="'index' and 'difficulty'"):
        env.reset(options={"indx": 1})
    with pytest.raises(ValueError, match="index"):
        env.reset(options={"index": -1})
    with pytest.raises(ValueError, match="difficulty"):
        gym.make(env_id, difficulty=1.5)


@pytest.mark.parametrize("env_id", env_ids("text"))
def test_an_action_of_another_type_or_length_is_refused(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    env.reset(seed=0)
    with pytest.raises(TypeError, match="must be a str, got int"):
        env.step(7)
    with pytest.raises(textgym.errors.ReplyTooLong, match="16384"):
        env.step("x" * 16_385)
    env.step("the episode goes on after a refused action")


@pytest.mark.parametrize("env_id", BASE)
def test_reset_options_last_for_one_episode(env_id):
    env = gym.make(env_id)
    chosen = env.reset(seed=0, options={"index": 3, "difficulty": 0.1})[1]["example"]
    assert env.reset(seed=1, options={"index": 3, "difficulty": 0.1})[1]["example"] == chosen
    assert env.unwrapped.difficulty == 0.5
    assert env.reset(seed=2)[1]["example"] != chosen


@pytest.mark.parametrize("env_id", BASE)
def test_splits_share_no_prompt_group(env_id):
    groups = {}
    for split in ("train", "validation", "test"):
        env = gym.make(env_id, split=split)
        groups[split] = {env.reset(seed=s)[1]["example"].group for s in range(25)}
        assert "" not in groups[split]
    assert not groups["train"] & groups["test"]
    assert not groups["train"] & groups["validation"]
    assert not groups["validation"] & groups["test"]
