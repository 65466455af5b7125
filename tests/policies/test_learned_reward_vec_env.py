import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

from textgym.policies import LearnedRewardVecEnv
from textgym.protocols import Example
from textgym.wrappers import LearnedReward

pytestmark = pytest.mark.train


class Typing(gym.Env):
    """A view as textgym's: action 1 types a letter, 0 ends the turn; `turns` turns, each paying 0.25."""

    def __init__(self, turns, limit=None):
        self.observation_space = gym.spaces.Box(0, 100, (1,), np.float32)
        self.action_space = gym.spaces.Discrete(2)
        self.turns, self.limit, self.episode = turns, limit, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.episode += 1
        self.replies, self.typed, self.steps = [], "", 0
        return self.seen(), self.info()

    def step(self, action):
        self.steps += 1
        cut = self.limit is not None and self.steps >= self.limit
        if action == 1:
            self.typed += "x"
            return self.seen(), 0.0, False, cut, {}
        self.replies.append(self.typed)
        self.typed = ""
        over = len(self.replies) == self.turns
        return self.seen(), 0.25, over, cut and not over, self.info()

    def seen(self):
        return np.array([len(self.typed) + 10 * len(self.replies)], np.float32)

    def info(self):
        talk = [{"role": "user", "content": "go"}]
        talk += [{"role": "assistant", "content": reply} for reply in self.replies]
        return {"conversation": tuple(talk), "example": Example(str(self.episode), "go"), "turn_ended": True}


class Letters:
    def __init__(self):
        self.calls = []

    def __call__(self, conversations, examples):
        self.calls.append([example.id for example in examples])
        sums = [sum(len(m["content"]) for m in c if m["role"] == "assistant") for c in conversations]
        return np.array(sums, np.float32)


def rollout(venv, actions):
    """Rewards (steps, N) and the infos of each step."""
    venv.reset()
    steps = [venv.step(np.array(row)) for row in actions]
    return np.array([step[1] for step in steps]), [step[3] for step in steps]


# Row 0 has one turn, row 1 two; both type one letter and end the turn, over and over.
ACTIONS = [[1, 1], [0, 0]] * 4


@pytest.mark.parametrize(
    "mode, when, first, second",
    [
        ("replace", "episode", [0, 1, 0, 1], [0, 0, 0, 2]),
        ("replace", "turn", [0, 1, 0, 1], [0, 1, 0, 2]),
        ("add", "episode", [0, 1.25, 0, 1.25], [0, 0.25, 0, 2.25]),
        ("add", "turn", [0, 1.25, 0, 1.25], [0, 1.25, 0, 2.25]),
        ("shape", "turn", [0, 0.25, 0, 0.25], [0, 1.25, 0, -0.75]),
    ],
)
def test_known_rewards_over_two_episodes(mode, when, first, second):
    venv = LearnedRewardVecEnv(
        DummyVecEnv([lambda: Typing(1), lambda: Typing(2)]), Letters(), mode=mode, when=when
    )
    rewards, _ = rollout(venv, ACTIONS)
    np.testing.assert_array_equal(rewards.T, [first * 2, second * 2])
    assert rewards.dtype == np.float32


def test_it_equals_the_wrapper_of_each_environment():
    actions = np.random.default_rng(0).integers(0, 2, (60, 2))
    outside = LearnedRewardVecEnv(
        DummyVecEnv([lambda: Typing(2, 9), lambda: Typing(3)]), Letters(), mode="shape"
    )
    inside = DummyVecEnv(
        [
            lambda t=t, n=n: LearnedReward(Typing(t, n), Letters(), mode="shape")
            for t, n in ((2, 9), (3, None))
        ]
    )
    np.testing.assert_array_equal(rollout(outside, actions)[0], rollout(inside, actions)[0])


def test_rows_that_end_together_are_scored_in_one_call_with_their_own_examples():
    letters = Letters()
    venv = LearnedRewardVecEnv(DummyVecEnv([lambda: Typing(1), lambda: Typing(2)]), letters)
    rollout(venv, ACTIONS)
    assert letters.calls == [["1"], ["2", "1"], ["3"], ["4", "2"]]


def test_info_keeps_the_tasks_reward_and_the_terminal_observation():
    plain = rollout(DummyVecEnv([lambda: Typing(2)]), [[1], [0], [0]])[1][-1][0]
    venv = LearnedRewardVecEnv(DummyVecEnv([lambda: Typing(2)]), Letters())
    _, infos = rollout(venv, [[1], [0], [0]])
    assert [info[0]["task_reward"] for info in infos] == [0.0, 0.25, 0.25]
    assert [info[0].get("learned_reward") for info in infos] == [None, None, 1.0]
    np.testing.assert_array_equal(infos[-1][0]["terminal_observation"], plain["terminal_observation"])
    assert set(infos[-1][0]) - set(plain) == {"task_reward", "learned_reward"}


def test_a_truncated_episode_keeps_its_potential():
    venv = LearnedRewardVecEnv(DummyVecEnv([lambda: Typing(3, limit=2)]), Letters(), mode="shape")
    rewards, infos = rollout(venv, [[1], [0], [1], [0]])
    assert infos[1][0]["TimeLimit.truncated"]
    np.testing.assert_array_equal(rewards[:, 0], [0, 1.25, 0, 1.25])


def test_no_potential_survives_a_reset():
    venv = LearnedRewardVecEnv(DummyVecEnv([lambda: Typing(2)]), Letters(), mode="shape")
    rollout(venv, [[1], [0]])
    np.testing.assert_array_equal(rollout(venv, [[1], [0]])[0][:, 0], [0, 1.25])
    assert set(venv.reset_infos[0]) == {"conversation", "example", "turn_ended"}


def test_a_second_learned_reward_is_refused():
    with pytest.raises(ValueError, match="WeightedSum"):
        LearnedRewardVecEnv(LearnedRewardVecEnv(DummyVecEnv([lambda: Typing(1)]), Letters()), Letters())
    venv = LearnedRewardVecEnv(DummyVecEnv([lambda: LearnedReward(Typing(1), Letters())]), Letters())
    venv.reset()
    with pytest.raises(ValueError, match="WeightedSum"):
        venv.step(np.array([1]))


def test_ppo_learns_from_the_learned_reward():
    """Each letter pays, so that a policy that began by ending its turn half the time types on."""
    venv = VecMonitor(LearnedRewardVecEnv(DummyVecEnv([lambda: Typing(1)] * 8), Letters()))
    model = PPO(
        "MlpPolicy",
        venv,
        n_steps=64,
        batch_size=256,
        n_epochs=5,
        gamma=1.0,
        learning_rate=1e-2,
        seed=0,
        device="cpu",
    )
    model.learn(512)
    early = np.mean([episode["r"] for episode in model.ep_info_buffer])
    model.learn(4_096, reset_num_timesteps=False)
    late = np.mean([episode["r"] for episode in model.ep_info_buffer])
    assert late > early + 2
