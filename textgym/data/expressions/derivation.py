"""Leftmost derivations: an expression with holes, of which the first is filled at each step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from textgym.data.expressions.grammar import (
    ANNOTATIONS,
    ERRORS,
    FEWEST,
    PARTS_FEWEST,
    PRODUCTIONS,
    Env,
    Kind,
    Term,
)
from textgym.errors import InvalidValue


@dataclass(frozen=True)
class Hole:
    """A place where an expression is missing.

    Args:
        kind: Of the expression.
        bound: Whether it may speak of `x`.
        above: Productions that it stands in, the innermost first, as pairs of number and place in it.
    """

    kind: Kind
    bound: bool = False
    above: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Derivation:
    """What was derived so far.

    A production is legal if the holes that it would leave can be filled within the budget, so there always is a
    legal one, and every sequence of legal ones ends with an expression.

    Args:
        budget: Largest number of productions.
        holes: From left to right; none when the expression is complete.
        productions: Their numbers in order; for a complete expression its tree in preorder.
    """

    budget: int
    holes: tuple[Hole, ...]
    productions: tuple[int, ...] = ()

    @classmethod
    def begin(cls, kind: Kind, budget: int) -> "Derivation":
        """One hole.

        Raises:
            InvalidValue: If the budget does not suffice for any expression.
        """
        if budget < FEWEST[kind]:
            raise InvalidValue(
                f"budget must be at least {FEWEST[kind]} for an expression of kind {kind!r}, got {budget}"
            )
        return cls(budget, (Hole(kind),))

    @property
    def is_complete(self) -> bool:
        """Whether there is no hole."""
        return not self.holes

    @property
    def left(self) -> int:
        """Productions left of the budget."""
        return self.budget - len(self.productions)

    @property
    def legal(self) -> np.ndarray:
        """Which productions may come next: bool (n,), an array of its own; none when complete."""
        if self.is_complete:
            return np.zeros(len(PRODUCTIONS), np.bool_)
        first, *others = self.holes
        spare = self.left - 1 - sum(FEWEST[hole.kind] for hole in others)
        return _legal(first.kind, first.bound, spare).copy()

    def then(self, number: int) -> "Derivation":
        """The derivation with one more production.

        Raises:
            InvalidValue: If the production is not legal.
        """
        if not 0 <= number < len(PRODUCTIONS) or not self.legal[number]:
            raise InvalidValue(f"production {number} is not legal here: {self.text}")
        first, *others = self.holes
        production = PRODUCTIONS[number]
        parts = [
            Hole(kind, first.bound or place == production.binds, ((number, place), *first.above))
            for place, kind in enumerate(production.takes)
        ]
        return replace(self, holes=(*parts, *others), productions=(*self.productions, number))

    @property
    def text(self) -> str:
        """Source text; the first hole is `<int?>`, further ones `<int>`, with their annotations."""
        shown = list(self.holes)
        marks = [f"<{ANNOTATIONS[hole.kind]}{'?' * (i == 0)}>" for i, hole in enumerate(shown)]
        text, used = _text(self.productions, 0, iter(marks))
        assert used == len(self.productions)
        return text


def text_of(productions: Sequence[int]) -> str:
    """Source text of a complete expression, given in preorder."""
    return _text(productions, 0, iter(()))[0]


def term_of(productions: Sequence[int]) -> Term:
    """What a complete expression gives, the same as Python's `eval` of its text."""
    return _term(productions, 0)[0]


def values_of(productions: Sequence[int], envs: Sequence[Env]) -> list[Any]:
    """What a complete expression gives for each meaning of the names; None where it raises."""
    term = term_of(productions)
    return [value_of(term, env) for env in envs]


def value_of(term: Term, env: Env) -> Any:
    """What a term gives; None where it raises."""
    try:
        return term(env)
    except ERRORS:
        return None


def unfinished(productions: Sequence[int]) -> list[tuple[int, tuple[Term, ...]]]:
    """The productions that the first hole stands in, the outermost first, each with what its parts before the hole give."""
    levels: list[tuple[int, tuple[Term, ...]]] = []
    for number in productions:
        levels.append((number, ()))
        while levels and len(levels[-1][1]) == len(PRODUCTIONS[levels[-1][0]].takes):
            term = _applied(*levels.pop())
            if levels:
                levels[-1] = (levels[-1][0], (*levels[-1][1], term))
    return levels


def end_of(productions: Sequence[int], start: int) -> int:
    """Where the part of a complete expression ends that begins at a production."""
    end = start + 1
    for _ in PRODUCTIONS[productions[start]].takes:
        end = end_of(productions, end)
    return end


def parts_of(productions: Sequence[int], start: int) -> list[tuple[int, int]]:
    """Where the parts of the production at `start` begin and end."""
    parts, begin = [], start + 1
    for _ in PRODUCTIONS[productions[start]].takes:
        parts.append((begin, end_of(productions, begin)))
        begin = parts[-1][1]
    return parts


def _text(productions: Sequence[int], start: int, marks) -> tuple[str, int]:
    if start >= len(productions):
        return next(marks), start
    production, end = PRODUCTIONS[productions[start]], start + 1
    texts = []
    for _ in production.takes:
        text, end = _text(productions, end, marks)
        texts.append(text)
    return production.text.format(*texts), end


def _term(productions: Sequence[int], start: int) -> tuple[Term, int]:
    end, parts = start + 1, []
    for _ in PRODUCTIONS[productions[start]].takes:
        part, end = _term(productions, end)
        parts.append(part)
    return _applied(productions[start], tuple(parts)), end


def _applied(number: int, parts: tuple[Term, ...]) -> Term:
    meaning = PRODUCTIONS[number].meaning
    return lambda env: meaning(env, *parts)


@lru_cache(maxsize=1024)
def _legal(kind: Kind, bound: bool, spare: int) -> np.ndarray:
    return np.array(
        [
            p.gives == kind and (bound or not p.is_bound) and fewest <= spare
            for p, fewest in zip(PRODUCTIONS, PARTS_FEWEST, strict=True)
        ]
    )
