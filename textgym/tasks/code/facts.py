"""How much of the goal each production meets if the plainest parts fill whatever is then missing.

References:
    Chen, Liu and Song, 2019, Execution-guided neural program synthesis, ICLR (what parts of a program give, as input).
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from textgym.data.expressions.derivation import value_of
from textgym.data.expressions.grammar import ERRORS, PRODUCTIONS, Env, Kind
from textgym.tasks.code.goal import Goal

Column = tuple[Any, ...]
"""What an expression gives, row by row."""


def facts(goal: Goal, legal: np.ndarray) -> np.ndarray | None:
    """The largest share of the goal's rows that are right with each production, when one and the same k (`n` or a number)
    fills all numbers that are then missing of the goal, `xs` all lists, and `(k in xs)` all truth values.

    An expression of which a part raises in one of the rows is right in none. Comprehensions are not looked at; their shares
    are 0.

    Args:
        goal: What the first hole should give.
        legal: Which productions may fill it, bool (productions,).

    Returns:
        float64 (productions,) in [0, 1], 0 for what is not legal. None where nothing was looked at: if no row is left, or the
        hole stands in a comprehension within the goal.
    """
    if not goal.envs or any(PRODUCTIONS[number].function is None for number, _ in goal.within):
        return None
    fillings = _fillings(tuple((tuple(xs), n, x) for xs, n, x in goal.envs))
    shares = np.zeros(len(PRODUCTIONS))
    known = [[tuple(value_of(part, env) for env in goal.envs) for part in parts] for _, parts in goal.within]
    if any(None in column for columns in known for column in columns):
        return shares
    missing = [PRODUCTIONS[number].takes[len(parts) + 1 :] for number, parts in goal.within]
    varies = any(map(_varies, missing))
    numbers = np.flatnonzero(legal).tolist()
    for k, parts in enumerate(fillings.parts):
        around: list[Any] = [
            (PRODUCTIONS[number].function, before, [parts[kind] for kind in kinds])
            for (number, _), before, kinds in zip(goal.within, known, missing, strict=True)
        ]
        around.reverse()
        for number in numbers:
            if k == 0 or varies or _VARY[number]:
                column = fillings.column(number, k)
                for function, before, after in around:
                    column = column and _applied(function, [*before, column, *after])
                if column:
                    shares[number] = max(shares[number], sum(map(operator.eq, column, goal.wanted)))
    return shares / len(goal.envs)


def _varies(kinds: Sequence[Kind]) -> bool:
    """Whether the plainest parts of these kinds speak of k."""
    return any(kind != "list" for kind in kinds)


_VARY = [_varies(production.takes) for production in PRODUCTIONS]


class Fillings:
    """The plainest parts.

    Args:
        envs: What the names stand for, row by row.

    Attributes:
        parts: For each k the columns of the parts, by kind.
    """

    def __init__(self, envs: Sequence[Env]) -> None:
        self._envs = envs
        self._columns: dict[tuple[int, int], Column | None] = {}
        lists = tuple(xs for xs, _, _ in envs)
        self.parts: list[Mapping[Kind, Column]] = []
        for k in _KS:
            numbers = tuple(map(k, envs))
            found = tuple(map(operator.contains, lists, numbers))
            self.parts.append({"int": numbers, "list": lists, "bool": found})

    def column(self, number: int, k: int) -> Column | None:
        """What a production gives with the parts of the k-th; None if it raises in a row, and for comprehensions."""
        if (number, k) not in self._columns:
            production = PRODUCTIONS[number]
            if not production.takes:
                column = tuple(map(production.meaning, self._envs))
            elif production.function is None:
                column = None
            else:
                column = _applied(production.function, [self.parts[k][kind] for kind in production.takes])
            self._columns[number, k] = column
        return self._columns[number, k]


#: `n`, 0, 1, 2, 3 and 10.
_KS: tuple[Callable[[Env], int], ...] = tuple(
    p.meaning for p in PRODUCTIONS if p.gives == "int" and not p.takes and not p.is_bound
)


@lru_cache(maxsize=512)
def _fillings(envs: tuple[Any, ...]) -> Fillings:
    return Fillings([(list(xs), n, x) for xs, n, x in envs])


def _applied(function: Callable[..., Any], columns: Sequence[Column]) -> Column | None:
    """What a function gives, row by row; None if it raises in one."""
    try:
        return tuple(map(function, *columns))
    except ERRORS:
        return None
