import tracemalloc

import gymnasium as gym
import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")

from gymnasium import spaces  # noqa: E402
from sb3_contrib import MaskablePPO  # noqa: E402
from sb3_contrib.common.maskable.buffers import (  # noqa: E402
    MaskableDictRolloutBuffer,
    MaskableRolloutBuffer,
)

from textgym.errors import UnsupportedSpace  # noqa: E402
from textgym.policies import BitMaskDictRolloutBuffer, BitMaskRolloutBuffer  # noqa: E402

BOX = spaces.Box(-1, 1, (3,), np.float32)
PAIRS = {
    "MlpPolicy": (MaskableRolloutBuffer, BitMaskRolloutBuffer),
    "MultiInputPolicy": (MaskableDictRolloutBuffer, BitMaskDictRolloutBuffer),
}


class Lottery(gym.Env):
    """Each action is allowed by chance; the reward depends on it."""

    def __init__(self, policy, actions=37):
        self.action_space = spaces.Discrete(actions)
        self.observation_space = BOX if policy == "MlpPolicy" else spaces.Dict(seen=BOX)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.draw(), {}

    def step(self, action):
        assert self.allowed[action]
        return self.draw(), float(np.sin(action)), bool(self.np_random.random() < 0.2), False, {}

    def draw(self):
        self.allowed = self.np_random.random(self.action_space.n) < 0.3
        self.allowed[self.np_random.integers(self.action_space.n)] = True
        seen = self.np_random.uniform(-1, 1, 3).astype(np.float32)
        return seen if self.observation_space is BOX else {"seen": seen}

    def action_masks(self):
        return self.allowed


@pytest.mark.parametrize("policy", PAIRS)
def test_what_is_learned_is_the_same_bit_for_bit(policy):
    weights = []
    for buffer in PAIRS[policy]:
        model = MaskablePPO(
            policy,
            Lottery(policy),
            n_steps=32,
            batch_size=16,
            n_epochs=3,
            learning_rate=1e-2,
            rollout_buffer_class=buffer,
            seed=0,
            device="cpu",
        ).learn(96)
        weights.append(torch.cat([p.flatten() for p in model.policy.parameters()]))
    assert torch.equal(*weights)


@pytest.mark.parametrize("policy", PAIRS)
def test_masks_take_a_32nd_of_the_memory(policy):
    space = BOX if policy == "MlpPolicy" else spaces.Dict(seen=BOX)
    plain, bits = (b(16, space, spaces.Discrete(4096), "cpu", n_envs=4) for b in PAIRS[policy])
    assert bits.action_masks.nbytes * 32 == plain.action_masks.nbytes == 16 * 4 * 4096 * 4
    tracemalloc.start()
    bits.reset()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < plain.action_masks.nbytes / 8


@pytest.mark.parametrize("buffer", [BitMaskRolloutBuffer, BitMaskDictRolloutBuffer])
def test_without_masks_every_action_is_allowed(buffer):
    space = BOX if buffer is BitMaskRolloutBuffer else spaces.Dict(seen=BOX)
    held = buffer(2, space, spaces.Discrete(11), "cpu", n_envs=3)
    seen = np.zeros((3, 3), np.float32)
    for _ in range(2):
        observation = seen if space is BOX else {"seen": seen}
        held.add(observation, np.zeros((3, 1)), np.zeros(3), np.zeros(3), torch.zeros(3), torch.zeros(3))
    masks = next(held.get(6)).action_masks
    assert masks.shape == (6, 11)
    assert masks.all()


def test_other_actions_are_refused():
    with pytest.raises(UnsupportedSpace, match=r"expected .*Discrete\(A\), got MultiDiscrete"):
        BitMaskRolloutBuffer(2, BOX, spaces.MultiDiscrete([3, 4]), "cpu")
