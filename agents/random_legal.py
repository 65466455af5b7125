"""A random legal action, for every decision-level environment.

textgym evaluate agents/random_legal.py textgym/DialogueActs-v0
"""

from collections.abc import Sequence

import numpy as np

from textgym.protocols import DecisionAgent, Request


class RandomLegal:
    """Uniform among the legal actions; a function of the episode's seed and the turn."""

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        """One action for each request."""
        return [
            int(np.random.default_rng([r.seed, r.turn]).choice(np.flatnonzero(mask)))
            for mask, r in zip(masks, requests, strict=True)
        ]


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return RandomLegal()
