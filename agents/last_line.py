"""Answers with the reference of the training example whose last line is most alike, made over for this text by analogy.

The last line of a conversation is what is to be answered; the whole of it is where the words of the answer are found
(`textgym.wrappers.adaptation`). Where examples have no references it repeats the message.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym

from textgym import Agent, Request
from textgym.envs.text_env import TextEnv
from textgym.wrappers.proposers import Adapted, Retrieval, named_proposer


class NearestLastLine:
    """Looks the last line of the prompt up among those of the training examples of one environment.

    Args:
        env_id: A text id.
        env_kwargs: Its constructor arguments, without the split.
    """

    def __init__(self, env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> None:
        env = gym.make(env_id, split="train", **(env_kwargs or {}))
        _, info = env.reset(seed=0)
        self._propose = None
        if info["example"].references:
            known = cast(Retrieval, named_proposer("retrieval", cast(TextEnv, env.unwrapped)))
            self._propose = Adapted(Retrieval(known.examples, key=last_line))

    def act(self, requests: Sequence[Request]) -> list[str]:
        if self._propose is None:
            return [r.conversation[-1]["content"] for r in requests]
        found = self._propose([r.conversation for r in requests], 1, [r.seed for r in requests])
        return [texts[0] for texts in found]


def last_line(prompt: str) -> str:
    """The last line; of no lines the empty string."""
    return prompt.splitlines()[-1] if prompt else ""


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return NearestLastLine(env_id, env_kwargs)
