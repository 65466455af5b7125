"""The training text as rows of token ids: kinds mixed by their shares, documents packed, order fixed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from textgym.algorithms.corpus.exclusion import training_stream
from textgym.algorithms.corpus.kinds import KINDS, Kind
from textgym.tokenization import ChatTokenizer


@dataclass
class Usage:
    """What was read of one kind: documents (repeats counted again), tokens, and documents left out."""

    documents: int = 0
    tokens: int = 0
    excluded: int = 0


@dataclass
class Rows:
    """Training rows.

    Args:
        ids: Token ids, shape (rows, length), uint16.
        usage: What each kind contributed.
    """

    ids: np.ndarray
    usage: dict[str, Usage] = field(default_factory=dict)


def training_rows(
    tokenizer: ChatTokenizer,
    number: int,
    *,
    length: int,
    seed: int,
    kinds: tuple[Kind, ...] = KINDS,
    progress: Callable[[int], object] | None = None,
) -> Rows:
    """The first rows of the endless training text; fewer rows are a prefix of more rows.

    The next document comes from the kind that is furthest behind its share. Every row starts with a
    document; what does not fit at the end of a row is dropped, except for documents longer than a row,
    which go on in the next one. There is no padding.

    Args:
        tokenizer: Encodes the documents.
        number: How many rows.
        length: Token ids in each.
        seed: Of generated documents and of the order of the others.
        kinds: Which kinds to mix.
        progress: Called with the number of finished rows after each.

    Returns:
        The rows.
    """
    usage = {kind.name: Usage() for kind in kinds}
    rows = np.zeros((number, length), np.uint16)
    documents = _mixed(tokenizer, kinds, seed, usage)
    rest: list[int] = []
    for index in range(number):
        row, rest = rest[:length], rest[length:]
        while len(row) < length:
            ids = next(documents)
            space = length - len(row)
            row += ids[:space]
            rest = ids[space:] if len(ids) > length else []
        rows[index] = row
        if progress is not None:
            progress(index + 1)
    return Rows(rows, usage)


def _mixed(
    tokenizer: ChatTokenizer, kinds: tuple[Kind, ...], seed: int, usage: dict[str, Usage]
) -> Iterator[list[int]]:
    streams = {kind.name: training_stream(kind, seed=seed) for kind in kinds}
    while True:
        kind = min(kinds, key=lambda k: usage[k.name].tokens / k.share)
        document, excluded = next(streams[kind.name])
        ids = document.ids(tokenizer)
        used = usage[kind.name]
        used.documents += 1
        used.tokens += len(ids)
        used.excluded = excluded
        yield ids
