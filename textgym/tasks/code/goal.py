"""What the first hole of a derivation should give, deduced from the visible examples.

References:
    Polozov and Gulwani, 2015, FlashMeta: a framework for inductive program synthesis, section 4 (witness functions: what
    the part of an operator must give, from what the whole should give and the parts that are known).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textgym.data.expressions.derivation import unfinished, value_of
from textgym.data.expressions.grammar import PRODUCTIONS, Env, Kind, Term

Row = tuple[Env, Any]
"""What the names stand for, and what is wanted there."""


@dataclass(frozen=True, eq=False)
class Goal:
    """An expression that is wanted: the smallest one around the first hole of which it is known what it should give.

    Args:
        kind: Of the expression.
        envs: What the names stand for, row by row; a row is an example, or an item of a comprehension in one.
        wanted: What the expression should give there.
        within: The productions between the expression and the hole, the outermost first, each with what its parts before
            the hole give; none if the hole itself is the expression.
        met: Share of the examples in which what was derived so far can still be right. The items of a comprehension whose
            list is still to come are taken to be those of `xs`.
    """

    kind: Kind
    envs: tuple[Env, ...]
    wanted: tuple[Any, ...]
    within: tuple[tuple[int, tuple[Term, ...]], ...]
    met: float

    @classmethod
    def of(cls, kind: Kind, cases: Sequence[Row], productions: Sequence[int]) -> "Goal":
        """The goal of a derivation that is not complete.

        Args:
            kind: Of the whole expression.
            cases: What the names stand for in each example, and the result.
            productions: What was derived so far.
        """
        levels = unfinished(productions)
        groups: list[list[Row]] = [[case] for case in cases]
        for depth, (number, parts) in enumerate(levels):
            witness = WITNESSES.get((number, len(parts)))
            if witness is None:
                return cls._from(kind, groups, levels[depth:], len(cases))
            groups = [rows for group in groups if (rows := _deduced(witness, parts, group)) is not None]
            kind = PRODUCTIONS[number].takes[len(parts)]
        return cls._from(kind, groups, (), len(cases))

    @classmethod
    def _from(cls, kind: Kind, groups: Sequence[Sequence[Row]], within: Sequence[Any], cases: int) -> "Goal":
        rows = [row for group in groups for row in group]
        return cls(
            kind,
            tuple(env for env, _ in rows),
            tuple(wanted for _, wanted in rows),
            tuple(within),
            len(groups) / cases,
        )


Witness = Callable[..., list[Row] | None]
"""From what the names stand for, what the whole should give and what the parts before give: the rows of a part; no row where
it may give anything, None where nothing it gives would do."""


def _deduced(witness: Witness, parts: Sequence[Term], rows: Sequence[Row]) -> list[Row] | None:
    deduced: list[Row] = []
    for env, wanted in rows:
        values = [value_of(part, env) for part in parts]
        found = None if None in values else witness(env, wanted, *values)
        if found is None:
            return None
        deduced += found
    return deduced


def _factor(env: Env, wanted: int, known: int) -> list[Row] | None:
    if known == 0:
        return [] if wanted == 0 else None
    return [(env, wanted // known)] if wanted % known == 0 else None


def _branch(env: Env, wanted: int, first: int, condition: bool) -> list[Row] | None:
    if condition:
        return [] if first == wanted else None
    return [(env, wanted)]


def _rest(env: Env, wanted: list[int], begin: list[int]) -> list[Row] | None:
    return [(env, wanted[len(begin) :])] if wanted[: len(begin)] == begin else None


def mapped(env: Env, wanted: list[int]) -> list[Row] | None:
    """What should be said of each item of `xs`."""
    xs, n, _ = env
    if len(xs) != len(wanted):
        return None
    return [((xs, n, x), item) for x, item in zip(xs, wanted, strict=True)]


def filtered(env: Env, wanted: list[int], items: list[int]) -> list[Row] | None:
    """Which items should be kept: each that comes next in the result."""
    rows: list[Row] = []
    kept = 0
    for x in items:
        keep = kept < len(wanted) and x == wanted[kept]
        kept += keep
        rows.append(((env[0], env[1], x), keep))
    return rows if kept == len(wanted) else None


def _number(gives: Kind, text: str) -> int:
    return next(i for i, p in enumerate(PRODUCTIONS) if (p.gives, p.text) == (gives, text))


#: By production and place of the part. Of `sum`, `max`, `<` and others no part can be deduced.
WITNESSES: Mapping[tuple[int, int], Witness] = {
    (_number("int", "({0} + {1})"), 1): lambda env, y, a: [(env, y - a)],
    (_number("int", "({0} - {1})"), 1): lambda env, y, a: [(env, a - y)],
    (_number("int", "({0} * {1})"), 1): _factor,
    (_number("int", "({0} if {1} else {2})"), 1): lambda env, y, a: [(env, a == y)],
    (_number("int", "({0} if {1} else {2})"), 2): _branch,
    (_number("list", "{0}[::-1]"), 0): lambda env, y: [(env, y[::-1])],
    (_number("list", "({0} + {1})"), 1): _rest,
    (_number("list", "[{0} for x in {1}]"), 0): mapped,
    (_number("list", "[x for x in {0} if {1}]"), 1): filtered,
    (_number("bool", "(not {0})"), 0): lambda env, y: [(env, not y)],
    (_number("bool", "({0} and {1})"), 1): lambda env, y, a: [(env, y)] if a else None if y else [],
    (_number("bool", "({0} or {1})"), 1): lambda env, y, a: [(env, y)] if not a else [] if y else None,
}
