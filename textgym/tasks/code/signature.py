"""Examples of a function as numbers: which properties hold for how many of them.

References:
    Odena and Sutton, 2020, Learning to represent programs with property signatures, arXiv:2002.09030.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import tanh
from typing import Any

import numpy as np

from textgym.data.expressions.grammar import KINDS, Kind


def _is_end(items: list[int], y: list[int], end: str) -> bool:
    """Whether the result begins or ends with the items, or they with a result that is shorter and not empty."""
    if end == "begins":
        return y[: len(items)] == items
    if end == "ends":
        return y[-len(items) :] == items
    if not 0 < len(y) < len(items):
        return False
    return y == (items[: len(y)] if end == "shorter begins" else items[-len(y) :])


#: What a result is compared with, from `xs` and `n`.
QUANTITIES: tuple[Callable[[list[int], int], int], ...] = (
    lambda xs, n: n,
    lambda xs, n: len(xs),
    lambda xs, n: sum(xs),
    lambda xs, n: max(xs),
    lambda xs, n: min(xs),
    lambda xs, n: xs[0],
    lambda xs, n: xs[-1],
)
_NUMBERS = (0, 1, 2, 3, 10)
#: Of lists, each true or false of `xs`, `n` and the result `y`.
_LIST_PROPERTIES: tuple[Callable[[list[int], int, list[int]], bool], ...] = (
    lambda xs, n, y: len(y) < len(xs),
    lambda xs, n, y: len(y) == len(xs),
    lambda xs, n, y: len(y) == len(xs) - 1,
    lambda xs, n, y: len(y) == len(xs) + 1,
    lambda xs, n, y: len(y) == 2 * len(xs),
    lambda xs, n, y: len(y) == min(n, len(xs)),
    lambda xs, n, y: len(y) == max(len(xs) - n, 0),
    lambda xs, n, y: len(y) == 0,
    lambda xs, n, y: len(y) == 1,
    lambda xs, n, y: len(y) == 2,
    lambda xs, n, y: len(y) == 3,
    lambda xs, n, y: all(a <= b for a, b in pairwise(y)),
    lambda xs, n, y: all(a >= b for a, b in pairwise(y)),
    lambda xs, n, y: len(set(y)) <= 1,
    lambda xs, n, y: set(y) <= set(xs),
    lambda xs, n, y: sorted(y) == sorted(xs),
    lambda xs, n, y: all(item > 0 for item in y),
    lambda xs, n, y: len(y) == len(xs) and len({b - a for a, b in zip(xs, y, strict=True)}) == 1,
    lambda xs, n, y: len(y) == len(xs) and all(a and b % a == 0 for a, b in zip(xs, y, strict=True)),
    *(
        lambda xs, n, y, order=order, end=end: _is_end(order(xs), y, end)
        for order in (list, sorted, lambda xs: xs[::-1], lambda xs: sorted(xs)[::-1])
        for end in ("begins", "ends", "shorter begins", "shorter ends")
    ),
    *(
        lambda xs, n, y, place=place, q=q: y[place : place + 1 or None] == [q(xs, n)]
        for place in (0, -1)
        for q in QUANTITIES
    ),
    *(
        lambda xs, n, y, place=place, k=k: y[place : place + 1 or None] == [k]
        for place in (0, -1)
        for k in _NUMBERS
    ),
)


def _number_row(xs: list[int], n: int, y: int) -> list[float]:
    row = [float(y in xs), float(y > 0), float(y % 2), tanh(y / 10)]
    row += [float(y == number) for number in _NUMBERS]
    for quantity in QUANTITIES:
        q = quantity(xs, n)
        row += [
            float(y == q),
            float(y > q),
            float(y - q == n),
            float(y == q * n),
            float(q != 0 and y % q == 0),
        ]
        row += [tanh((y - q) / 10)]
    return row


def _list_row(xs: list[int], n: int, y: list[int]) -> list[float]:
    return [float(holds(xs, n, y)) for holds in _LIST_PROPERTIES]


def _truth_row(xs: list[int], n: int, y: bool) -> list[float]:
    names = [n, *_NUMBERS]
    row = [float((name in xs) == y) for name in names]
    row += [float((q(xs, n) > n) == y) for q in QUANTITIES]
    return row + [float((q(xs, n) % 2 == 0) == y) for q in QUANTITIES]


_ROWS: dict[Kind, Callable[..., list[float]]] = {"int": _number_row, "list": _list_row, "bool": _truth_row}
_EXAMPLE = ([1, 2], 1)
_WIDTHS: dict[Kind, int] = {
    "int": len(_number_row(*_EXAMPLE, 0)) + len(QUANTITIES),
    "list": len(_list_row(*_EXAMPLE, [])) + 1,
    "bool": len(_truth_row(*_EXAMPLE, True)) + 2 * len(QUANTITIES),
}
SIGNATURE_SIZE = sum(_WIDTHS.values())
"""Length k of a signature."""


def signature(kind: Kind, cases: Sequence[tuple[list[int], int, Any]]) -> np.ndarray:
    """The signature of examples.

    Args:
        kind: Of the results.
        cases: `xs`, `n` and the result of each; `xs` is never empty.

    Returns:
        float32 (k,), every entry in [-1, 1]: a stretch for each kind, zeros but for the own one; without a case all zeros.
        Means over the examples of properties of the result, most of them 0 or 1; and properties of all examples together.
    """
    whole = np.zeros(SIGNATURE_SIZE, np.float32)
    if not cases:
        return whole
    own = np.mean([_ROWS[kind](*case) for case in cases], axis=0)
    start = sum(_WIDTHS[other] for other in KINDS[: KINDS.index(kind)])
    whole[start : start + _WIDTHS[kind]] = [*own, *_together(kind, cases)]
    return whole


def _together(kind: Kind, cases: Sequence[Any]) -> list[float]:
    """Whether results less a quantity are the same in all examples; the mean length; which quantity tells truth values."""
    if kind == "int":
        return [float(len({y - q(xs, n) for xs, n, y in cases}) == 1) for q in QUANTITIES]
    if kind == "list":
        return [tanh(sum(len(y) - len(xs) for xs, n, y in cases) / len(cases) / 4)]
    found: list[float] = []
    for quantity in QUANTITIES:
        true = [quantity(xs, n) for xs, n, y in cases if y]
        false = [quantity(xs, n) for xs, n, y in cases if not y]
        found += _threshold(true, false)
    return found


def _threshold(true: Sequence[int], false: Sequence[int]) -> tuple[float, float]:
    """1 if the true ones are larger than the false ones, -1 if smaller, else 0; and the middle between, by tanh(v / 10)."""
    if not true or not false:
        return 0.0, 0.0
    if min(true) > max(false):
        return 1.0, tanh((min(true) + max(false)) / 20)
    if max(true) < min(false):
        return -1.0, tanh((max(true) + min(false)) / 20)
    return 0.0, 0.0
