import functools

import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

import gymnasium as gym  # noqa: E402
from stable_baselines3 import A2C  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines3.common.logger import KVWriter, Logger  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.envs.translation import TranslationEnv  # noqa: E402
from textgym.errors import UnknownName  # noqa: E402
from textgym.policies import LearnedRewardVecEnv, make_sb3_vec_env  # noqa: E402
from textgym.policies.lockstep_vec_env import LockstepVecEnv  # noqa: E402
from textgym.registration import env_ids  # noqa: E402
from textgym.tokenization import load_tokenizer  # noqa: E402
from textgym.wrappers.tokens import TokenSettings, TokensView  # noqa: E402

TRANSLATION = "textgym/Translation-tokens-v0"
# Short turns, so that many end; searches fill the context of the dialogue, which cuts episodes.
SHORT = {"max_new_tokens": 8}


def pair(env_id, n_envs=3, wrap=lambda venv: venv, **options):
    """The adapter, and what it stands for."""
    single = DummyVecEnv([lambda: Monitor(gym.make(env_id, **options))] * n_envs)
    single.seed(4)
    return wrap(make_sb3_vec_env(env_id, n_envs, seed=4, **options)), wrap(single)


def assert_same(a, b):
    """Equal in value and kind; the time of an episode aside."""
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert set(a) == set(b)
        for key in set(a) - {"t"}:
            assert_same(a[key], b[key])
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, list | tuple):
        for mine, other in zip(a, b, strict=True):
            assert_same(mine, other)
    else:
        assert a == b


def token_plans(rng):
    """For each of three rows ids without end: random ones, and searches of the dialogue."""
    tokenizer = load_tokenizer("tiny")
    search = [*tokenizer.encode("SEARCH area=north"), tokenizer.end_of_turn_id]
    while True:
        yield from search if rng.random() < 0.5 else rng.integers(tokenizer.vocab_size, size=5).tolist()


def columns(steps):
    plans = [token_plans(np.random.default_rng(row)) for row in range(3)]
    return [np.array([next(plan) for plan in plans]) for _ in range(steps)]


@pytest.mark.parametrize("env_id", env_ids("tokens"))
def test_it_equals_the_environments_one_by_one(env_id):
    dialogue = env_id.startswith("textgym/Dialogue-")
    options = {**SHORT, "context_length": 200} if dialogue else SHORT
    venv, single = pair(env_id, **options)
    assert type(venv) is LockstepVecEnv
    assert (venv.observation_space, venv.action_space) == (single.observation_space, single.action_space)
    assert_same(dict(venv.reset()), dict(single.reset()))
    ended, cut = 0, 0
    for actions in columns(300):
        (mine, *rest), (other, *expected) = venv.step(actions), single.step(actions)
        assert_same(dict(mine), dict(other))
        assert_same(rest, expected)
        assert_same(venv.reset_infos, single.reset_infos)
        ended += rest[1].sum()
        cut += sum(info["TimeLimit.truncated"] for info in rest[2])
    assert ended >= 9
    assert (cut > 0) == dialogue


def test_seeds_and_options_hold_for_one_reset():
    venv, single = pair(TRANSLATION, **SHORT)
    for each in (venv, single):
        each.set_options([{"index": 3}, {"index": 4}, {}])
    assert_same(dict(venv.reset()), dict(single.reset()))
    assert_same(venv.reset_infos, single.reset_infos)
    assert_same(dict(venv.reset()), dict(single.reset()))
    assert venv.seed(9) == [9, 10, 11]
    assert (
        venv.reset()["tokens"].tolist()
        == make_sb3_vec_env(TRANSLATION, 3, seed=9, **SHORT).reset()["tokens"].tolist()
    )


def test_a_reset_begins_the_statistics_anew():
    venv = make_sb3_vec_env(TRANSLATION, 1, seed=0, **SHORT)
    venv.reset()
    for _ in range(5):
        venv.step(np.array([7]))
    venv.reset()
    lengths = []
    for _ in range(16):
        _, _, dones, infos = venv.step(np.array([7]))
        lengths += [infos[0]["episode"]["l"]] if dones[0] else []
    assert lengths == [8, 8]


def test_nothing_that_was_handed_out_changes():
    venv = make_sb3_vec_env(TRANSLATION, 3, seed=0, **SHORT)
    held = [(venv.reset(), None, None)]
    with np.printoptions(threshold=np.inf):
        kept = [repr(held[0])]
        for actions in columns(40):
            observations, rewards, _, infos = venv.step(actions)
            held.append((observations, rewards, infos))
            kept.append(repr(held[-1]))
        assert [repr(each) for each in held] == kept


def test_attributes_and_methods_are_those_of_the_views():
    venv = make_sb3_vec_env(TRANSLATION, 3, seed=0, difficulty=0.2, **SHORT)
    assert venv.get_attr("settings") == [TokenSettings("tiny", max_new_tokens=8, context_length=256)] * 3
    assert [type(env) for env in venv.get_attr("unwrapped", [0, 2])] == [TranslationEnv] * 2
    assert venv.get_attr("difficulty", 1) == [0.2]
    venv.set_attr("difficulty", 0.9, indices=[0, 1])
    assert [env.difficulty for env in venv.get_attr("unwrapped")] == [0.9, 0.9, 0.2]
    venv.reset()
    assert venv.env_method("get_wrapper_attr", "split", indices=2) == ["train"]
    assert venv.has_attr("tokenizer")
    assert not venv.has_attr("action_masks")
    assert venv.env_is_wrapped(TokensView) == [True] * 3
    assert venv.env_is_wrapped(gym.wrappers.TimeLimit, 0) == [False]


class Kept(KVWriter):
    """A log output that keeps what it is given."""

    def __init__(self):
        self.rows = []

    def write(self, key_values, key_excluded, step=0):
        self.rows.append({key: value for key, value in key_values.items() if key.startswith("rollout/")})


def test_an_algorithm_logs_the_same_returns_of_episodes():
    logs = []
    for venv in pair(TRANSLATION, **SHORT):
        model, kept = A2C("MultiInputPolicy", venv, n_steps=8, seed=0, device="cpu"), Kept()
        model.set_logger(Logger(None, [kept]))
        model.learn(3 * 8 * 4, log_interval=1)
        logs.append(kept.rows)
    assert logs[0] == logs[1]
    assert set(logs[0][-1]) == {"rollout/ep_rew_mean", "rollout/ep_len_mean"}


def test_evaluation_reads_the_returns_of_episodes():
    returns = []
    for venv in pair(TRANSLATION, **SHORT):
        model = A2C("MultiInputPolicy", venv, seed=0, device="cpu")
        returns.append(evaluate_policy(model, venv, n_eval_episodes=6, return_episode_rewards=True))
    assert returns[0] == returns[1]
    assert len(returns[0][0]) == 6


@pytest.mark.parametrize("mode, when", [("replace", "episode"), ("add", "turn"), ("shape", "turn")])
def test_a_learned_reward_over_it_equals_one_over_the_environments_one_by_one(mode, when):
    def letters(conversations, examples):
        said = [[m["content"] for m in talk if m["role"] == "assistant"] for talk in conversations]
        return np.array([len("".join(each)) / 100 for each in said], np.float32)

    wrap = functools.partial(LearnedRewardVecEnv, reward_fn=letters, mode=mode, when=when)
    venv, single = pair("textgym/Dialogue-tokens-v0", wrap=wrap, **SHORT)
    assert_same(dict(venv.reset()), dict(single.reset()))
    learned = 0
    for actions in columns(150):
        (_, *rest), (_, *expected) = venv.step(actions), single.step(actions)
        assert_same(rest, expected)
        learned += sum("learned_reward" in info for info in rest[2])
    assert learned > 3


@pytest.mark.parametrize("name", ["colour", "max_episode_steps"])
def test_an_argument_that_the_environment_does_not_take_is_named(name):
    with pytest.raises(UnknownName, match=f"takes no argument '{name}'; it takes tokenizer"):
        make_sb3_vec_env(TRANSLATION, 2, **{name: 1})
