"""The native vector environment of every id gives what SyncVectorEnv gives over the single environments."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import textgym
from textgym.errors import EpisodeOver
from textgym.registration import KINDS, env_ids
from textgym.tokenization import load_tokenizer
from textgym.vector import DecisionVectorEnv, TextVectorEnv, TokensVectorEnv

NATIVE = sorted([*env_ids("text"), *env_ids("tokens"), *env_ids("decision")])
CLASSES = {"text": TextVectorEnv, "tokens": TokensVectorEnv, "decision": DecisionVectorEnv}
ROWS = 4
STEPS = 300
# Short turns, so that many end; searches fill the context of the dialogue, which cuts episodes.
SHORT = {"max_new_tokens": 12}
# Post-editing without a STOP takes five turns.
SHORTER = {"max_new_tokens": 4}
OVERFLOWING = {**SHORT, "context_length": 260}


def arguments(env_id):
    if KINDS[env_id] != "tokens":
        return {}
    if env_id.startswith("textgym/PostEditing-"):
        return SHORTER
    return OVERFLOWING if env_id.startswith("textgym/Dialogue-") else SHORT


def pair(env_id, mode):
    """The native vector environment and the one of Gymnasium."""
    options = arguments(env_id)
    native = gym.make_vec(env_id, num_envs=ROWS, autoreset_mode=mode, **options)
    return native, SyncVectorEnv([lambda: gym.make(env_id, **options)] * ROWS, autoreset_mode=mode)


def actor(env_id, rng):
    """Actions of all rows, drawn from a generator."""
    if KINDS[env_id] == "text":
        words = ("Hello", "SEARCH area=north", "ist", "the", "was", "BOOK 1", "\U0001f600", "Goodbye.", "")
        return lambda: tuple(
            " ".join(words[i] for i in rng.integers(len(words), size=3)) for _ in range(ROWS)
        )
    if KINDS[env_id] == "decision":
        actions = gym.make(env_id).action_space.n
        return lambda: rng.integers(actions, size=ROWS)
    tokenizer = load_tokenizer("tiny")
    search = [*tokenizer.encode("SEARCH area=north"), tokenizer.end_of_turn_id]
    planned = [[] for _ in range(ROWS)]

    def act():
        for ids in planned:
            if not ids:
                size = int(rng.integers(1, 20))
                ids += (
                    search if rng.random() < 0.5 else rng.integers(tokenizer.vocab_size, size=size).tolist()
                )
        return np.array([ids.pop(0) for ids in planned])

    return act


def assert_same(a, b):
    """Equal in value and kind, all the way down."""
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, np.ndarray) and a.dtype != object:
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, np.ndarray | tuple | list):
        assert len(a) == len(b)
        for mine, other in zip(a, b, strict=True):
            assert_same(mine, other)
    else:
        assert a == b


@pytest.mark.parametrize("env_id", NATIVE)
def test_make_vec_gives_the_native_environment(env_id):
    venv = gym.make_vec(env_id, num_envs=2)
    assert type(venv) is CLASSES[KINDS[env_id]]
    assert type(venv.envs[0].unwrapped) is type(gym.make(env_id).unwrapped)
    assert venv.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    assert venv.spec.id == env_id


@pytest.mark.parametrize("env_id", NATIVE)
@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_it_equals_the_single_environments(env_id, mode):
    native, single = pair(env_id, mode)
    rng = np.random.default_rng(0)
    act = actor(env_id, rng)
    assert_same(native.reset(seed=11), single.reset(seed=11))
    ended, cut = np.zeros(ROWS, int), 0
    for number in range(STEPS):
        actions = act()
        mine, other = native.step(actions), single.step(actions)
        assert_same(mine, other)
        over = mine[2] | mine[3]
        ended, cut = ended + over, cut + mine[3].sum()
        if mode is AutoresetMode.DISABLED and over.any():
            assert_same(*[venv.reset(options={"reset_mask": over.copy()}) for venv in (native, single)])
        if number % 40 == 20:
            # Some rows begin anew in the midst of their episodes, two of them from a seed.
            mask = np.arange(ROWS) % 2 == number % 2
            mask |= over if mode is AutoresetMode.DISABLED else False
            seeds = [None, number, None, number + 1]
            options = {"difficulty": 0.1, "reset_mask": mask}
            assert_same(*[venv.reset(seed=seeds, options=dict(options)) for venv in (native, single)])
        if number % 100 == 99:
            seeds = [5, None, 7, 5] if number < 150 else None
            assert_same(native.reset(seed=seeds), single.reset(seed=seeds))
    assert ended.min() >= 3
    assert (cut > 0) == (env_id == "textgym/Dialogue-tokens-v0")


@pytest.mark.parametrize("env_id", NATIVE)
def test_spaces_and_random_streams_equal_those_of_the_single_environments(env_id):
    native, single = pair(env_id, AutoresetMode.NEXT_STEP)
    for name in ("single_observation_space", "observation_space", "single_action_space", "action_space"):
        assert getattr(native, name) == getattr(single, name)
    for venv in (native, single):
        venv.reset(seed=3)
    assert native.np_random_seed == single.np_random_seed == (3, 4, 5, 6)
    draws = [[float(rng.random()) for rng in venv.np_random] for venv in (native, single)]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == ROWS


@pytest.mark.parametrize("env_id", NATIVE)
def test_a_step_before_the_first_reset_or_after_the_end_is_refused(env_id):
    venv, _ = pair(env_id, AutoresetMode.DISABLED)
    act = actor(env_id, np.random.default_rng(0))
    with pytest.raises(EpisodeOver, match="reset"):
        venv.step(act())
    venv.reset(seed=0)
    over = np.zeros(ROWS, bool)
    while not over.any():
        _, _, terminated, truncated, _ = venv.step(act())
        over = terminated | truncated
    with pytest.raises(EpisodeOver, match="reset"):
        venv.step(act())


@pytest.mark.parametrize("env_id", NATIVE)
def test_ended_rows_of_a_restored_snapshot_start_again(env_id):
    first, _ = pair(env_id, AutoresetMode.DISABLED)
    act = actor(env_id, np.random.default_rng(1))
    first.reset(seed=2)
    over = np.zeros(ROWS, bool)
    while not over.any():
        _, _, terminated, truncated, _ = first.step(act())
        over = terminated | truncated
    second, _ = pair(env_id, AutoresetMode.DISABLED)
    textgym.set_state(second, textgym.get_state(first))
    assert_same(*(venv.reset(options={"reset_mask": over}) for venv in (first, second)))
    actions = act()
    assert_same(first.step(actions), second.step(actions))


@pytest.mark.parametrize("env_id", NATIVE)
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_a_snapshot_continues_in_a_fresh_environment(env_id, mode):
    first, _ = pair(env_id, mode)
    act = actor(env_id, np.random.default_rng(1))
    first.reset(seed=2)
    over = np.zeros(ROWS, bool)
    # The snapshot is taken right after an end: the next step of that row resets it, or does not.
    while not over.any():
        _, _, terminated, truncated, _ = first.step(act())
        over = terminated | truncated
    second, _ = pair(env_id, mode)
    textgym.set_state(second, textgym.get_state(first))
    assert_same(first.observations(), second.observations())
    for _ in range(20):
        actions = act()
        assert_same(first.step(actions), second.step(actions))
