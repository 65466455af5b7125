"""Reward: several reward functions at once."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from textgym.protocols import Conversation, Example, RewardFn, checked_rewards, reward_name


class WeightedSum:
    """The sum of reward functions, each times its weight.

    Weights are taken as they are: they need not sum to 1, and a negative one makes a penalty.

    Args:
        weights: The weight of each reward function.

    Raises:
        ValueError: If there is no reward function, or a weight is not finite.
    """

    def __init__(self, weights: Mapping[RewardFn, float]) -> None:
        if not weights:
            raise ValueError(
                "WeightedSum needs at least one reward function, such as WeightedSum({fluency: 1.0})"
            )
        for reward_fn, weight in weights.items():
            if not math.isfinite(weight):
                raise ValueError(f"the weight of {reward_name(reward_fn)!r} must be finite, got {weight}")
        self.weights = dict(weights)
        self.name = "WeightedSum(" + ", ".join(f"{w:g} * {reward_name(f)}" for f, w in weights.items()) + ")"

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Rewards of shape (B,), float32.

        Raises:
            ValueError: If one of the functions breaks the contract of reward functions; the message names it.
        """
        total = np.zeros(len(conversations), np.float64)
        for reward_fn, weight in self.weights.items():
            total += weight * checked_rewards(reward_fn, conversations, examples)
        return total.astype(np.float32)
