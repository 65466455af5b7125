"""Steps that begin with a list of numbers."""

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


def _climbs(numbers: list[int]) -> list[int]:
    kept: list[int] = []
    for n in numbers:
        if not kept or n > kept[-1]:
            kept.append(n)
    return kept


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
_CLIMBS = """\
def climbs(numbers):
    kept = []
    for n in numbers:
        if not kept or n > kept[-1]:
            kept.append(n)
    return kept
"""


def _step(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "numbers", gives, wordings, code, apply, **more)


_TO_NUMBERS = (
    _step(
        "keep above",
        "numbers",
        ("Keep the numbers greater than {k}.", "Drop every number that is not greater than {k}."),
        "[n for n in {x} if n > {k}]",
        lambda x, k: [n for n in x if n > k],
        constants=tuple(range(-5, 11)),
    ),
    _step(
        "keep multiples",
        "numbers",
        ("Keep the numbers that {k} divides.", "Drop the numbers that are no multiple of {k}."),
        "[n for n in {x} if n % {k} == 0]",
        lambda x, k: [n for n in x if n % k == 0],
        constants=(2, 3, 4, 5),
    ),
    _step(
        "every second",
        "numbers",
        ("Keep every second number, beginning with the first.",),
        "{x}[::2]",
        lambda x, k: x[::2],
    ),
    _step(
        "multiply",
        "numbers",
        ("Multiply each number by {k}.", "Replace each number by {k} times itself."),
        "[{k} * n for n in {x}]",
        lambda x, k: [k * n for n in x],
        constants=(2, 3, 4, 5, 6, 7, 8, 9, 10),
    ),
    _step(
        "add",
        "numbers",
        ("Add {k} to each number.", "Increase each number by {k}."),
        "[n + {k} for n in {x}]",
        lambda x, k: [n + k for n in x],
        constants=tuple(range(1, 16)),
    ),
    _step(
        "square",
        "numbers",
        ("Square each number.", "Multiply each number by itself."),
        "[n * n for n in {x}]",
        lambda x, k: [n * n for n in x],
    ),
    _step(
        "absolute",
        "numbers",
        ("Drop the sign of each number.", "Replace each number by its absolute value."),
        "[abs(n) for n in {x}]",
        lambda x, k: [abs(n) for n in x],
    ),
    _step(
        "remainder",
        "numbers",
        ("Replace each number by its remainder modulo {k}.",),
        "[n % {k} for n in {x}]",
        lambda x, k: [n % k for n in x],
        constants=(2, 3, 4, 5, 6, 7),
    ),
    _step(
        "sort",
        "numbers",
        ("Sort the numbers in ascending order.", "Put the numbers in order, the smallest first."),
        "sorted({x})",
        lambda x, k: sorted(x),
    ),
    _step(
        "reverse",
        "numbers",
        ("Reverse the order of the numbers.", "List the numbers backwards."),
        "{x}[::-1]",
        lambda x, k: x[::-1],
    ),
    _step(
        "first",
        "numbers",
        ("Keep the first {k} numbers.", "Drop all but the first {k} numbers."),
        "{x}[:{k}]",
        lambda x, k: x[:k],
        constants=(1, 2, 3, 4),
    ),
    _step(
        "without first",
        "numbers",
        ("Drop the first {k} numbers.",),
        "{x}[{k}:]",
        lambda x, k: x[k:],
        constants=(1, 2, 3),
    ),
    _step(
        "unique",
        "numbers",
        ("Drop repeated numbers, keeping the first of each.",),
        "list(dict.fromkeys({x}))",
        lambda x, k: list(dict.fromkeys(x)),
        level=0.1,
    ),
    _step(
        "running total",
        "numbers",
        ("Replace each number by the sum of all numbers up to and including it.",),
        "[sum({x}[: i + 1]) for i in range(len({x}))]",
        lambda x, k: [sum(x[: i + 1]) for i in range(len(x))],
        level=0.3,
    ),
    _step(
        "differences",
        "numbers",
        ("Replace the list by the differences of neighbours: each number but the first minus the one before it.",),
        "[b - a for a, b in zip({x}, {x}[1:])]",
        lambda x, k: [b - a for a, b in zip(x, x[1:], strict=False)],
        level=0.3,
    ),
    _step(
        "rotate",
        "numbers",
        ("Move the first {k} numbers to the end, in their order.",),
        "{x}[{k}:] + {x}[:{k}]",
        lambda x, k: x[k:] + x[:k],
        constants=(1, 2, 3),
        level=0.2,
    ),
    _step(
        "clip",
        "numbers",
        ("Replace each number greater than {k} by {k}.",),
        "[min(n, {k}) for n in {x}]",
        lambda x, k: [min(n, k) for n in x],
        constants=tuple(range(0, 11)),
        level=0.1,
    ),
    _step(
        "digit sums",
        "numbers",
        ("Replace each number by the sum of its decimal digits, without its sign.",),
        "[sum(int(d) for d in str(abs(n))) for n in {x}]",
        lambda x, k: [sum(int(d) for d in str(abs(n))) for n in x],
        level=0.4,
    ),
    _step(
        "add place",
        "numbers",
        ("Add to each number its position in the list, counted from 0.",),
        "[i + n for i, n in enumerate({x})]",
        lambda x, k: [i + n for i, n in enumerate(x)],
        level=0.2,
    ),
    _step(
        "pairs",
        "numbers",
        ("Replace each two neighbours, from the start, by their sum; a last number without partner stays.",),
        "[sum({x}[i : i + 2]) for i in range(0, len({x}), 2)]",
        lambda x, k: [sum(x[i : i + 2]) for i in range(0, len(x), 2)],
        level=0.4,
    ),
    _step(
        "climbs",
        "numbers",
        ("Keep the first number, and each later one that is greater than all that were kept before it.",),
        "climbs({x})",
        lambda x, k: _climbs(x),
        level=0.6,
        helper=_CLIMBS,
    ),
)

_TO_NUMBER = (
    _step("total", "number", ("Add the numbers up.", "Take the sum of the numbers."), "sum({x})", lambda x, k: sum(x)),
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
    _step("count", "number", ("Count the numbers.", "Take the length of the list."), "len({x})", lambda x, k: len(x)),
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
        ("Take the number that occurs most often, the smallest of them if there are several, or 0 if there is none.",),
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
        lambda x, k: sum(b > a for a, b in zip(x, x[1:], strict=False)),
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

_TO_OTHERS = (
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

LIST_STEPS = (*_TO_NUMBERS, *_TO_NUMBER, *_TO_OTHERS)
