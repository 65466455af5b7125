"""Takes a legal action at random: the floor of every table of decisions."""

from collections.abc import Sequence

import numpy as np

from textgym import DecisionAgent, Request


class RandomDecisions:
    """Draws among the legal actions, with random numbers that depend on the episode's seed and the turn."""

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        rngs = [np.random.default_rng([r.seed, r.turn]) for r in requests]
        return [int(rng.choice(np.flatnonzero(mask))) for rng, mask in zip(rngs, masks, strict=True)]


def make_agent() -> DecisionAgent:
    return RandomDecisions()
