"""Sources that are too large to be listed: their records are drawn one by one."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice

import numpy as np

from textgym.data.base import Record, Split
from textgym.errors import MalformedData

#: Size from which `jsonl:` files and `hf:` tables are drawn from instead of listed: about 150,000 lines of 100 bytes,
#: which take some seconds and 400 MB to list.
LARGE_BYTES = 16 * 2**20

# A draw is given up after so many rows of other splits.
_MOST_ROWS = 100_000
_SAMPLE = 200


class LargeSource(ABC):
    """Rows that stay where they are and become records when they are drawn.

    Nothing is known of a row before it is drawn. So groups that share a prompt are not joined, records that differ in
    their target only are examples of their own, and a malformed row is an error when it is drawn. Every row
    of a split is drawn with the same probability.

    Subclasses say where rows are (`_places`) and what one holds (`_read`). Two sources are equal if `_identity` is.

    Args:
        name: The source string that names it.
        size: What its fingerprint says of its size, such as `"1000 bytes"`.
    """

    #: What a row is called, and what to do where a split has none.
    _row: str
    _advice: str

    def __init__(self, name: str, size: str) -> None:
        self.name = name
        self._size = size

    def draw(self, rng: np.random.Generator, split: Split) -> Record:
        """A row of a split, each with the same probability.

        Args:
            rng: Source of randomness.
            split: The split.

        Raises:
            MalformedData: If a row that was looked at is not as described, no row of the split was found among
                a hundred thousand, or the rows were changed.
        """
        return next(self._draws(rng, split))

    def sample(self) -> list[Record]:
        """The same rows of any split in every call, and one that tells the size."""
        draws = self._draws(np.random.default_rng(0), None)
        return [Record(self._size, "", {}), *islice(draws, _SAMPLE)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LargeSource) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    @abstractmethod
    def _identity(self) -> Hashable:
        """What two equal sources have in common."""

    @abstractmethod
    def _places(self, rng: np.random.Generator, split: Split | None) -> Iterator[int]:
        """Where rows are that may be of a split; every one comes up equally often."""

    @abstractmethod
    def _read(self, place: int) -> Sequence[tuple[Record, Split]]:
        """The records of a row and their splits; none where the row is blank."""

    def _draws(self, rng: np.random.Generator, split: Split | None) -> Iterator[Record]:
        looked_at = 0  # since the last one that was given
        for place in self._places(rng, split):
            records = [record for record, home in self._read(place) if split in (None, home)]
            if records:
                yield records[int(rng.integers(len(records))) if len(records) > 1 else 0]
                looked_at = 0
            looked_at += 1
            if looked_at >= _MOST_ROWS:
                break
        row = f"{split} {self._row}" if split else self._row
        raise MalformedData(
            f"{self.name}: no {row} among {looked_at} that were drawn. Use another split, or {self._advice}"
        )
