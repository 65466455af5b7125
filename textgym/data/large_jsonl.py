"""A JSON Lines file that is too large to be read at once: its lines are drawn from the disk."""

import json
import mmap
import os
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import numpy as np

from textgym.data.base import Record, Split, split_of
from textgym.data.jsonl_lines import read_line
from textgym.data.large_source import LargeSource
from textgym.errors import MalformedData

# A draw is given up after so many places of the file.
_MOST_PLACES = 2_000_000
# Places drawn at once. Each brings 64 kB of the file into memory, or 2 MB where the system keeps it in huge pages, which are then released.
_PLACES = 32
_CHUNK_BYTES = 2**20


class LargeJsonl(LargeSource):
    """The lines of a large JSON Lines file (UTF-8) in the form that `jsonl_source` describes, drawn one by one.

    The file is mapped into memory and nothing of it is read beforehand but its first line, so that millions of lines
    cost neither time nor memory. Other than in smaller files:

    - the split is that of the line's own `split`, or by hash of its `group`, which is the first field without case and
      punctuation unless the line names one. Groups that share a prompt are not joined, and nothing is said of one
      prompt in two splits or of an id that stands twice;
    - an id defaults to `FILE@BYTE`, the place of the line;
    - a malformed line is an error when it is drawn.

    Every line is drawn with equal probability, whatever its length: a place of the file is drawn, and counts if it is
    among the first L bytes of a line, where L is the length of the shortest line that has the fields. One place in
    (mean length / L) counts, and of those one in (1 / share of the split).

    Args:
        path: The file. It must not be changed while it is in use.
        fields: Names of the fields that every line must have as strings; the prompt first.

    Raises:
        MalformedData: If the file cannot be read, or its first line is not as described.
    """

    _row = "line"
    _advice = "give lines a field 'split'"

    def __init__(self, path: Path, fields: tuple[str, ...]) -> None:
        if not fields:
            raise ValueError("fields must name at least the prompt field, got none")
        self._path, self._fields = path, fields
        # With one character of a prompt.
        shortest = json.dumps(dict.fromkeys(fields, ""), separators=(",", ":"), ensure_ascii=False)
        self._shortest = len(shortest.encode()) + 1
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._written_ns = os.fstat(file.fileno()).st_mtime_ns
        except (OSError, ValueError) as error:
            raise MalformedData(f"cannot read {path}: {error}; expected a JSON Lines file") from error
        super().__init__(f"jsonl:{path}", f"{len(self._map)} bytes")
        if hasattr(mmap, "MADV_RANDOM"):
            self._map.madvise(mmap.MADV_RANDOM)
        if not self._read(self._first_written()):
            raise MalformedData(f"{path} holds no examples; expected one JSON object in each line")

    def _identity(self) -> Hashable:
        return self._path, self._fields, len(self._map), self._written_ns

    def __reduce__(self) -> tuple[type["LargeJsonl"], tuple[Path, tuple[str, ...]]]:
        return LargeJsonl, (self._path, self._fields)

    def _places(self, rng: np.random.Generator, split: Split | None) -> Iterator[int]:
        """Where lines begin, of any split; every line that has the fields comes up equally often."""
        for _ in range(_MOST_PLACES // _PLACES):
            if self._map.size() != len(self._map):
                raise MalformedData(
                    f"{self._path} was changed while it was in use; make the environment anew"
                )
            self._release()
            for place in rng.integers(len(self._map), size=_PLACES).tolist():
                line_end = self._map.rfind(b"\n", max(place - self._shortest, 0), place)
                if line_end >= 0 or place < self._shortest:
                    yield line_end + 1

    def _first_written(self) -> int:
        """Where the first line begins that is not blank, or else the last one."""
        start = 0
        while not (line := self._line(start)).strip() and start + len(line) < len(self._map):
            start += len(line)
        return start

    def _line(self, start: int) -> bytes:
        end = self._map.find(b"\n", start)
        return self._map[start : end + 1 if end >= 0 else len(self._map)]

    def _read(self, place: int) -> Sequence[tuple[Record, Split]]:
        """The record of the line that begins at a place, and its split; none for a blank line."""
        raw, default_id, first = self._line(place), f"{self._path.name}@{place}", place == 0
        if not raw.strip():
            return ()
        try:
            record, asked = read_line(raw, self._fields, "", default_id=default_id, first=first)
        except MalformedData:
            # Lines are counted for an error only.
            where = f"{self._path}:{self._number(place)}"
            record, asked = read_line(raw, self._fields, where, default_id=default_id, first=first)
        return ((record, asked or split_of(record.group)),)

    def _number(self, start: int) -> int:
        """The number of the line that begins at a place, from 1."""
        number = 1
        for chunk in range(0, start, _CHUNK_BYTES):
            number += self._map[chunk : min(chunk + _CHUNK_BYTES, start)].count(b"\n")
            self._release()
        return number

    def _release(self) -> None:
        """Let go of what was read: the system counts it as this process's memory."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
