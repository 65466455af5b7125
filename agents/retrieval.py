"""Answers with the reference of the most similar training example (TF-IDF of character n-grams).

Where examples have no references, as in goal-oriented dialogue, there is nothing to retrieve: it repeats the message.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym

from textgym import Agent, Request
from textgym.envs.text_env import TextEnv
from textgym.wrappers.proposers import named_proposer

# As in the choice view; a proposer may put those of the nearest examples in an order of its own.
_CANDIDATES = 8


class NearestReference:
    """Looks the prompt up among the training examples of one environment.

    Args:
        env_id: A text id.
        env_kwargs: Its constructor arguments, without the split.
        proposer: Whose first candidate is sent, by the name for `named_proposer`.
    """

    def __init__(
        self, env_id: str, env_kwargs: Mapping[str, Any] | None = None, *, proposer: str = "retrieval"
    ) -> None:
        env = gym.make(env_id, split="train", **(env_kwargs or {}))
        _, info = env.reset(seed=0)
        has_references = bool(info["example"].references)
        self._propose = named_proposer(proposer, cast(TextEnv, env.unwrapped)) if has_references else None

    def act(self, requests: Sequence[Request]) -> list[str]:
        if self._propose is None:
            return [r.conversation[-1]["content"] for r in requests]
        found = self._propose([r.conversation for r in requests], _CANDIDATES, [r.seed for r in requests])
        return [texts[0] for texts in found]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return NearestReference(env_id, env_kwargs)
