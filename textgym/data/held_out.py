"""Keeps validation and test texts out of training text, whatever package repeats them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

#: Share of a held-out passage's shingles that a stretch of text must have to count as a repetition of it.
COVERAGE = 0.6
#: Length of that stretch, in lengths of the passage: room for inserted words, too little for chance.
STRETCH = 1.5
#: Shortest passage searched for inside texts, in bytes of normal form. Shorter ones ("Save and close",
#: "how are you doing") stand in unrelated text by chance: they only rule out a text that is equal to them.
MIN_BYTES = 24
#: Longer held-out texts are cut into passages of this many bytes, so that quotations are found too: always
#: from twice this length on, when they hold a whole passage.
PASSAGE_BYTES = 200

# Eight bytes are one uint64: shingles need no hashing, and languages without spaces need no words.
_SHINGLE = 8
# The rarest shingles of a passage stand for it; phrases that many passages share would cost time and say little.
_KEPT = 32
_MIN_SHINGLES = 8
_BATCH_BYTES = 2**21
_TABLE_BITS = 24
_MIX = np.uint64(0x9E3779B97F4A7C15)
_NOT_LETTERS = re.compile(r"[\W\d_]+")


class HeldOutFilter:
    """Tells which texts contain or nearly repeat a held-out text.

    Texts are compared without case, punctuation, digits and spacing, as bytes. A text repeats a held-out
    passage if some stretch of it, at most `STRETCH` times as long as the passage, has at least `COVERAGE` of
    the passage's 8-byte shingles (of its 32 rarest, if it has more). A sentence of ten words with one of
    them changed is found, one that only shares words is not. Held-out texts shorter than `min_bytes` in that form match only
    a text that is equal to them: hand over the entries of a catalogue one by one.

    Args:
        held_out: Prompts and references of the validation and test splits, without the task's instruction.
            About 100 bytes of memory are needed for each byte of them while the filter is built.
        min_bytes: Shortest held-out text that is searched for inside texts. Raise it for chat, where whole
            replies are common phrases.
    """

    def __init__(self, held_out: Iterable[str], *, min_bytes: int = MIN_BYTES) -> None:
        forms = sorted({form for text in held_out if (form := _normal_form(text))})
        self._whole = frozenset(forms)
        long = (form for form in forms if len(form) >= min_bytes)
        passages = sorted({passage for form in long for passage in _passages(form)})
        shingles, _, owner = _shingles(passages)
        self._build(passages, shingles, owner)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Whether each text repeats a held-out one, shape (B,), bool."""
        repeats = np.zeros(len(texts), bool)
        batch: list[bytes] = []
        size = 0
        for index, text in enumerate(texts):
            batch.append(_normal_form(text))
            size += len(batch[-1])
            if size >= _BATCH_BYTES or index == len(texts) - 1:
                start = index + 1 - len(batch)
                repeats[start : index + 1] = [form in self._whole for form in batch]
                repeats[start + self._found(batch)] = True
                batch, size = [], 0
        return repeats

    def _build(self, passages: list[bytes], shingles: np.ndarray, owner: np.ndarray) -> None:
        """The index from shingles to the passages that they stand for."""
        order = np.lexsort((shingles, owner))
        owner, shingles = owner[order], shingles[order]
        repeated = np.zeros(len(owner), bool)
        repeated[1:] = (owner[1:] == owner[:-1]) & (shingles[1:] == shingles[:-1])
        owner, shingles = owner[~repeated], shingles[~repeated]
        _, inverse, count = np.unique(shingles, return_inverse=True, return_counts=True)
        # Among equally rare shingles the mixed bits choose, which spreads them over the passage.
        order = np.lexsort((shingles * _MIX, count[inverse], owner))
        owner, shingles = owner[order], shingles[order]
        total = np.bincount(owner, minlength=len(passages))
        rank = np.arange(len(owner)) - np.repeat(np.cumsum(total) - total, total)
        kept = (rank < _KEPT) & (total[owner] >= _MIN_SHINGLES)
        owner, shingles = owner[kept], shingles[kept]

        order = np.lexsort((owner, shingles))
        self._passage = owner[order]
        self._key, first = np.unique(shingles[order], return_index=True)
        self._first = np.append(first, len(order))
        self._need = np.ceil(COVERAGE * np.minimum(total, _KEPT)).astype(np.int64)
        self._reach = (STRETCH * np.array([len(p) for p in passages], np.int64)).astype(np.int64)
        self._table = np.zeros(2**_TABLE_BITS, bool)
        self._table[_slot(self._key)] = True

    def _found(self, forms: list[bytes]) -> np.ndarray:
        """Indices of the texts that repeat a passage."""
        shingles, position, owner = _shingles(forms)
        # The table turns away nearly all shingles before the search in the sorted keys.
        maybe = self._table[_slot(shingles)]
        shingles, position, owner = shingles[maybe], position[maybe], owner[maybe]
        if not len(shingles):
            return np.empty(0, np.int64)
        key = np.minimum(np.searchsorted(self._key, shingles), len(self._key) - 1)
        hit = self._key[key] == shingles
        key, position, owner = key[hit], position[hit], owner[hit]

        times = self._first[key + 1] - self._first[key]
        offset = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        passage = self._passage[np.repeat(self._first[key], times) + offset]
        position, owner, key = (np.repeat(each, times) for each in (position, owner, key))
        order = np.lexsort((position, passage))
        return self._dense(passage[order], position[order], owner[order], key[order])

    def _dense(
        self, passage: np.ndarray, position: np.ndarray, owner: np.ndarray, key: np.ndarray
    ) -> np.ndarray:
        """Texts in which enough different shingles of one passage stand close together.

        Args:
            passage: Of each match of a shingle, the passage that it stands for; sorted.
            position: Where the match is; sorted within a passage.
            owner: Index of the text that it is in.
            key: Index of the shingle.
        """
        last = np.arange(len(passage)) + self._need[passage] - 1
        start = np.flatnonzero(last < len(passage))
        last = last[start]
        close = (passage[last] == passage[start]) & (
            position[last] - position[start] <= self._reach[passage[start]]
        )
        found: set[int] = set()
        for first in start[close].tolist():
            if owner[first] not in found:
                # Neither a stretch that repeats one shingle ("et al.") nor one that reaches into the next
                # text is enough: count the different shingles within this text.
                end = self._end_of_stretch(passage, position, first)
                here = slice(first, end)
                if len(set(key[here][owner[here] == owner[first]].tolist())) >= self._need[passage[first]]:
                    found.add(int(owner[first]))
        return np.array(sorted(found), np.int64)

    def _end_of_stretch(self, passage: np.ndarray, position: np.ndarray, first: int) -> int:
        end, reach = first, position[first] + self._reach[passage[first]]
        while end < len(passage) and passage[end] == passage[first] and position[end] <= reach:
            end += 1
        return end


def _normal_form(text: str) -> bytes:
    """Like `textgym.data.base.normalise`, fast and in bytes; empty if the text has no letters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_LETTERS.sub(" ", folded).strip().encode("utf-8", "replace")


def _passages(form: bytes) -> Iterator[bytes]:
    """The pieces of a held-out text that are searched for."""
    pieces = max(1, round(len(form) / PASSAGE_BYTES))
    cuts = [len(form) * piece // pieces for piece in range(pieces + 1)]
    for start, end in pairwise(cuts):
        yield form[start:end]


def _shingles(forms: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All shingles of the texts: values, positions in their concatenation, and indices of their texts."""
    # Normal forms hold no zero bytes, so one of them separates two texts.
    joined = np.frombuffer(b"\0".join(forms) + b"\0" * _SHINGLE, np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(joined, _SHINGLE)
    values = np.ascontiguousarray(windows).view("<u8").ravel()
    owner = np.repeat(np.arange(len(forms)), [len(form) + 1 for form in forms])[: len(values)]
    ends = np.cumsum([len(form) + 1 for form in forms]) - 1
    position = np.arange(len(owner))
    whole = position + _SHINGLE <= ends[owner] if len(forms) else position < 0
    return values[: len(owner)][whole], position[whole], owner[whole]


def _slot(shingles: np.ndarray) -> np.ndarray:
    return ((shingles * _MIX) >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)
