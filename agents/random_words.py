"""Replies with words drawn at random from the environment's message: the floor of every table."""

from collections.abc import Sequence

import numpy as np

from textgym import Agent, Request


class RandomWords:
    """Draws words from the newest message, with replacement.

    Args:
        length: Number of words in a reply.
    """

    def __init__(self, length: int = 8) -> None:
        self._length = length

    def act(self, requests: Sequence[Request]) -> list[str]:
        return [self._reply(request) for request in requests]

    def _reply(self, request: Request) -> str:
        rng = np.random.default_rng([request.seed, request.turn])
        words = request.conversation[-1]["content"].split()
        return " ".join(rng.choice(words, size=self._length)) if words else ""


def make_agent() -> Agent:
    return RandomWords()
