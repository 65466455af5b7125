"""Steps from a list of numbers to another."""

from itertools import pairwise
from typing import Any

from textgym.data.programs.step import Step


def _climbs(numbers: list[int]) -> list[int]:
    kept: list[int] = []
    for n in numbers:
        if not kept or n > kept[-1]:
            kept.append(n)
    return kept


_CLIMBS = """\
def climbs(numbers):
    kept = []
    for n in numbers:
        if not kept or n > kept[-1]:
            kept.append(n)
    return kept
"""


def _step(name: str, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "numbers", "numbers", wordings, code, apply, **more)


LIST_STEPS = (
    _step(
        "keep above",
        ("Keep the numbers greater than {k}.", "Drop every number that is not greater than {k}."),
        "[n for n in {x} if n > {k}]",
        lambda x, k: [n for n in x if n > k],
        constants=tuple(range(-5, 11)),
    ),
    _step(
        "keep multiples",
        ("Keep the numbers that {k} divides.", "Drop the numbers that are no multiple of {k}."),
        "[n for n in {x} if n % {k} == 0]",
        lambda x, k: [n for n in x if n % k == 0],
        constants=(2, 3, 4, 5),
    ),
    _step(
        "every second",
        ("Keep every second number, beginning with the first.",),
        "{x}[::2]",
        lambda x, k: x[::2],
    ),
    _step(
        "multiply",
        ("Multiply each number by {k}.", "Replace each number by {k} times itself."),
        "[{k} * n for n in {x}]",
        lambda x, k: [k * n for n in x],
        constants=(2, 3, 4, 5, 6, 7, 8, 9, 10),
    ),
    _step(
        "add",
        ("Add {k} to each number.", "Increase each number by {k}."),
        "[n + {k} for n in {x}]",
        lambda x, k: [n + k for n in x],
        constants=tuple(range(1, 16)),
    ),
    _step(
        "square",
        ("Square each number.", "Multiply each number by itself."),
        "[n * n for n in {x}]",
        lambda x, k: [n * n for n in x],
    ),
    _step(
        "absolute",
        ("Drop the sign of each number.", "Replace each number by its absolute value."),
        "[abs(n) for n in {x}]",
        lambda x, k: [abs(n) for n in x],
    ),
    _step(
        "remainder",
        ("Replace each number by its remainder modulo {k}.",),
        "[n % {k} for n in {x}]",
        lambda x, k: [n % k for n in x],
        constants=(2, 3, 4, 5, 6, 7),
    ),
    _step(
        "sort",
        ("Sort the numbers in ascending order.", "Put the numbers in order, the smallest first."),
        "sorted({x})",
        lambda x, k: sorted(x),
    ),
    _step(
        "reverse",
        ("Reverse the order of the numbers.", "List the numbers backwards."),
        "{x}[::-1]",
        lambda x, k: x[::-1],
    ),
    _step(
        "first",
        ("Keep the first {k} numbers.", "Drop all but the first {k} numbers."),
        "{x}[:{k}]",
        lambda x, k: x[:k],
        constants=(1, 2, 3, 4),
    ),
    _step(
        "without first",
        ("Drop the first {k} numbers.",),
        "{x}[{k}:]",
        lambda x, k: x[k:],
        constants=(1, 2, 3),
    ),
    _step(
        "unique",
        ("Drop repeated numbers, keeping the first of each.",),
        "list(dict.fromkeys({x}))",
        lambda x, k: list(dict.fromkeys(x)),
        level=0.1,
    ),
    _step(
        "running total",
        ("Replace each number by the sum of all numbers up to and including it.",),
        "[sum({x}[: i + 1]) for i in range(len({x}))]",
        lambda x, k: [sum(x[: i + 1]) for i in range(len(x))],
        level=0.3,
    ),
    _step(
        "differences",
        (
            "Replace the list by the differences of neighbours: each number but the first minus the one before it.",
        ),
        "[b - a for a, b in zip({x}, {x}[1:])]",
        lambda x, k: [b - a for a, b in pairwise(x)],
        level=0.3,
    ),
    _step(
        "rotate",
        ("Move the first {k} numbers to the end, in their order.",),
        "{x}[{k}:] + {x}[:{k}]",
        lambda x, k: x[k:] + x[:k],
        constants=(1, 2, 3),
        level=0.2,
    ),
    _step(
        "clip",
        ("Replace each number greater than {k} by {k}.",),
        "[min(n, {k}) for n in {x}]",
        lambda x, k: [min(n, k) for n in x],
        constants=tuple(range(0, 11)),
        level=0.1,
    ),
    _step(
        "digit sums",
        ("Replace each number by the sum of its decimal digits, without its sign.",),
        "[sum(int(d) for d in str(abs(n))) for n in {x}]",
        lambda x, k: [sum(int(d) for d in str(abs(n))) for n in x],
        level=0.4,
    ),
    _step(
        "add place",
        ("Add to each number its position in the list, counted from 0.",),
        "[i + n for i, n in enumerate({x})]",
        lambda x, k: [i + n for i, n in enumerate(x)],
        level=0.2,
    ),
    _step(
        "pairs",
        ("Replace each two neighbours, from the start, by their sum; a last number without partner stays.",),
        "[sum({x}[i : i + 2]) for i in range(0, len({x}), 2)]",
        lambda x, k: [sum(x[i : i + 2]) for i in range(0, len(x), 2)],
        level=0.4,
    ),
    _step(
        "climbs",
        ("Keep the first number, and each later one that is greater than all that were kept before it.",),
        "climbs({x})",
        lambda x, k: _climbs(x),
        level=0.6,
        helper=_CLIMBS,
    ),
)
