"""Last steps with several right results, and what must hold of one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textgym.data.programs.step import Kind, Step


@dataclass(frozen=True, eq=False)
class OpenStep:
    """A step whose result is not settled.

    Args:
        step: Its wording, and one right result: the same for all values whose right results are the same.
        property: From the value before and the constant to a Python expression in `answer` that is True exactly of right
            results. Of literals, builtin functions and `answer` only.
    """

    step: Step
    property: Callable[[Any, Any], str]


def _zigzag(numbers: list[int]) -> list[int]:
    ordered, zigzag = sorted(numbers), list(numbers)
    zigzag[::2], zigzag[1::2] = ordered[: len(ordered[::2])], ordered[len(ordered[::2]) :]
    return zigzag


def _pairs(numbers: list[int], k: int) -> list[list[int]]:
    """All right results of "pair"."""
    places = range(len(numbers))
    return [[i, j] for i in places for j in places[i + 1 :] if numbers[i] + numbers[j] == k] or [[]]


def _once(numbers: list[int]) -> list[int]:
    """All right results of "single", ascending."""
    return sorted(n for n in numbers if numbers.count(n) == 1) or [0]


def _longest(words: list[str]) -> list[str]:
    """All right results of "any longest", ascending."""
    return sorted({w for w in words if len(w) == max(map(len, words))}) or [""]


_ZIGZAG = """\
def zigzag(numbers):
    ordered, result = sorted(numbers), list(numbers)
    middle = len(result[::2])
    result[::2], result[1::2] = ordered[:middle], ordered[middle:]
    return result
"""
_PAIR = """\
def pair(numbers, total):
    for i, a in enumerate(numbers):
        for j in range(i + 1, len(numbers)):
            if a + numbers[j] == total:
                return [i, j]
    return []
"""


def _same_items(items: list[Any]) -> str:
    return f"type(answer) is list and sorted(answer) == {sorted(items)}"


def _grouped(items: list[Any], key: str, kinds: int) -> str:
    """The same items, with those of one kind next to each other."""
    changes = f"sum({key.format('a')} != {key.format('b')} for a, b in zip(answer, answer[1:]))"
    return f"{_same_items(items)} and {changes} == {max(kinds - 1, 0)}"


def _open(
    name: str,
    kinds: tuple[Kind, Kind],
    wording: str,
    code: str,
    apply: Any,
    holds: Callable[[Any, Any], str],
    **more: Any,
) -> OpenStep:
    return OpenStep(Step(name, *kinds, (wording,), code, apply, **more), holds)


_NUMBERS: tuple[Kind, Kind] = ("numbers", "numbers")
_WORDS: tuple[Kind, Kind] = ("words", "words")

OPEN_STEPS = (
    _open(
        "evens first",
        _NUMBERS,
        "Put the even numbers before the odd ones, otherwise in any order.",
        "sorted({x}, key=lambda n: (n % 2, n))",
        lambda x, k: sorted(x, key=lambda n: (n % 2, n)),
        lambda x, k: f"{_same_items(x)} and answer == sorted(answer, key=lambda n: n % 2)",
    ),
    _open(
        "equals together",
        _NUMBERS,
        "Put equal numbers next to each other, otherwise in any order.",
        "sorted({x})",
        lambda x, k: sorted(x),
        lambda x, k: _grouped(x, "{}", len(set(x))),
    ),
    _open(
        "different",
        _NUMBERS,
        "List the different numbers, each of them once and in any order.",
        "sorted(set({x}))",
        lambda x, k: sorted(set(x)),
        lambda x, k: _same_items(list(set(x))),
    ),
    _open(
        "zigzag",
        _NUMBERS,
        "Put the numbers into any order in which none at an odd position, counted from 0, is smaller than a neighbour.",
        "zigzag({x})",
        lambda x, k: _zigzag(x),
        lambda x, k: (
            f"{_same_items(x)} and all(answer[i] == max(answer[i - 1 : i + 2]) for i in range(1, len(answer), 2))"
        ),
        level=0.4,
        helper=_ZIGZAG,
    ),
    _open(
        "halves",
        ("numbers", "nested"),
        "Divide the numbers in any way into two lists whose lengths differ by at most one, and list these two.",
        "[sorted({x})[::2], sorted({x})[1::2]]",
        lambda x, k: [sorted(x)[::2], sorted(x)[1::2]],
        lambda x, k: (
            "type(answer) is list and [type(part) for part in answer] == [list, list] "
            f"and abs(len(answer[0]) - len(answer[1])) <= 1 and sorted(answer[0] + answer[1]) == {sorted(x)}"
        ),
        level=0.2,
    ),
    _open(
        "pair",
        _NUMBERS,
        "List the positions, counted from 0 and the smaller first, of any two numbers whose sum is {k}; if there are none, "
        "the list is empty.",
        "pair({x}, {k})",
        lambda x, k: _pairs(x, k)[0],
        lambda x, k: f"answer in {_pairs(x, k)}",
        constants=(0, 2, 4, 5, 6, 8, 10),
        level=0.5,
        helper=_PAIR,
    ),
    _open(
        "single",
        ("numbers", "number"),
        "Take any number that occurs only once, or 0 if there is none.",
        "min([n for n in {x} if {x}.count(n) == 1], default=0)",
        lambda x, k: _once(x)[0],
        lambda x, k: f"answer in {_once(x)}",
    ),
    _open(
        "initials together",
        _WORDS,
        "Put words that begin with the same character next to each other, otherwise in any order.",
        "sorted({x})",
        lambda x, k: sorted(x),
        lambda x, k: _grouped(x, "{}[:1]", len({w[:1] for w in x})),
    ),
    _open(
        "short first",
        _WORDS,
        "Put shorter words before longer ones, those of one length in any order.",
        "sorted({x}, key=lambda w: (len(w), w))",
        lambda x, k: sorted(x, key=lambda w: (len(w), w)),
        lambda x, k: f"{_same_items(x)} and answer == sorted(answer, key=len)",
    ),
    _open(
        "different words",
        _WORDS,
        "List the different words, each of them once and in any order.",
        "sorted(set({x}))",
        lambda x, k: sorted(set(x)),
        lambda x, k: _same_items(list(set(x))),
    ),
    _open(
        "any longest",
        ("words", "text"),
        "Take any of the longest words; no words give an empty text.",
        'max(sorted({x}), key=len, default="")',
        lambda x, k: _longest(x)[0],
        lambda x, k: f"answer in {_longest(x)}",
    ),
)
