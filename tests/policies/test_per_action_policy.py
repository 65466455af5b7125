"""The policy per action: what is learned of one action's numbers holds for all."""

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")

import gymnasium as gym  # noqa: E402
from gymnasium import spaces  # noqa: E402
from sb3_contrib import MaskablePPO  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.errors import InvalidValue  # noqa: E402
from textgym.policies import PerActionPolicy, make_sb3_vec_env  # noqa: E402

WHOLE, ACTIONS, FEATURES = 2, 4, 3
NUMBERS = np.random.default_rng(0).uniform(-1, 1, (ACTIONS, FEATURES))


def policy():
    torch.manual_seed(0)
    space = spaces.Box(-1, 1, (WHOLE + ACTIONS * FEATURES,), np.float32)
    return PerActionPolicy(space, spaces.Discrete(ACTIONS), lambda _: 1e-3, action_features=FEATURES, width=8)


def vector(numbers, whole=(0.3, -0.4)):
    return torch.tensor([[*whole, *np.ravel(numbers)]], dtype=torch.float32)


def probabilities(made, observation, mask=None):
    return made.get_distribution(observation, mask).distribution.probs.detach().numpy()[0]


def test_the_untrained_policy_is_uniform_over_what_is_legal():
    made = policy()
    np.testing.assert_allclose(probabilities(made, vector(NUMBERS)), 0.25, rtol=1e-6)
    mask = np.array([[True, False, False, True]])
    np.testing.assert_allclose(probabilities(made, vector(NUMBERS), mask), [0.5, 0, 0, 0.5], atol=1e-6)


def test_each_action_is_scored_by_its_own_numbers_in_the_same_way():
    made, order = policy(), [2, 0, 3, 1]
    torch.nn.init.normal_(made.mlp_extractor.score[-1].weight)
    before, after = (probabilities(made, vector(n)) for n in (NUMBERS, NUMBERS[order]))
    np.testing.assert_allclose(after, before[order], rtol=1e-5)
    assert np.ptp(before) > 0.01


def test_the_whole_vector_may_say_otherwise():
    made = policy()
    torch.nn.init.normal_(made.action_net.whole.weight)
    found = [probabilities(made, vector(NUMBERS, (w, 0))) for w in (0, 1)]
    assert not np.allclose(*found, rtol=1e-3)


@pytest.mark.parametrize(
    "observation, action, options",
    [
        (spaces.Box(-1, 1, (11,)), spaces.Discrete(4), {"action_features": 3}),
        (spaces.Box(-1, 1, (12, 1)), spaces.Discrete(4), {"action_features": 3}),
        (spaces.Box(-1, 1, (12,)), spaces.Discrete(4), {"action_features": 0}),
        (spaces.Box(-1, 1, (12,)), spaces.Discrete(4), {"action_features": 3, "width": 0}),
        (spaces.Discrete(9), spaces.Discrete(4), {"action_features": 3}),
        (spaces.Box(-1, 1, (12,)), spaces.MultiDiscrete([2, 2]), {"action_features": 3}),
    ],
)
def test_what_holds_no_numbers_of_actions_is_refused(observation, action, options):
    with pytest.raises(InvalidValue, match=r"action|width"):
        PerActionPolicy(observation, action, lambda _: 1e-3, **options)


def test_a_saved_model_decides_as_before(tmp_path):
    venv = make_sb3_vec_env("textgym/CodeGrammar-v0", 2, seed=0, difficulty=0.0)
    model = MaskablePPO(PerActionPolicy, venv, n_steps=16, batch_size=16, seed=0, policy_kwargs={"width": 4})
    model.learn(32)
    seen = torch.as_tensor(venv.reset())
    model.save(tmp_path / "model.zip")
    model.policy.save(tmp_path / "policy.pt")
    expected = probabilities(model.policy, seen)
    assert np.ptp(expected) > 0
    for loaded in (
        MaskablePPO.load(tmp_path / "model.zip").policy,
        PerActionPolicy.load(tmp_path / "policy.pt"),
    ):
        np.testing.assert_array_equal(probabilities(loaded, seen), expected)


class LargestNumber(gym.Env):
    """One step: 1 for the action with the largest first number, else 0; in training the last action is never that."""

    observation_space = spaces.Box(-1, 1, (WHOLE + ACTIONS * FEATURES,), np.float32)
    action_space = spaces.Discrete(ACTIONS)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        numbers = self.np_random.uniform(-1, 1, (ACTIONS, FEATURES))
        numbers[-1, 0] = -1
        self.best = int(numbers[:, 0].argmax())
        return np.array([0, 0, *numbers.ravel()], np.float32), {}

    def step(self, action):
        reward = float(action == self.best)
        return self.reset()[0], reward, True, False, {}

    def action_masks(self):
        return np.array([True] * (ACTIONS - 1) + [False])


def test_what_it_learns_of_some_actions_holds_for_one_that_was_never_legal():
    model = MaskablePPO(
        PerActionPolicy,
        DummyVecEnv([LargestNumber] * 8),
        n_steps=64,
        batch_size=128,
        learning_rate=3e-3,
        seed=0,
        device="cpu",
        policy_kwargs={"action_features": FEATURES, "width": 32},
    )
    model.learn(8192)
    numbers = np.random.default_rng(1).uniform(-1, 1, (500, ACTIONS, FEATURES))
    seen = np.concatenate([np.zeros((500, WHOLE)), numbers.reshape(500, -1)], axis=1).astype(np.float32)
    picked, _ = model.predict(seen, deterministic=True)
    right = picked == numbers[:, :, 0].argmax(1)
    assert right.mean() > 0.65
    assert right[numbers[:, :, 0].argmax(1) == ACTIONS - 1].mean() > 0.5
