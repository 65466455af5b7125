"""Expressions to be found: drawn from the grammar, told apart by what they do, with examples and hidden cases."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from textgym.data.base import Record
from textgym.data.expressions.derivation import end_of, parts_of, term_of, text_of, value_of
from textgym.data.expressions.drawing import all_expressions, draw_expression
from textgym.data.expressions.grammar import FEWEST, KINDS, PRODUCTIONS, Term

VISIBLE, HIDDEN = 5, 12
#: Of a budget, beyond the largest expression of the difficulty.
SPARE = 4
#: Most productions of a target, and the largest budget.
LARGEST = 12
MAX_BUDGET = LARGEST + SPARE
#: Largest number and longest list that a target gives.
MAX_NUMBER, MAX_LENGTH = 999, 12

Arguments = tuple[list[int], int]
Cases = list[tuple[Arguments, Any]]
"""Arguments and the result, for each case."""

_PROBES, _POOL, _TRIES = 24, 48, 5000
# Of the probes: the most frequent result, the same of truth values, and an argument given back.
_MOST_EQUAL, _MOST_EQUAL_TRUTHS, _MOST_GIVEN_BACK = 1 / 2, 3 / 4, 1 / 3
# Of the hidden cases; a half of truth values is the least.
_MOST_HIDDEN = {"int": 4, "list": 4, "bool": 6}
_TERMINALS = {
    kind: [i for i, p in enumerate(PRODUCTIONS) if p.gives == kind and not p.takes] for kind in KINDS
}


class ExpressionTargets:
    """Draws expressions of three kinds (whole number, list, truth value) with examples and hidden cases.

    Refused are expressions that raise, or give numbers beyond 999 or lists of more than 12 items, for some of 24
    fixed arguments; of whose results more than a half (truth values: three quarters) are equal, or more than a third an
    argument given back; and those that a smaller expression plainly equals: some part of them gives the same results as
    an expression of at most 3 productions that is smaller, or can be replaced by a name, a number, or a part of its own
    without changing any result.

    Expressions with the same results for the fixed arguments are one group, however they are put.

    Fields of a record: `expression`, `productions` (in preorder, with spaces), `kind`, `budget`, and
    `visible` and `hidden` (examples as in an interactive session, of a function `f`).
    """

    name = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One expression; `difficulty` in [0, 1]: of 2 to 4 productions at 0, of 6 to 12 at 1; the budget is that of the
        largest and 4 more.
        """
        smallest, largest = 2 + round(4 * difficulty), 4 + round((LARGEST - 4) * difficulty)
        kind = KINDS[int(rng.integers(len(KINDS)))]
        for _ in range(_TRIES):
            size = int(rng.integers(max(smallest, FEWEST[kind]), largest + 1))
            expression = draw_expression(rng, kind, size)
            if not is_worthwhile(expression):
                continue
            cases = _draw_cases(rng, expression)
            if cases is not None:
                return _record(expression, largest + SPARE, *cases)
        raise RuntimeError(f"no expression of difficulty {difficulty} in {_TRIES} draws")


@lru_cache(maxsize=1)
def probes() -> tuple[Arguments, ...]:
    """Fixed arguments by whose results expressions are told apart; do not change them."""
    rng = np.random.default_rng(29)
    return tuple(draw_arguments(rng) for _ in range(_PROBES))


def draw_arguments(rng: np.random.Generator) -> Arguments:
    """A list of 2 to 6 numbers in [-9, 9], and a number in [1, 6]; one list in four holds the number."""
    items = rng.integers(-9, 10, size=int(rng.integers(2, 7))).tolist()
    n = int(rng.integers(1, 7))
    if rng.random() < 0.25:
        items[int(rng.integers(len(items)))] = n
    return items, n


def is_worthwhile(expression: Sequence[int]) -> bool:
    """Whether an expression is a target, see `ExpressionTargets`."""
    term = term_of(expression)
    results: list[Any] = []
    for arguments in probes():
        results.append(_result(term, arguments))
        if results[-1] is None:
            return False
    is_truth = PRODUCTIONS[expression[0]].gives == "bool"
    limit = (_MOST_EQUAL_TRUTHS if is_truth else _MOST_EQUAL) * _PROBES
    if max(Counter(map(repr, results)).values()) > limit:
        return False
    given_back = (
        0
        if is_truth
        else sum(result in arguments for result, arguments in zip(results, probes(), strict=True))
    )
    if given_back > _MOST_GIVEN_BACK * _PROBES:
        return False
    if any(_agrees(term_of(smaller), results) for smaller in _smaller(expression)):
        return False
    return not _has_long_part(expression)


def behaviour(expression: Sequence[int]) -> str:
    """The same for expressions that give the same for the fixed arguments: 16 hex digits."""
    term = term_of(expression)
    rows = [_result(term, arguments) for arguments in probes()]
    return hashlib.sha256(repr((PRODUCTIONS[expression[0]].gives, rows)).encode()).hexdigest()[:16]


def session(cases: Cases) -> str:
    """Cases as in an interactive session."""
    return "\n".join(f">>> f({xs}, {n})\n{result!r}" for (xs, n), result in cases)


def _record(expression: Sequence[int], budget: int, visible: Cases, hidden: Cases) -> Record:
    fields = {
        "expression": text_of(expression),
        "productions": " ".join(map(str, expression)),
        "kind": PRODUCTIONS[expression[0]].gives,
        "budget": str(budget),
        "visible": session(visible),
        "hidden": session(hidden),
    }
    digest = hashlib.sha256("\n".join(fields.values()).encode()).hexdigest()[:16]
    return Record(f"generated/{digest}", behaviour(expression), fields)


def _draw_cases(rng: np.random.Generator, expression: Sequence[int]) -> tuple[Cases, Cases] | None:
    """Visible and hidden cases, all different; None if the expression raises, too many results are equal, or a part could
    be replaced by a smaller one and no visible or no hidden case would tell.
    """
    term, pool = term_of(expression), {}
    for _ in range(_POOL):
        arguments = draw_arguments(rng)
        result = _result(term, arguments)
        if result is None:
            return None
        pool.setdefault(repr(arguments), (arguments, result))
    seen: Counter[str] = Counter()
    turns = []
    for case in pool.values():
        turns.append(seen[repr(case[1])])
        seen[repr(case[1])] += 1
    # Every result once, then those that come twice, and so on.
    varied = [case for _, case in sorted(zip(turns, pool.values(), strict=True), key=lambda row: row[0])]
    taken = varied[: VISIBLE + HIDDEN]
    if len(taken) < VISIBLE + HIDDEN:
        return None
    # Truth values are dealt in turn, so that a constant has half of the hidden cases.
    order = range(len(taken)) if isinstance(taken[0][1], bool) else rng.permutation(len(taken)).tolist()
    dealt = [taken[i] for i in order]
    hidden, visible = (_shuffled(rng, cases) for cases in (dealt[:HIDDEN], dealt[HIDDEN:]))
    frequent = Counter(repr(result) for _, result in hidden).most_common(1)[0][1]
    if frequent > _MOST_HIDDEN[PRODUCTIONS[expression[0]].gives]:
        return None
    smaller = [term_of(other) for other in _smaller(expression)]
    telling = all(_is_told(other, cases) for other in smaller for cases in (visible, hidden))
    return (visible, hidden) if telling else None


def _shuffled(rng: np.random.Generator, cases: Cases) -> Cases:
    return [cases[i] for i in rng.permutation(len(cases))]


def _result(term: Term, arguments: Arguments) -> Any:
    """What an expression gives; None if it raises or gives too much."""
    result = value_of(term, (*arguments, None))
    if result is None:
        return None
    if isinstance(result, list):
        small = len(result) <= MAX_LENGTH and all(abs(item) <= MAX_NUMBER for item in result)
    else:
        small = abs(result) <= MAX_NUMBER
    return result if small else None


def _agrees(term: Term, results: Sequence[Any]) -> bool:
    return all(
        _result(term, arguments) == result for arguments, result in zip(probes(), results, strict=True)
    )


def _is_told(term: Term, cases: Cases) -> bool:
    return any(_result(term, arguments) != result for arguments, result in cases)


def _has_long_part(expression: Sequence[int]) -> bool:
    """Whether a part without `x` of its surroundings gives the same as a smaller expression of at most 3 productions."""
    scopes, sizes = _scopes(expression), _known_sizes()
    for start, scope in enumerate(scopes):
        part = expression[start : end_of(expression, start)]
        if not scope and len(part) > 1 and sizes.get(behaviour(part), len(part)) < len(part):
            return True
    return False


@lru_cache(maxsize=1)
def _known_sizes() -> dict[str, int]:
    sizes: dict[str, int] = {}
    for size in (1, 2, 3):
        for kind in KINDS:
            for expression in all_expressions(kind, size):
                sizes.setdefault(behaviour(expression), size)
    return sizes


def _smaller(expression: Sequence[int]) -> Iterator[list[int]]:
    """The expression with one part replaced by a name or number, or by a part of its own."""
    scopes = _scopes(expression)
    for start, number in enumerate(expression):
        kind, end = PRODUCTIONS[number].gives, end_of(expression, start)
        if end == start + 1:
            continue
        yield from (
            [*expression[:start], i, *expression[end:]]
            for i in _TERMINALS[kind]
            if scopes[start] or not PRODUCTIONS[i].is_bound
        )
        for inner in range(start + 1, end):
            if PRODUCTIONS[expression[inner]].gives == kind and scopes[inner] == scopes[start]:
                yield [*expression[:start], *expression[inner : end_of(expression, inner)], *expression[end:]]


def _scopes(expression: Sequence[int]) -> list[int]:
    """In how many comprehensions each production stands whose `x` it may use."""
    scopes = [0] * len(expression)
    for start, number in enumerate(expression):
        for place, (begin, end) in enumerate(parts_of(expression, start)):
            for inner in range(begin, end):
                scopes[inner] += place == PRODUCTIONS[number].binds
    return scopes
