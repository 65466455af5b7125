"""Hands in the best of the corrections that are offered for a draft of textgym/PostEditing-v0: a bound, no contestant.

    textgym evaluate agents/mended_oracle.py textgym/PostEditing-v0

It tries the eight candidates of the proposer `"mending"` on the example itself and takes the one of the largest reward.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym

from textgym import Agent, Example, Request
from textgym.envs.text_env import TextEnv
from textgym.protocols import Message
from textgym.wrappers.proposers import named_proposer

_CANDIDATES = 8


class MendedOracle:
    """Knows every example and plays the task ahead by one message.

    Args:
        env: Any environment of the id that it plays.
    """

    def __init__(self, env: TextEnv) -> None:
        self._task, self._propose = env.task, named_proposer("mending", env)
        self._examples: dict[int, Example] = {}

    def meet(self, episode: int, example: Example) -> None:
        self._examples[episode] = example

    def act(self, requests: Sequence[Request]) -> list[str]:
        return [self._best(request) for request in requests]

    def end(self, episodes: Sequence[int]) -> None:
        for episode in episodes:
            self._examples.pop(episode, None)

    def _best(self, request: Request) -> str:
        example, talk = self._examples[request.episode], request.conversation
        (offered,) = self._propose([talk], _CANDIDATES, [request.seed])
        said = [(*talk, Message(role="assistant", content=text)) for text in offered]
        turns = self._task.judge([(example, conversation) for conversation in said])
        return offered[max(range(len(offered)), key=lambda i: turns[i].reward)]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return MendedOracle(cast(TextEnv, gym.make(env_id, **(env_kwargs or {})).unwrapped))
