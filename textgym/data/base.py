"""Records, sources and the rule that puts a prompt group into a split."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, get_args

import numpy as np

from textgym.errors import UnknownName

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class Record:
    """One row of a corpus, before a task turns it into an example.

    Args:
        id: Unique within its source.
        group: Key of its prompt group, from `group_key`; one group is in one split.
        fields: The row's values, such as `{"source": ..., "target": ...}`.
    """

    id: str
    group: str
    fields: Mapping[str, str]


class Source(Protocol):
    """A finite corpus in three splits."""

    @property
    def name(self) -> str:
        """The source string that names it, such as `"django:de"`."""
        ...

    def records(self, split: Split) -> Sequence[Record]:
        """The records of one split, always in the same order."""
        ...


_HAS_LETTER = re.compile("[a-z]")
_ASCII = "".join(map(chr, range(128)))
_LETTERS, _LETTERS_AND_DIGITS = (re.sub(f"[^{kept}]", " ", _ASCII) for kept in ("a-z", "a-z0-9"))


class Grouped(Protocol):
    """What belongs to a prompt group."""

    @property
    def group(self) -> str:
        """Key of the group, from `group_key`."""
        ...


Drawn = TypeVar("Drawn", bound=Grouped)
DrawnOut = TypeVar("DrawnOut", bound=Grouped, covariant=True)


class Generator(Protocol[DrawnOut]):
    """An unlimited corpus: draws records, or what becomes examples, from a random number generator."""

    @property
    def name(self) -> str:
        """The source string that names it, such as `"generated"`."""
        ...

    def draw(self, rng: np.random.Generator, difficulty: float) -> DrawnOut:
        """One of them; `difficulty` in [0, 1]."""
        ...


def normalise(text: str, *, digits: bool = False) -> str:
    """Text without case, punctuation, digits and spacing, for telling prompts apart.

    Placeholders such as `%(name)s` lose their punctuation like everything else. Text that holds no letter
    keeps its characters.

    Args:
        text: Any text.
        digits: Whether digits are kept too, for prompts that numbers tell apart ("What is 3 plus 4?").
    """
    if text.isascii():
        # The same by two tables, ten times as fast; generators draw until a prompt is in the wanted split.
        folded = text.lower()
        words = folded.translate(_LETTERS_AND_DIGITS if digits else _LETTERS).split()
        return " ".join(words if _HAS_LETTER.search(folded) else folded.split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not any(c.isalpha() for c in folded):
        return " ".join(folded.split())
    return " ".join("".join(c if c.isalpha() or (digits and c.isnumeric()) else " " for c in folded).split())


def group_key(text: str, *, digits: bool = False) -> str:
    """Key of the prompt group of a text: 16 hex digits of SHA-256 over its form by `normalise`."""
    return hashlib.sha256(normalise(text, digits=digits).encode()).hexdigest()[:16]


def split_of(group: str) -> Split:
    """The split of a prompt group: 70 % train, 10 % validation, 20 % test, by hash."""
    share = int(hashlib.sha256(b"textgym-split-1:" + group.encode()).hexdigest()[:12], 16) / 16**12
    if share < 0.7:
        return "train"
    return "validation" if share < 0.8 else "test"


def check_split(split: str) -> Split:
    """The split itself.

    Raises:
        UnknownName: If there is no such split.
    """
    if split not in SPLITS:
        raise UnknownName(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    return split


def draw_from_split(
    generator: Generator[Drawn], rng: np.random.Generator, split: Split, difficulty: float
) -> Drawn:
    """Draw until a record of the split comes up, so that no prompt is in two splits.

    Args:
        generator: What to draw from.
        rng: Source of randomness.
        split: Wanted split.
        difficulty: In [0, 1], passed on.

    Raises:
        RuntimeError: If 1,000 draws gave no record of the split.
    """
    for _ in range(1000):
        record = generator.draw(rng, difficulty)
        if split_of(record.group) == split:
            return record
    raise RuntimeError(f"generator {generator.name!r} gave no {split} record in 1,000 draws")


def fingerprint(records: Sequence[Record]) -> str:
    """16 hex digits of SHA-256 over the records, in order."""
    digest = hashlib.sha256()
    for record in records:
        line = json.dumps([record.id, record.group, dict(record.fields)], ensure_ascii=False, sort_keys=True)
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()[:16]
