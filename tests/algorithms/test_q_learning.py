"""Q-learning on a table, on Markov decision processes whose values are computed by value iteration here."""

import gymnasium as gym
import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")
pytest.importorskip("sb3_contrib")

from sb3_contrib.common.maskable.evaluation import evaluate_policy as evaluate_masked  # noqa: E402
from stable_baselines3.common.callbacks import EvalCallback  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines3.common.logger import configure  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.algorithms.q_learning import QLearning  # noqa: E402
from textgym.algorithms.q_table import QTable  # noqa: E402
from textgym.errors import InvalidValue, UnsupportedSpace  # noqa: E402

STATES, ACTIONS, END = 5, 3, 4


class Chain(gym.Env):
    """Random walks over four states; state 4 ends. Action 2 is illegal in state 0 and would be the best there.

    Args:
        slip: Chance that an action leads to the first state instead.
    """

    def __init__(self, slip=0.0):
        self.observation_space = gym.spaces.Box(-1, 1, (1,), np.float32)
        self.action_space = gym.spaces.Discrete(ACTIONS)
        self.slip = slip
        rng = np.random.default_rng(3)
        self.next = rng.integers(STATES, size=(END, ACTIONS))
        self.next[0] = [1, 2, END]
        self.reward = rng.uniform(-1, 1, size=(END, ACTIONS))
        self.reward[0, 2] = 50.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = int(self.np_random.integers(END))
        return self._observation(), {}

    def step(self, action):
        assert self.action_masks()[action]
        reward = self.reward[self.state, action]
        slipped = self.np_random.random() < self.slip
        self.state = 0 if slipped else int(self.next[self.state, action])
        return self._observation(), float(reward), self.state == END, False, {}

    def action_masks(self):
        return np.array([True, True, self.state != 0])

    def _observation(self):
        return np.array([self.state / END], np.float32)

    def optimal(self, gamma):
        """Q* by value iteration; minus infinity where an action is illegal."""
        q = np.zeros((STATES, ACTIONS))
        for _ in range(2000):
            value = q.copy()
            value[0, 2] = -np.inf
            value = value.max(1)
            value[END] = 0.0
            q[:END] = self.reward + gamma * ((1 - self.slip) * value[self.next] + self.slip * value[0])
        q[0, 2] = -np.inf
        return q[:END]


def table(model):
    """Q-values of the states in order, minus infinity where an action was never legal."""
    rows = []
    for state in range(END):
        (key,) = model.policy.keys(np.array([[state / END]], np.float32))
        rows.append(np.where(model.policy.legal(key), model.policy.values(key), -np.inf))
    return np.array(rows)


EXPLORE = {"exploration": (1.0, 0.5, 1.0), "seed": 0}


@pytest.mark.parametrize("gamma", [0.5, 0.9])
@pytest.mark.parametrize("n_envs", [1, 4])
def test_it_converges_to_the_optimum_where_outcomes_are_certain(gamma, n_envs):
    venv = DummyVecEnv([Chain] * n_envs)
    model = QLearning("QTable", venv, learning_rate=0.5, gamma=gamma, **EXPLORE).learn(6000)
    np.testing.assert_allclose(table(model), Chain().optimal(gamma), atol=1e-3)


def test_it_converges_to_the_optimum_where_they_are_not():
    model = QLearning("QTable", Chain(slip=0.3), 1.0, gamma=0.8, visit_decay=0.7, **EXPLORE).learn(60_000)
    optimal = Chain(slip=0.3).optimal(0.8)
    np.testing.assert_allclose(table(model), optimal, atol=0.05)
    assert table(model).argmax(1).tolist() == optimal.argmax(1).tolist()


def test_a_constant_rate_does_not_converge_where_outcomes_are_uncertain():
    model = QLearning("QTable", Chain(slip=0.3), 1.0, gamma=0.8, **EXPLORE).learn(20_000)
    assert np.abs(table(model)[:, :2] - Chain(slip=0.3).optimal(0.8)[:, :2]).max() > 0.1


def test_one_update_by_hand():
    env = Chain()
    env.next[:], env.reward[:] = END, 2.0
    model = QLearning("QTable", env, learning_rate=0.25, policy_kwargs={"initial_value": 1.0}, seed=0).learn(
        1
    )
    values = np.sort(np.concatenate([model.policy.values(k) for k in model.policy._values]))
    # 1 + 0.25 (2 - 1): an end has no future.
    assert values.tolist() == [1.0] * (len(values) - 1) + [1.25]


class Endless(Chain):
    def step(self, action):
        self.next[:], self.reward[:] = 1, 1.0
        return super().step(action)


def test_a_truncated_episode_has_a_future():
    cut = gym.wrappers.TimeLimit(Endless(), 3)
    model = QLearning("QTable", cut, learning_rate=0.5, gamma=0.5, **EXPLORE).learn(2000)
    (key,) = model.policy.keys(np.array([[1 / END]], np.float32))
    np.testing.assert_allclose(model.policy.values(key), 1 / (1 - 0.5), atol=1e-3)


def test_prediction_takes_the_best_legal_action():
    model = QLearning("QTable", Chain(), learning_rate=0.5, **EXPLORE).learn(3000)
    best = Chain().optimal(0.99).argmax(1)
    batch = np.arange(END, dtype=np.float32)[:, None] / END
    assert model.predict(batch, deterministic=True)[0].tolist() == best.tolist()
    assert int(model.predict(batch[1], deterministic=True)[0]) == best[1]
    mask = np.ones((END, ACTIONS), bool)
    mask[np.arange(END), best] = False
    masked = model.predict(batch, deterministic=True, action_masks=mask)[0]
    assert (masked != best).all()
    model.exploration_rate = 1.0
    drawn = {int(model.predict(batch[1])[0]) for _ in range(60)}
    assert drawn == {0, 1, 2}
    assert {int(model.predict(batch[0])[0]) for _ in range(60)} <= {0, 1, 2}


def test_save_and_load_keep_the_table_and_the_training_goes_on(tmp_path):
    model = QLearning("QTable", Chain(), learning_rate=0.5, gamma=0.9, **EXPLORE).learn(500)
    model.save(tmp_path / "model")
    loaded = QLearning.load(tmp_path / "model", env=Chain())
    np.testing.assert_array_equal(table(loaded), table(model))
    assert loaded.num_timesteps == 500
    assert loaded.gamma == 0.9
    loaded.learn(4000, reset_num_timesteps=False)
    np.testing.assert_allclose(table(loaded), Chain().optimal(0.9), atol=1e-3)
    empty = QLearning("QTable", Chain())
    empty.save(tmp_path / "empty")
    assert len(QLearning.load(tmp_path / "empty").policy) == 0


def test_a_saved_table_comes_back_as_a_policy(tmp_path):
    options = {"policy_kwargs": {"initial_value": 2.0}}
    model = QLearning("QTable", Chain(), **EXPLORE, **options).learn(500, log_interval=None)
    model.policy.save(tmp_path / "table")
    loaded = QTable.load(tmp_path / "table")
    assert loaded._values.keys() == model.policy._values.keys()
    for key, row in model.policy._values.items():
        np.testing.assert_array_equal(loaded.values(key), row)
    assert loaded.values(b"never met").tolist() == [2.0] * loaded.actions


def test_zero_has_one_key():
    table = QTable(gym.spaces.Box(-1, 1, (2,)), gym.spaces.Discrete(2))
    assert len(set(table.keys(np.array([[0.0, 1.0], [-0.0, 1.0]])))) == 1


def test_the_same_seed_gives_the_same_table():
    runs = [QLearning("QTable", Chain(), seed=s, exploration=(1.0, 1.0, 1.0)).learn(100) for s in (1, 1, 2)]
    assert np.array_equal(table(runs[0]), table(runs[1]))
    assert not np.array_equal(table(runs[0]), table(runs[2]))


def limited():
    """The best policy may go round in circles, for which an evaluation would wait."""
    return Monitor(gym.wrappers.TimeLimit(Chain(), 20))


def test_callbacks_logs_and_evaluation_work(tmp_path):
    model = QLearning("QTable", limited(), learning_rate=0.5, **EXPLORE)
    model.set_logger(configure(str(tmp_path), ["csv"]))
    callback = EvalCallback(
        limited(), eval_freq=1000, n_eval_episodes=20, best_model_save_path=str(tmp_path), verbose=0
    )
    model.learn(3000, callback=callback, log_interval=10)
    model.logger.close()
    assert callback.n_calls == 3000
    assert "rollout/ep_rew_mean" in (tmp_path / "progress.csv").read_text()
    best = QLearning.load(tmp_path / "best_model.zip")
    means = []
    for evaluate in (evaluate_policy, evaluate_masked):
        env = limited()
        env.reset(seed=3)
        means.append(evaluate(best, env, n_eval_episodes=30)[0])
    assert means[0] == pytest.approx(means[1])


def test_a_callback_stops_the_training():
    model = QLearning("QTable", Chain())
    model.learn(100, callback=lambda local, _: local["self"].num_timesteps < 7)
    assert model.num_timesteps == 7


def test_exploration_falls_in_a_straight_line():
    rates = []
    model = QLearning("QTable", Chain(), exploration=(1.0, 0.2, 0.5))
    model.learn(100, callback=lambda local, _: rates.append(model.exploration_rate) or True)
    assert rates[0] == 1.0
    assert rates[25] == pytest.approx(0.6)
    assert rates[50:] == pytest.approx([0.2] * 50)


def test_observations_of_many_parts_are_refused():
    class Parts(Chain):
        def __init__(self):
            super().__init__()
            self.observation_space = gym.spaces.Dict(a=self.observation_space)

    with pytest.raises(UnsupportedSpace, match="a table needs arrays"):
        QLearning("QTable", Parts())


@pytest.mark.parametrize(
    "exploration, message",
    [
        (0.1, "exploration must be three shares, .* got 0.1"),
        ((1.0, 0.1), "exploration must be three shares"),
        ((2, 0.1, 0.5), r"exploration must be a number in \[0, 1\], got 2"),
        ((0.5, 0.1, 0.0), r"must be above 0, got 0; .* such as \(0.1, 0.1, 1.0\)"),
    ],
)
def test_exploration_must_be_three_shares(exploration, message):
    with pytest.raises(InvalidValue, match=message):
        QLearning("QTable", Chain(), exploration=exploration)
