"""Takes the action with the largest immediate reward. It tries them on the example itself: a bound, no contestant."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym
import numpy as np

from textgym import DecisionAgent, Example, Request
from textgym.envs.decision_env import DecisionEnv
from textgym.tasks.decision import DecisionTask


class GreedyOracle:
    """Knows every example and plays the task ahead by one step.

    Equal rewards are decided for the action with the largest number, which in extractive summarization is
    stopping: it stops when no sentence helps.

    Args:
        task: That of the environment it plays.
    """

    def __init__(self, task: DecisionTask) -> None:
        self._task = task
        self._states: dict[int, Any] = {}

    def meet(self, episode: int, example: Example) -> None:
        self._states[episode] = self._task.start(example)

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        return [
            self._best(r.episode, np.flatnonzero(m).tolist()) for r, m in zip(requests, masks, strict=True)
        ]

    def end(self, episodes: Sequence[int]) -> None:
        for episode in episodes:
            self._states.pop(episode, None)

    def _best(self, episode: int, legal: list[int]) -> int:
        steps = {action: self._task.step(self._states[episode], action) for action in legal}
        best = max(legal, key=lambda action: (steps[action].reward, action))
        self._states[episode] = steps[best].state
        return best


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> DecisionAgent:
    env = cast(DecisionEnv, gym.make(env_id, **(env_kwargs or {})).unwrapped)
    return GreedyOracle(env.task)
