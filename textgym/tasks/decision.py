"""What a decision-level task is: numbered actions, and a transition that is a function of its arguments."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from textgym.protocols import Example
from textgym.tasks.base import ExampleSource

State = TypeVar("State")


@dataclass(frozen=True)
class DecisionStep(Generic[State]):
    """What one action leads to.

    Args:
        state: The next state; the last one when terminated.
        reward: Reward of the action.
        terminated: Whether the task ended.
        metrics: Named scores of the episode, given when it ends; each metric keeps its library's scale.
    """

    state: State
    reward: float
    terminated: bool = False
    metrics: Mapping[str, float] = field(default_factory=dict)


class DecisionTask(ExampleSource, Generic[State]):
    """A task of numbered decisions. Instances are immutable and pickle; so are the states.

    Every method is a function of its arguments; all randomness inside an episode comes from `example.seed`,
    and a state carries whatever else is needed. Only legal actions are given to `step`: the environment
    replaces illegal ones (`legal_action`). An agent reads `features` or `vector`, and nothing in them may
    come from the references.
    """

    #: Number n of actions, the same in every state.
    actions: int
    #: Length d of `vector`.
    vector_size: int
    #: Every episode ends within so many actions.
    max_steps: int

    @abstractmethod
    def start(self, example: Example) -> State:
        """The first state of an episode; at least one action is legal in it."""

    @abstractmethod
    def step(self, state: State, action: int) -> DecisionStep[State]:
        """What a legal action leads to."""

    def steps(self, batch: Sequence[tuple[State, int]]) -> list[DecisionStep[State]]:
        """What each of several states with a legal action leads to, by position, as `step` would say.

        A vector environment asks for all its rows at once; a task whose judging is cheaper in batches overrides this.
        """
        return [self.step(state, action) for state, action in batch]

    @abstractmethod
    def mask(self, state: State) -> np.ndarray:
        """Which actions are legal: bool (n,), at least one True in every state that is not the last."""

    @abstractmethod
    def features(self, state: State) -> str:
        """The state as a language model reads it; never empty, for the last state too."""

    @abstractmethod
    def vector(self, state: State) -> np.ndarray:
        """The state as a network or a table reads it: float32 (d,), every entry in [-1, 1], an array of its own."""

    @abstractmethod
    def action_name(self, state: State, action: int) -> str:
        """The action as a person reads it, in this state; names of legal actions differ."""


def legal_action(mask: np.ndarray, action: int) -> int:
    """What an action is played as: itself where it is legal, else the (action mod k)-th of the k legal ones.

    So every sequence of numbers is an episode, an algorithm without masks can learn, and uniform random numbers
    spread evenly. The choice view treats absent candidates in the same way.

    Args:
        mask: Which actions are legal, bool (n,); at least one True.
        action: In [0, n).

    Returns:
        A legal action.
    """
    if mask[action]:
        return action
    legal = np.flatnonzero(mask)
    return int(legal[action % len(legal)])
