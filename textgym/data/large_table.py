"""Tables of a Hugging Face data set that are too large to be listed: their rows are drawn from the disk."""

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np

from textgym.data.base import SPLITS, Record, Split
from textgym.data.hf_rows import HfRows
from textgym.data.hf_tables import files_of
from textgym.data.large_source import LargeSource
from textgym.errors import MalformedData


class LargeTable(LargeSource):
    """The rows of large tables in the form that `hf_source` describes, drawn one by one.

    `datasets` maps the tables into memory, and a row becomes a record when it is drawn. Records, their ids and splits
    are those of `hf_source`. A prompt of an upstream `validation` or `test` is not drawn from an earlier split: the
    prompts of the later ones are read and held at the first draw. Other than in smaller tables:

    - of a conversation one utterance is drawn, all with the same probability; where `train` gives its part to an absent
      split, that is by hash of the conversation, and nothing is said of a context that stands in two of them;
    - a malformed row is an error when it is drawn, or when the prompts of its split are read.

    Args:
        rows: The rows. The files that hold them must not be changed while they are in use.

    Raises:
        MalformedData: If the first row of a table is not as described.
    """

    _row = "row"
    _advice = "say which upstream split it is, as in '?test=NAME'"

    def __init__(self, rows: HfRows) -> None:
        self.rows = rows
        self._splits = tuple(rows.tables)
        # The tables stand one behind the other: a place is a number of a row in all of them.
        self._starts = tuple(accumulate((len(table) for table in rows.tables.values()), initial=0))
        self._files = tuple(files_of(table) for table in rows.tables.values())
        self._held: dict[Split, frozenset[str]] = {}
        super().__init__(rows.name, f"{self._starts[-1]} rows")
        for start, end in pairwise(self._starts):
            if start < end:
                list(self._records(start))

    def _identity(self) -> Hashable:
        rows = self.rows
        return rows.name, rows.fields, tuple(sorted(rows.columns.items())), self._files, self._starts

    def __reduce__(self) -> tuple[type["LargeTable"], tuple[HfRows]]:
        return LargeTable, (self.rows,)

    def _places(self, rng: np.random.Generator, split: Split | None) -> Iterator[int]:
        """Rows of the upstream split, or of `train` where there is none."""
        low, high = 0, self._starts[-1]
        if split is not None:
            upstream = split if split in self._splits else "train"
            table = self._splits.index(upstream) if upstream in self._splits else -1
            low, high = (self._starts[table], self._starts[table + 1]) if table >= 0 else (0, 0)
            if low == high:
                sizes = ", ".join(f"{name} {len(rows)}" for name, rows in self.rows.tables.items())
                raise MalformedData(
                    f"{self.name} has no {split} rows (upstream: {sizes}). Use another split, or say which upstream one "
                    f"it is, as in '?{split}=NAME'"
                )
        while low < high:
            yield int(rng.integers(low, high))

    def _read(self, place: int) -> Sequence[tuple[Record, Split]]:
        """The records of a row whose prompts stand in no later upstream split."""
        upstream = self._upstream(place)
        after = SPLITS.index(upstream) + 1
        later: list[Split] = [split for split in self._splits if SPLITS.index(split) >= after]
        return [
            (record, split)
            for record, split in self._records(place)
            if not any(self.rows.prompt(record) in self._prompts(other) for other in later)
        ]

    def _records(self, place: int) -> Iterator[tuple[Record, Split]]:
        upstream = self._upstream(place)
        index = place - self._starts[self._splits.index(upstream)]
        return self.rows.records(upstream, index, self.rows.tables[upstream][index])

    def _upstream(self, place: int) -> Split:
        """Where the row of a place stands."""
        return self._splits[bisect_right(self._starts, place) - 1]

    def _prompts(self, split: Split) -> frozenset[str]:
        """All prompts of an upstream split."""
        if split not in self._held:
            rows = enumerate(self.rows.tables[split])
            records = (record for index, row in rows for record, _ in self.rows.records(split, index, row))
            self._held[split] = frozenset(map(self.rows.prompt, records))
        return self._held[split]
