"""Expressions of a given number of productions: one at random, or all."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

import numpy as np

from textgym.data.expressions.grammar import PRODUCTIONS, Kind


def draw_expression(rng: np.random.Generator, kind: Kind, size: int, *, bound: bool = False) -> list[int]:
    """An expression of exactly so many productions, in preorder.

    At each hole every production with which the size can be met is equally likely, and then every way to share the
    rest among its parts. `x` stands in for half of the names and numbers where it may be used, or comprehensions
    would hardly ever use it.

    Args:
        rng: Source of randomness.
        kind: Of the expression.
        size: Number of productions; such an expression must exist.
        bound: Whether `x` may be used outside a comprehension.
    """
    fitting = _fitting(kind, size)
    if bound and size == 1 and kind == "int" and rng.random() < 0.5:
        return [_X]
    number = fitting[int(rng.integers(len(fitting)))]
    production = PRODUCTIONS[number]
    ways = shares(production.takes, size - 1)
    chosen = ways[int(rng.integers(len(ways)))]
    expression = [number]
    for place, (part, part_size) in enumerate(zip(production.takes, chosen, strict=True)):
        expression += draw_expression(rng, part, part_size, bound=bound or place == production.binds)
    return expression


def all_expressions(kind: Kind, size: int, *, bound: bool = False) -> Iterator[list[int]]:
    """Every expression of exactly so many productions, in preorder; with `x` in it where that may be used."""
    if bound and size == 1 and kind == "int":
        yield [_X]
    for number in _fitting(kind, size):
        production = PRODUCTIONS[number]
        for sizes in shares(production.takes, size - 1):
            choices = [
                list(all_expressions(part, part_size, bound=bound or place == production.binds))
                for place, (part, part_size) in enumerate(zip(production.takes, sizes, strict=True))
            ]
            for parts in product(*choices):
                yield [number, *(inner for part in parts for inner in part)]


_X = next(number for number, production in enumerate(PRODUCTIONS) if production.is_bound)


@lru_cache(maxsize=256)
def _fitting(kind: Kind, size: int) -> tuple[int, ...]:
    """Productions that can begin an expression of a kind and size, without `x`."""
    return tuple(
        number
        for number, production in enumerate(PRODUCTIONS)
        if production.gives == kind and not production.is_bound and shares(production.takes, size - 1)
    )


@lru_cache(maxsize=1024)
def shares(kinds: tuple[Kind, ...], size: int) -> tuple[tuple[int, ...], ...]:
    """The ways to share a number of productions among parts of these kinds."""
    if not kinds:
        return ((),) if size == 0 else ()
    return tuple(
        (first, *rest)
        for first in range(1, size + 1)
        if _fitting(kinds[0], first)
        for rest in shares(kinds[1:], size - first)
    )
