"""Arguments of generated functions."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from textgym.data.programs.step import Kind

#: Name and annotation of the argument of each kind, and what the specification calls it.
ARGUMENTS: dict[Kind, tuple[str, str, str]] = {
    "count": ("n", "int", "the whole number `n`, which is at least 0"),
    "number": ("number", "int", "the whole number `number`"),
    "numbers": ("numbers", "list[int]", "the list of whole numbers `numbers`"),
    "words": ("words", "list[str]", "the list of words `words`"),
    "text": ("text", "str", "the text `text`"),
    "table": ("table", "dict[str, int]", "the dictionary `table`"),
    "nested": ("tree", "list", "the list `tree` of whole numbers and such lists"),
    "rows": ("rows", "list[list[int]]", "the equally long rows of whole numbers `rows`"),
}
#: Annotation of a result of each kind.
RESULTS: dict[Kind, str] = {
    **{kind: annotation for kind, (_, annotation, _) in ARGUMENTS.items()},
    "flag": "bool",
}

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "")
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "", "n", "r", "s", "l", "tt")
_PROBES = 24


def draw_value(rng: np.random.Generator, kind: Kind) -> Any:
    """One argument; about one in ten is as small as can be."""
    return _DRAWERS[kind](rng, int(rng.integers(10)) == 0)


@lru_cache(maxsize=16)
def probes(kind: Kind) -> tuple[Any, ...]:
    """Fixed arguments by whose results functions are told apart; do not change them."""
    rng = np.random.default_rng([17, list(ARGUMENTS).index(kind)])
    return tuple(draw_value(rng, kind) for _ in range(_PROBES))


def _count(rng: np.random.Generator, small: bool) -> int:
    return int(rng.integers(3 if small else 21))


def _number(rng: np.random.Generator, small: bool) -> int:
    return int(rng.integers(-2, 3)) if small else int(rng.integers(-99, 1000))


def _numbers(rng: np.random.Generator, small: bool) -> list[int]:
    spread = (5, 12, 30)[int(rng.integers(3))]
    numbers = rng.integers(-spread // 3, spread, size=int(rng.integers(2 if small else 9))).tolist()
    # Without order by chance, since drawn lists are almost never in ascending order.
    return sorted(numbers) if int(rng.integers(5)) == 0 else numbers


def _word(rng: np.random.Generator) -> str:
    word = ""
    for _ in range(1 + int(rng.integers(3))):
        word += (
            _ONSETS[rng.integers(len(_ONSETS))] + _VOWELS[rng.integers(5)] + _CODAS[rng.integers(len(_CODAS))]
        )
    return word.capitalize() if int(rng.integers(6)) == 0 else word


def _words(rng: np.random.Generator, small: bool) -> list[str]:
    words: list[str] = []
    for _ in range(int(rng.integers(2 if small else 7))):
        repeat = words and int(rng.integers(5)) == 0
        words.append(words[rng.integers(len(words))] if repeat else _word(rng))
    return words


def _text(rng: np.random.Generator, small: bool) -> str:
    if not small and int(rng.integers(8)) == 0:
        half = _word(rng)
        return half + half[::-1]
    text = " ".join(_words(rng, small))
    return text + ("", "", "!", "?", " 42", " aaa")[rng.integers(6)]


def _table(rng: np.random.Generator, small: bool) -> dict[str, int]:
    return {_word(rng): int(rng.integers(10)) for _ in range(int(rng.integers(2 if small else 6)))}


def _nested(rng: np.random.Generator, small: bool, depth: int = 0) -> list[Any]:
    def item() -> Any:
        if depth < 3 and rng.random() < 0.4:
            return _nested(rng, small, depth + 1)
        return int(rng.integers(-5, 15))

    return [item() for _ in range(int(rng.integers(2 if small else 4)) + (depth == 0 and not small))]


def _rows(rng: np.random.Generator, small: bool) -> list[list[int]]:
    height, width = (int(n) for n in rng.integers(1, 2 if small else 5, size=2))
    return rng.integers(-5, 15, size=(height, width)).tolist()


_DRAWERS: dict[Kind, Callable[[np.random.Generator, bool], Any]] = {
    "count": _count,
    "number": _number,
    "numbers": _numbers,
    "words": _words,
    "text": _text,
    "table": _table,
    "nested": _nested,
    "rows": _rows,
}
