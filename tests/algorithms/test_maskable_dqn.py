"""Masked DQN on a chain whose values are known, with a forbidden action that the network thinks the world of."""

import gymnasium as gym
import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")

from textgym.algorithms.maskable_dqn import MaskableDQN  # noqa: E402
from textgym.errors import InvalidValue, UnsupportedSpace  # noqa: E402

OPTIONS = {
    "learning_rate": 0.01,
    "gamma": 0.9,
    "buffer_size": 500,
    "learning_starts": 50,
    "train_freq": 1,
    "gradient_steps": 1,
    "target_update_interval": 20,
    "policy_kwargs": {"net_arch": [16]},
    "seed": 0,
}


class Chain(gym.Env):
    """State 0: action 0 leads to state 1, action 1 ends with 0.5. State 1: action 1 ends with 1. Action 2 is forbidden."""

    observation_space = gym.spaces.Box(0, 1, (2,), np.float32)
    action_space = gym.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = 0
        return np.eye(2, dtype=np.float32)[0], {}

    def step(self, action):
        assert self.action_masks()[action]
        before, self.state = self.state, 1
        over = action == 1
        return np.eye(2, dtype=np.float32)[1], (0.5, 1.0)[before] * over, bool(over), False, {}

    def action_masks(self):
        return np.array([self.state == 0, True, False])


def learned(**changes):
    model = MaskableDQN("MlpPolicy", Chain(), **{**OPTIONS, **changes})
    for network in (model.q_net, model.q_net_target):
        with torch.no_grad():
            network.q_net[-1].bias[2] = 50.0
    return model.learn(1000)


def test_values_do_not_come_from_forbidden_actions():
    values = learned().q_net(torch.eye(2)).detach().numpy()
    assert values[0, :2] == pytest.approx([0.9, 0.5], abs=0.1)
    assert values[1, 1] == pytest.approx(1.0, abs=0.1)
    assert values[:, 2].min() > 10


def test_actions_are_the_best_legal_ones_or_with_epsilon_random_legal_ones():
    model = learned()
    states, masks = np.eye(2, dtype=np.float32), np.array([[True, True, False], [False, True, False]])
    assert model.predict(states, deterministic=True, action_masks=masks)[0].tolist() == [0, 1]
    assert model.predict(states[0], deterministic=True, action_masks=masks[0])[0] == 0
    assert model.predict(states, deterministic=True)[0].tolist() == [2, 2]
    model.exploration_rate = 1.0
    drawn = [model.predict(states, action_masks=masks)[0].tolist() for _ in range(200)]
    assert {row[1] for row in drawn} == {1}
    assert 60 < sum(row[0] for row in drawn) < 140


def test_a_loaded_model_takes_the_masks_of_the_environment_that_it_is_given(tmp_path):
    learned().save(tmp_path / "model.zip")
    model = MaskableDQN.load(tmp_path / "model.zip")
    model.set_env(Chain())
    # Which refuses forbidden actions, the best ones by their values.
    assert model.learn(50).num_timesteps >= 50


def test_what_it_cannot_do_is_refused():
    with pytest.raises(InvalidValue, match="n_steps=1"):
        MaskableDQN("MlpPolicy", Chain(), n_steps=3)
    env = Chain()
    env.observation_space = gym.spaces.Dict(tokens=gym.spaces.Box(0, 1, (2,)))
    with pytest.raises(UnsupportedSpace, match="FeatureCachingVecEnv"):
        MaskableDQN("MultiInputPolicy", env)
