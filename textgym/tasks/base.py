"""What a task is: examples, and a judge that is a function of its arguments."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from textgym.data.base import Split
from textgym.protocols import Conversation, Example


@dataclass(frozen=True)
class Turn:
    """The environment's answer to the agent's newest message.

    Args:
        reply: The next environment message; `None` exactly when the episode is over.
        reward: Reward of this turn.
        terminated: Whether the task ended.
        metrics: Named scores of the episode, given when it ends; each metric keeps its library's scale.
    """

    reply: str | None
    reward: float
    terminated: bool
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.reply is None) != self.terminated:
            raise ValueError(
                f"reply must be None exactly when terminated, got {self.reply!r}, {self.terminated}"
            )


class ExampleSource(ABC):
    """Where the examples of a task come from, the part that every kind of task shares.

    A finite task implements `examples`, a generated one `generate`; `finite` says which.
    """

    #: Name of the data source, such as `"generated"` or `"django:de"`.
    source: str
    #: Whether `examples` (True) or `generate` (False) gives the examples.
    finite: bool
    #: The smallest and largest return of an episode.
    return_range: tuple[float, float] = (0.0, 1.0)

    @property
    def generated(self) -> bool:
        """Whether examples are made up, and so have a difficulty; those of a large source are drawn as they stand."""
        return not self.finite and not self.source.startswith(("jsonl:", "hf:"))

    def examples(self, split: Split) -> Sequence[Example]:
        """All examples of a split, in a fixed order (finite tasks)."""
        raise TypeError(f"source {self.source!r} is generated: it has no list of examples, call generate")

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """One new example (generated tasks); `difficulty` in [0, 1]."""
        raise TypeError(f"source {self.source!r} is finite: call examples")

    @abstractmethod
    def fingerprint(self) -> str:
        """16 hex digits that change when the examples change."""

    def corpus_scores(
        self, examples: Sequence[Example], replies: Sequence[Sequence[str]]
    ) -> Mapping[str, float]:
        """Scores of many episodes together, by name and signature, where the field reports such.

        Args:
            examples: What N episodes asked.
            replies: What the agent replied in each, in order; empty where it failed at once.

        Returns:
            Each score on its library's scale; nothing where there are none.
        """
        return {}


class Task(ExampleSource):
    """A text task. Instances are immutable and pickle.

    All randomness inside an episode comes from `example.seed`, so that `judge` is a function of its arguments.
    """

    #: The largest number of agent turns in an episode.
    max_turns: int = 1

    @abstractmethod
    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> Sequence[Turn]:
        """Answer the newest agent message of each conversation.

        Args:
            batch: Pairs of an example and the conversation so far, which ends with an `assistant` message.

        Returns:
            One turn for each pair, by position.
        """
