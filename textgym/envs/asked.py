"""Which example an episode asks: split, difficulty and reset options, read alike by every environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from textgym.data.base import SPLITS, Split, check_split
from textgym.errors import InvalidValue, MalformedData, check_share
from textgym.protocols import Example
from textgym.tasks.base import ExampleSource


@dataclass(frozen=True)
class Asked:
    """What the options of one reset ask for.

    Args:
        index: Number of the example in its split (for generated tasks that of a fixed stream), or None.
        difficulty: Of a generated example, in [0, 1].
    """

    index: int | None
    difficulty: float


def read_options(options: Mapping[str, Any] | None, difficulty: float) -> Asked:
    """The options of a reset, `index` and `difficulty`; what is missing is drawn, or the environment's own.

    Raises:
        ValueError: If an option is unknown or the difficulty out of range.
    """
    given = dict(options or {})
    asked = Asked(given.pop("index", None), check_difficulty(given.pop("difficulty", difficulty)))
    if given:
        raise InvalidValue(f"unknown reset options {sorted(given)}; known are 'index' and 'difficulty'")
    return asked


def pick_example(task: ExampleSource, split: Split, rng: np.random.Generator, asked: Asked) -> Example:
    """The example of an episode.

    Raises:
        ValueError: If the index is out of range.
    """
    index = asked.index
    if not task.finite:
        if index is not None:
            rng = np.random.default_rng([SPLITS.index(split), _check_index(index, 2**63)])
        return task.generate(rng, split, asked.difficulty)
    examples = task.examples(split)
    if index is None:
        index = int(rng.integers(len(examples)))
    return examples[_check_index(index, len(examples))]


def check_examples(task: ExampleSource, split: str) -> Split:
    """The split itself.

    Raises:
        UnknownName: If there is no such split.
        MalformedData: If a finite task has no examples of it.
    """
    checked = check_split(split)
    if task.finite and not task.examples(checked):
        sizes = ", ".join(f"{name} {len(task.examples(name))}" for name in SPLITS)
        raise MalformedData(
            f"source {task.source!r} has no {split} examples ({sizes}). Use another split, or give the records "
            "of a file a field 'split'."
        )
    return checked


def check_difficulty(difficulty: Any) -> float:
    """The difficulty itself.

    Raises:
        ValueError: If it is no number in [0, 1].
    """
    return check_share("difficulty", difficulty)


def plain_arguments(task: ExampleSource) -> dict[str, Any]:
    """What a snapshot compares a task by: those of its attributes that are plain values."""
    return {k: v for k, v in vars(task).items() if isinstance(v, str | int | float | None)}


def check_made_alike(snapshot: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Refuse a snapshot that was taken from an environment made otherwise.

    Raises:
        InvalidValue: If the arguments that it names differ from one's own.
    """
    if snapshot["made_with"] != own:
        raise InvalidValue(
            f"the snapshot was taken from {snapshot['made_with']}, this environment is {own}; make it with the same "
            "arguments"
        )


def _check_index(index: Any, size: int) -> int:
    if not isinstance(index, int | np.integer) or not 0 <= index < size:
        raise InvalidValue(f"index must be an integer in [0, {size}), got {index!r}")
    return int(index)
