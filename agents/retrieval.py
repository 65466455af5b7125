"""Answers with the reference of the most similar training example (TF-IDF of character n-grams)."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym

from textgym import Agent, Request
from textgym.wrappers.proposers import named_proposer


class NearestReference:
    """Looks the prompt up among the training examples of one environment.

    Args:
        env_id: A text id whose examples have references.
        env_kwargs: Its constructor arguments, without the split.
    """

    def __init__(self, env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> None:
        env = gym.make(env_id, split="train", **(env_kwargs or {}))
        _, info = env.reset(seed=0)
        if not info["example"].references:
            raise ValueError(f"the examples of {env_id} have no references to retrieve")
        self._propose = named_proposer("retrieval", env.unwrapped)

    def act(self, requests: Sequence[Request]) -> list[str]:
        found = self._propose([r.conversation for r in requests], 1, [r.seed for r in requests])
        return [texts[0] for texts in found]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return NearestReference(env_id, env_kwargs)
