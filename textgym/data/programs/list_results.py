"""Steps from a list of numbers to something else."""

from itertools import pairwise
from typing import Any

from textgym.data.programs.step import Kind, Step


def _product(numbers: list[int]) -> int:
    result = 1
    for n in numbers:
        result *= n
    return result


def _longest_run(numbers: list[int]) -> int:
    best = run = 0
    for i, n in enumerate(numbers):
        run = run + 1 if i and numbers[i - 1] == n else 1
        best = max(best, run)
    return best


_PRODUCT = """\
def product(numbers):
    return 1 if not numbers else numbers[0] * product(numbers[1:])
"""
_RUN = """\
def longest_run(numbers):
    best = run = 0
    for i, n in enumerate(numbers):
        run = run + 1 if i > 0 and numbers[i - 1] == n else 1
        best = max(best, run)
    return best
"""


def _step(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "numbers", gives, wordings, code, apply, **more)


NUMBER_FROM_LIST_STEPS = (
    _step(
        "total",
        "number",
        ("Add the numbers up.", "Take the sum of the numbers."),
        "sum({x})",
        lambda x, k: sum(x),
    ),
    _step(
        "largest",
        "number",
        ("Take the largest number, or 0 if there is none.",),
        "max({x}, default=0)",
        lambda x, k: max(x, default=0),
    ),
    _step(
        "smallest",
        "number",
        ("Take the smallest number, or 0 if there is none.",),
        "min({x}, default=0)",
        lambda x, k: min(x, default=0),
    ),
    _step(
        "count",
        "number",
        ("Count the numbers.", "Take the length of the list."),
        "len({x})",
        lambda x, k: len(x),
    ),
    _step(
        "span",
        "number",
        ("Subtract the smallest number from the largest; an empty list gives 0.",),
        "max({x}, default=0) - min({x}, default=0)",
        lambda x, k: max(x, default=0) - min(x, default=0),
        level=0.2,
    ),
    _step(
        "second largest",
        "number",
        ("Take the second largest of the different numbers, or 0 if there are fewer than two.",),
        "(sorted(set({x}))[-2:-1] or [0])[0]",
        lambda x, k: (sorted(set(x))[-2:-1] or [0])[0],
        level=0.4,
    ),
    _step(
        "product",
        "number",
        ("Multiply the numbers with each other; an empty list gives 1.",),
        "product({x})",
        lambda x, k: _product(x),
        level=0.2,
        helper=_PRODUCT,
    ),
    _step(
        "most frequent",
        "number",
        (
            "Take the number that occurs most often, the smallest of them if there are several, or 0 if there is none.",
        ),
        "min({x}, key=lambda n: (-{x}.count(n), n), default=0)",
        lambda x, k: min(x, key=lambda n: (-x.count(n), n), default=0),
        level=0.6,
    ),
    _step(
        "alternating",
        "number",
        ("Add the numbers at even positions and subtract those at odd ones, counted from 0.",),
        "sum({x}[::2]) - sum({x}[1::2])",
        lambda x, k: sum(x[::2]) - sum(x[1::2]),
        level=0.4,
    ),
    _step(
        "rises",
        "number",
        ("Count the numbers that are greater than the one before them.",),
        "sum(b > a for a, b in zip({x}, {x}[1:]))",
        lambda x, k: sum(b > a for a, b in pairwise(x)),
        level=0.3,
    ),
    _step(
        "longest run",
        "number",
        ("Take the length of the longest run of equal neighbours; an empty list gives 0.",),
        "longest_run({x})",
        lambda x, k: _longest_run(x),
        level=0.6,
        helper=_RUN,
    ),
)

OTHER_FROM_LIST_STEPS = (
    _step(
        "is sorted",
        "flag",
        ("Tell whether the numbers are in ascending order; equal neighbours do not matter.",),
        "{x} == sorted({x})",
        lambda x, k: x == sorted(x),
    ),
    _step(
        "has repeats",
        "flag",
        ("Tell whether a number occurs more than once.",),
        "len(set({x})) < len({x})",
        lambda x, k: len(set(x)) < len(x),
    ),
    _step(
        "pair with sum",
        "flag",
        ("Tell whether two numbers at different positions have the sum {k}.",),
        "any(a + b == {k} for i, a in enumerate({x}) for b in {x}[i + 1 :])",
        lambda x, k: any(a + b == k for i, a in enumerate(x) for b in x[i + 1 :]),
        constants=(0, 2, 4, 5, 6, 8, 10),
        level=0.5,
    ),
    _step(
        "by parity",
        "table",
        ("Map 'even' to the sum of the even numbers and 'odd' to the sum of the odd ones.",),
        '{"even": sum(n for n in {x} if n % 2 == 0), "odd": sum(n for n in {x} if n % 2)}',
        lambda x, k: {"even": sum(n for n in x if n % 2 == 0), "odd": sum(n for n in x if n % 2)},
        level=0.3,
    ),
)
