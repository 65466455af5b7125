"""Interpolated Kneser-Ney n-gram model over token ids, the yardstick for the shipped language model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Order:
    """Counts of one order; n-grams and contexts are packed into integers and sorted."""

    ngrams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray
    types: np.ndarray
    discount: float


class KneserNey:
    """Interpolated Kneser-Ney smoothing with one absolute discount for each order.

    The highest order counts occurrences, the others in how many contexts an n-gram occurs; single tokens are
    interpolated with the uniform distribution.

    Args:
        rows: Training ids, shape (B, T); n-grams do not cross rows.
        vocab_size: Number of token ids.
        order: Longest n-gram, at least 1.
        discounts: One for each order from single tokens upward, each in [0, 1]; by default n1 / (n1 + 2 n2),
            where n1 and n2 are the numbers of n-grams that were counted once and twice.

    Raises:
        ValueError: If `order` n-grams of such ids do not fit into 63 bits, or the number of discounts is wrong.

    References:
        Kneser and Ney, 1995, ICASSP; the interpolated form and the discount: Chen and Goodman, 1999,
        section 2.7 and equation 13.
    """

    def __init__(
        self, rows: np.ndarray, *, vocab_size: int, order: int = 5, discounts: Sequence[float] | None = None
    ) -> None:
        self._bits = max(1, (vocab_size - 1).bit_length())
        if order < 1 or order * self._bits > 63:
            raise ValueError(
                f"order must be from 1 to {63 // self._bits} with {vocab_size} token ids, got {order}"
            )
        if discounts is not None and len(discounts) != order:
            raise ValueError(f"expected {order} discounts, one for each order, got {len(discounts)}")
        self.vocab_size, self.order = vocab_size, order
        ngrams, counts = np.unique(self._pack(rows, order), return_counts=True)
        orders = []
        for n in range(order, 0, -1):
            orders.append(self._order(ngrams, counts, None if discounts is None else discounts[n - 1]))
            # How many different tokens stand before an n-gram: the number of longer n-grams that end in it.
            ngrams, counts = np.unique(ngrams & ((1 << self._bits * (n - 1)) - 1), return_counts=True)
        self._orders = tuple(reversed(orders))

    def log_probabilities(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """Natural logarithm of the probability of each id given those before it, shape (T,)."""
        row = np.asarray(ids, dtype=np.int64)[None]
        probability = np.full(row.shape[1], 1.0 / self.vocab_size)
        for n, order in enumerate(self._orders, start=1):
            if row.shape[1] < n:
                break
            ngrams = self._pack(row, n)
            place, known = _find(order.contexts, ngrams >> self._bits)
            count_place, counted = _find(order.ngrams, ngrams)
            count = np.where(counted, order.counts[count_place], 0)
            higher = np.maximum(count - order.discount, 0.0)
            backoff = order.discount * order.types[place] * probability[n - 1 :]
            mixed = (higher + backoff) / order.totals[place]
            probability[n - 1 :] = np.where(known, mixed, probability[n - 1 :])
        with np.errstate(divide="ignore"):
            return np.log(probability)

    def _pack(self, rows: np.ndarray, n: int) -> np.ndarray:
        """All n-grams of the rows as integers, the last token in the lowest bits."""
        rows = rows.astype(np.int64)
        length = rows.shape[1] - n + 1
        packed = np.zeros((rows.shape[0], length), np.int64)
        for offset in range(n):
            packed = packed << self._bits | rows[:, offset : offset + length]
        return packed.ravel()

    def _order(self, ngrams: np.ndarray, counts: np.ndarray, discount: float | None) -> _Order:
        contexts, first = np.unique(ngrams >> self._bits, return_index=True)
        if discount is None:
            once, twice = int((counts == 1).sum()), int((counts == 2).sum())
            discount = once / (once + 2 * twice) if once else 0.0
        return _Order(
            ngrams=ngrams,
            counts=counts,
            contexts=contexts,
            totals=np.add.reduceat(counts, first),
            types=np.diff(np.append(first, len(ngrams))),
            discount=float(discount),
        )


def _find(sorted_keys: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place of each key, and whether it is there; absent keys get some valid place."""
    place = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return place, sorted_keys[place] == keys
