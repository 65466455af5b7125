"""Tasks of one message each, over a finite source or a generator."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from textgym.data.base import SPLITS, Generator, Record, Split, draw_from_split, fingerprint
from textgym.data.large_source import LargeSource
from textgym.data.sources import large_source, load_source
from textgym.errors import MalformedData, check_text
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn

#: Fixed draws that stand for a generator in the fingerprint, at difficulties from 0 to 1.
_FINGERPRINT_DRAWS = 60


class SingleTurnTask(Task):
    """A task whose episodes end with the agent's first message.

    Subclasses say what an example looks like (`example`), what a record must hold (`check`) and how a reply is scored
    (`score`). A pickle holds the name of the source, not its records.

    From a large `jsonl:` file or `hf:` table (see `LargeSource`) examples are drawn like generated ones: `finite` is
    False.

    Args:
        source: `"generated"`, or a source string that `load_source` knows.
        generators: What can be drawn from instead, such as `"generated"`; each is chosen by its name.
        fields: Fields that the records of a finite source must have.

    Raises:
        InvalidValue: If the source is no string.
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field.
    """

    def __init__(
        self, source: str, *, generators: Sequence[Generator[Record]], fields: tuple[str, ...]
    ) -> None:
        self.source = check_text("source", source)
        by_name = {generator.name: generator for generator in generators}
        self._generator = by_name.get(source) or large_source(source, fields=fields)
        self.finite = self._generator is None
        self._fields = fields
        self._corpus = load_source(source, fields=fields, also=tuple(by_name)) if self.finite else None

    def check(self, record: Record) -> None:
        """Raise MalformedData unless a record that was not generated holds what is needed."""

    @abstractmethod
    def example(self, record: Record) -> Example:
        """The example that a record becomes."""

    @abstractmethod
    def score(self, example: Example, reply: str) -> tuple[float, dict[str, float]]:
        """Reward and metrics of a reply."""

    def examples(self, split: Split) -> Sequence[Example]:
        """All examples of a split, in the source's order."""
        if self._corpus is None:
            return super().examples(split)
        return _examples(self, split)

    def build_examples(self, split: Split) -> Sequence[Example]:
        """What `examples` returns, made anew; equal tasks share one result."""
        return tuple(self.example(r) for r in self._corpus.records(split)) if self._corpus else ()

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new example of the generator."""
        if self._generator is None:
            return super().generate(rng, split, difficulty)
        if not isinstance(self._generator, LargeSource):
            return self.example(draw_from_split(self._generator, rng, split, difficulty))
        record = self._generator.draw(rng, split)
        self.check(record)
        return self.example(record)

    def fingerprint(self) -> str:
        """Hash of all examples, or of fixed draws of the generator or from a large source, with its size."""
        if isinstance(self._generator, LargeSource):
            return fingerprint(self._generator.sample())
        if self._generator is None:
            examples = [example for split in SPLITS for example in self.examples(split)]
        else:
            rng = np.random.default_rng(0)
            steps = np.linspace(0.0, 1.0, _FINGERPRINT_DRAWS)
            examples = [self.example(self._generator.draw(rng, float(d))) for d in steps]
        return fingerprint([Record(e.id, e.group, self.frozen(e)) for e in examples])

    def frozen(self, example: Example) -> dict[str, str]:
        """What of an example the fingerprint covers, beside its id and group."""
        return {"prompt": example.prompt, "references": "\n".join(example.references)}

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> list[Turn]:
        """Score the reply of each conversation; every episode ends here."""
        turns = []
        for example, conversation in batch:
            reward, metrics = self.score(example, conversation[-1]["content"])
            turns.append(Turn(reply=None, reward=reward, terminated=True, metrics=metrics))
        return turns

    def _check_records(self) -> None:
        """`check` all records of a finite source; those of a large source are checked when they are drawn."""
        for split in SPLITS:
            for record in self._corpus.records(split) if self._corpus else ():
                self.check(record)

    def _require(self, record: Record, field: str, holds: Callable[[str], bool], *, what: str) -> None:
        """Raise MalformedData unless a field of a record holds what is needed."""
        if not holds(record.fields[field]):
            raise MalformedData(
                f"{self.source}: the {field} of record {record.id!r} must hold {what}, "
                f"got {record.fields[field]!r}. Leave the record out."
            )

    # Equal tasks share what is computed once for a task, such as an index of its training examples. A source is
    # loaded once, so its identity stands for its contents.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, SingleTurnTask) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[Any, ...]:
        plain = (v for v in vars(self).values() if isinstance(v, str | int | float | None))
        large = self._generator if isinstance(self._generator, LargeSource) else None
        return (type(self), id(self._corpus), large, *plain)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_corpus": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state)
        if self.finite:
            self._corpus = load_source(self.source, fields=self._fields)


@lru_cache(maxsize=32)
def _examples(task: SingleTurnTask, split: Split) -> Sequence[Example]:
    return task.build_examples(split)
