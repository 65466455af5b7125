"""Rollout buffers of MaskablePPO that keep one bit for each action of a mask."""

from typing import Any, cast

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.buffers import MaskableDictRolloutBuffer, MaskableRolloutBuffer
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer
from torch import Tensor

from textgym.errors import UnsupportedSpace


class _BitMasks:
    """What the two buffers do alike."""

    buffer_size: int
    n_envs: int
    action_space: spaces.Space

    def add(self, *args: Any, action_masks: np.ndarray | None = None, **kwargs: Any) -> None:
        """Add a step of N environments.

        Args:
            *args: As in the base class, like `kwargs`.
            action_masks: True where an action is allowed, (N, A); None allows all.
        """
        if action_masks is not None:
            action_masks = np.packbits(action_masks.reshape(self.n_envs, -1) != 0, axis=1)
        cast(Any, super()).add(*args, action_masks=action_masks, **kwargs)

    def _allow_all(self) -> None:
        if not isinstance(self.action_space, spaces.Discrete):
            raise UnsupportedSpace(f"expected the action space Discrete(A), got {self.action_space}")
        # To the base class, masks are rows of this many numbers.
        self.mask_dims = -(-int(self.action_space.n) // 8)
        self.action_masks = np.full((self.buffer_size, self.n_envs, self.mask_dims), 255, np.uint8)

    def _get_samples(self, *args: Any, **kwargs: Any) -> Any:
        samples = cast(Any, super())._get_samples(*args, **kwargs)
        actions = int(cast(spaces.Discrete, self.action_space).n)
        return samples._replace(action_masks=_unpack(samples.action_masks)[:, :actions])


class BitMaskRolloutBuffer(_BitMasks, MaskableRolloutBuffer):
    """`MaskableRolloutBuffer` whose masks take 32 times less memory; what is learned is the same, bit for bit.

    Pass it to MaskablePPO as `rollout_buffer_class` where actions are many: of 64 environments with 49,152
    actions, 16 steps take 6 MB instead of 201. The masks of a minibatch are unpacked on the model's device.

    Its arguments are those of its base class.

    Raises:
        UnsupportedSpace: If the actions are not `Discrete`.
    """

    def reset(self) -> None:
        """Empty the buffer."""
        # Not the base class's, which makes the float32 masks.
        RolloutBuffer.reset(self)
        self._allow_all()


class BitMaskDictRolloutBuffer(_BitMasks, MaskableDictRolloutBuffer):
    """`BitMaskRolloutBuffer` for dictionary observations: those of the views, where features are not cached.

    Its arguments are those of its base class.

    Raises:
        UnsupportedSpace: If the actions are not `Discrete`.
    """

    def reset(self) -> None:
        """Empty the buffer."""
        DictRolloutBuffer.reset(self)
        self._allow_all()


def _unpack(packed: Tensor) -> Tensor:
    """Bits of `numpy.packbits`: uint8 (B, n) to bool (B, 8 n)."""
    weights = 2 ** torch.arange(7, -1, -1, dtype=torch.uint8, device=packed.device)
    return (packed[..., None] & weights).bool().flatten(1)
