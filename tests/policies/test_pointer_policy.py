"""The pointer policy: items are exchangeable, absent ones are not read, and it learns which item pays."""

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
from textgym.policies import PointerPolicy, make_sb3_vec_env  # noqa: E402

FEATURES, WHOLE = 3, 2


def policy(items, *, random=True):
    torch.manual_seed(0)
    space = spaces.Box(-1, 1, (items * FEATURES + WHOLE,), np.float32)
    made = PointerPolicy(space, spaces.Discrete(items + 1), lambda _: 1e-3, item_features=FEATURES, width=8)
    if random:
        torch.nn.init.normal_(made.action_net[0].weight)
    return made


def vector(items, whole=(0.3, -0.4)):
    return torch.tensor([[*np.ravel(items), *whole]], dtype=torch.float32)


def probabilities(made, observation, mask=None):
    return made.get_distribution(observation, mask).distribution.probs.detach().numpy()[0]


ITEMS = np.random.default_rng(0).uniform(-1, 1, (4, FEATURES))


def test_the_untrained_policy_is_uniform_over_what_is_legal():
    made = policy(4, random=False)
    np.testing.assert_allclose(probabilities(made, vector(ITEMS)), 0.2, rtol=1e-6)
    mask = np.array([[True, False, False, True, True]])
    np.testing.assert_allclose(
        probabilities(made, vector(ITEMS), mask), [1 / 3, 0, 0, 1 / 3, 1 / 3], atol=1e-6
    )


def test_permuted_items_have_permuted_probabilities_and_the_same_value():
    made, order = policy(4), [2, 0, 3, 1]
    before, after = (probabilities(made, vector(items)) for items in (ITEMS, ITEMS[order]))
    np.testing.assert_allclose(after, before[[*order, 4]], rtol=1e-5)
    assert np.ptp(before) > 0.01
    values = [made.predict_values(vector(items)).item() for items in (ITEMS, ITEMS[order])]
    assert values[0] == pytest.approx(values[1], abs=1e-6)


def test_absent_items_change_nothing():
    few, many = policy(2), policy(4)
    many.load_state_dict(few.state_dict())
    padded = np.concatenate([ITEMS[:2], np.zeros((2, FEATURES))])
    legal = np.array([[True, True, False, False, True]])
    small = probabilities(few, vector(ITEMS[:2]))
    np.testing.assert_allclose(probabilities(many, vector(padded), legal)[[0, 1, 4]], small, rtol=1e-5)
    values = [few.predict_values(vector(ITEMS[:2])).item(), many.predict_values(vector(padded)).item()]
    assert values[0] == pytest.approx(values[1], abs=1e-6)


def test_an_item_is_judged_beside_the_others_and_the_whole():
    made = policy(4)
    others = np.concatenate([ITEMS[:3], -ITEMS[3:]])
    first = [probabilities(made, vector(items))[:2] for items in (ITEMS, others)]
    assert first[0][0] / first[0][1] != pytest.approx(first[1][0] / first[1][1], rel=1e-4)
    whole = [probabilities(made, vector(ITEMS, (w, 0))) for w in (0, 1)]
    assert not np.allclose(*whole, rtol=1e-3)


@pytest.mark.parametrize(
    "observation, action, options",
    [
        (spaces.Box(-1, 1, (7,)), spaces.Discrete(4), {"item_features": 3}),
        (spaces.Box(-1, 1, (9, 1)), spaces.Discrete(4), {"item_features": 3}),
        (spaces.Box(-1, 1, (9,)), spaces.Discrete(1), {"item_features": 3}),
        (spaces.Box(-1, 1, (9,)), spaces.Discrete(4), {"item_features": 0}),
        (spaces.Box(-1, 1, (9,)), spaces.Discrete(4), {"item_features": 3, "width": 0}),
        (spaces.Discrete(9), spaces.Discrete(4), {"item_features": 3}),
        (spaces.Box(-1, 1, (9,)), spaces.MultiDiscrete([2, 2]), {"item_features": 3}),
    ],
)
def test_what_holds_no_items_is_refused(observation, action, options):
    with pytest.raises(InvalidValue, match=r"item|pointer|width"):
        PointerPolicy(observation, action, lambda _: 1e-3, **options)


def test_a_saved_model_decides_as_before(tmp_path):
    venv = make_sb3_vec_env("textgym/ExtractiveSummarization-v0", 2, seed=0)
    model = MaskablePPO(PointerPolicy, venv, n_steps=16, batch_size=16, seed=0, policy_kwargs={"width": 4})
    model.learn(32)
    seen = torch.as_tensor(venv.reset())
    model.save(tmp_path / "model.zip")
    model.policy.save(tmp_path / "policy.pt")
    expected = probabilities(model.policy, seen)
    assert np.ptp(expected) > 0
    for loaded in (
        MaskablePPO.load(tmp_path / "model.zip").policy,
        PointerPolicy.load(tmp_path / "policy.pt"),
    ):
        np.testing.assert_array_equal(probabilities(loaded, seen), expected)


class LargestItem(gym.Env):
    """One step: 1 for the item with the largest first number, else 0."""

    observation_space = spaces.Box(-1, 1, (5 * FEATURES + WHOLE,), np.float32)
    action_space = spaces.Discrete(6)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.vector = self.np_random.uniform(0.1, 1, 5 * FEATURES + WHOLE).astype(np.float32)
        return self.vector, {}

    def step(self, action):
        return self.vector, float(action == self.vector[: 5 * FEATURES : FEATURES].argmax()), True, False, {}

    def action_masks(self):
        return np.ones(6, bool)


def test_it_learns_to_take_the_largest_item():
    venv = DummyVecEnv([LargestItem] * 8)
    model = MaskablePPO(
        PointerPolicy,
        venv,
        n_steps=64,
        batch_size=128,
        learning_rate=3e-3,
        seed=0,
        device="cpu",
        policy_kwargs={"item_features": FEATURES, "width": 32},
    )
    model.learn(8192)
    rng = np.random.default_rng(1)
    seen = rng.uniform(0.1, 1, (500, 5 * FEATURES + WHOLE)).astype(np.float32)
    picked, _ = model.predict(seen, deterministic=True)
    assert np.mean(picked == seen[:, : 5 * FEATURES : FEATURES].argmax(1)) > 0.85
