"""When an answer is the expected one."""

import ast
import functools
import math
import sys
from collections import deque
from typing import Any

#: Parts of an expression that may be evaluated any number of times.
REPEATING = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_NUMBERS: tuple[type, ...] = (bool, int, float, complex)


def same(answer: Any, expected: Any, *, tolerance: float) -> bool:
    """Whether plain data are equal, as Python's `==` says, but for rounding.

    Args:
        answer: Rebuilt from what the program claims.
        expected: Trusted.
        tolerance: Relative and absolute difference that a number may have from an expected float. An expected
            integer has none: a float near a long one is wrong. NaN equals NaN.

    Returns:
        Whether they are the same. Lists, tuples, sets and dicts differ from each other; `1`, `1.0` and `True` are
        the same, as in Python.
    """
    kind = type(expected)
    if isinstance(expected, _NUMBERS) and isinstance(answer, _NUMBERS):
        return _close(answer, expected, tolerance)
    if kind is not type(answer):
        # Fraction(1, 2) == 0.5. Containers of different types differ: NumPy would compare their items.
        return not (hasattr(answer, "__len__") or hasattr(expected, "__len__")) and bool(answer == expected)
    if kind in (list, tuple, deque):
        return len(answer) == len(expected) and all(
            same(a, b, tolerance=tolerance) for a, b in zip(answer, expected, strict=True)
        )
    if kind is dict:
        return answer.keys() == expected.keys() and all(
            same(answer[key], expected[key], tolerance=tolerance) for key in expected
        )
    if hasattr(expected, "__next__"):
        return same(list(answer), list(expected), tolerance=tolerance)
    if (numpy := sys.modules.get("numpy")) is not None and kind is numpy.ndarray:
        return answer.shape == expected.shape and bool(
            numpy.allclose(answer, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
        )
    return bool(answer == expected)


def holds(answer: Any, expression: str) -> bool:
    """Whether a trusted expression in `answer` is True, and nothing that is like True.

    Args:
        answer: Rebuilt from what the program claims.
        expression: Source. It is evaluated here, outside the program, on exact builtin types.

    Returns:
        Whether it holds. Of an iterator, and of what contains one, only what looks at it once can: the first look uses
        it up, and of nothing everything is true.
    """
    return (not _iterates(answer) or _looks_once(expression)) and eval(expression, {"answer": answer}) is True


@functools.lru_cache(maxsize=512)
def _looks_once(expression: str) -> bool:
    """Whether an expression names the answer once, and has no part that is evaluated more than once."""
    nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    names = sum(isinstance(node, ast.Name) and node.id == "answer" for node in nodes)
    return names == 1 and not any(isinstance(node, REPEATING) for node in nodes)


def _iterates(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_iterates(key) or _iterates(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset | deque):
        return any(map(_iterates, value))
    return hasattr(value, "__next__")


def _close(answer: Any, expected: Any, tolerance: float) -> bool:
    if answer == expected:
        return True
    if not isinstance(expected, float | complex):
        return False
    if answer != answer or expected != expected:
        return answer != answer and expected != expected
    try:
        difference, size = abs(answer - expected), max(1.0, abs(answer), abs(expected))
    except OverflowError:
        return False
    return math.isfinite(size) and bool(difference <= tolerance * size)
