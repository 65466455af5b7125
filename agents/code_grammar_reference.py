"""Derives the reference of textgym/CodeGrammar-v0. It is shown every example: a bound, no contestant.

textgym evaluate agents/code_grammar_reference.py textgym/CodeGrammar-v0
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym
import numpy as np

from textgym import DecisionAgent, Example, Request
from textgym.envs.code_grammar import CodeGrammarEnv
from textgym.tasks.code.grammar_task import CodeGrammarTask


class ReferenceOracle:
    """Plays the demonstration of each example.

    Args:
        task: That of the environment it plays.
    """

    def __init__(self, task: CodeGrammarTask) -> None:
        self._task = task
        self._plans: dict[int, tuple[int, ...]] = {}

    def meet(self, episode: int, example: Example) -> None:
        self._plans[episode] = self._task.demonstration(example)

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        return [self._plans[request.episode][request.turn] for request in requests]

    def end(self, episodes: Sequence[int]) -> None:
        for episode in episodes:
            self._plans.pop(episode, None)


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> DecisionAgent:
    env = cast(CodeGrammarEnv, gym.make(env_id, **(env_kwargs or {})).unwrapped)
    return ReferenceOracle(cast(CodeGrammarTask, env.task))
