"""Steps that begin with a nested list or with rows of numbers."""

from typing import Any

from textgym.data.programs.step import Kind, Step


def _flat(tree: Any) -> list[int]:
    return [n for item in tree for n in (_flat(item) if isinstance(item, list) else [item])]


def _depth(tree: Any) -> int:
    return 1 + max((_depth(item) for item in tree if isinstance(item, list)), default=0)


def _mapped(tree: Any, change: Any) -> Any:
    return [_mapped(item, change) if isinstance(item, list) else change(item) for item in tree]


def _mirrored(tree: Any) -> Any:
    return [_mirrored(item) if isinstance(item, list) else item for item in reversed(tree)]


def _lists(tree: Any) -> int:
    return 1 + sum(_lists(item) for item in tree if isinstance(item, list))


_FLAT = """\
def flat(tree):
    if not isinstance(tree, list):
        return [tree]
    return [n for item in tree for n in flat(item)]
"""
_DEPTH = """\
def depth(tree):
    if not isinstance(tree, list):
        return 0
    return 1 + max((depth(item) for item in tree), default=0)
"""
_ADD = """\
def add_everywhere(tree, amount):
    if not isinstance(tree, list):
        return tree + amount
    return [add_everywhere(item, amount) for item in tree]
"""
_TIMES = """\
def multiply_everywhere(tree, factor):
    if not isinstance(tree, list):
        return tree * factor
    return [multiply_everywhere(item, factor) for item in tree]
"""
_MIRROR = """\
def mirror(tree):
    if not isinstance(tree, list):
        return tree
    return [mirror(item) for item in reversed(tree)]
"""
_LISTS = """\
def lists(tree):
    if not isinstance(tree, list):
        return 0
    return 1 + sum(lists(item) for item in tree)
"""


def _nested(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "nested", gives, wordings, code, apply, **more)


def _rows(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "rows", gives, wordings, code, apply, **more)


NESTED_STEPS = (
    _nested(
        "flatten",
        "numbers",
        ("List all numbers, however deep, from left to right.",),
        "flat({x})",
        lambda x, k: _flat(x),
        helper=_FLAT,
    ),
    _nested(
        "depth",
        "number",
        ("Take the depth of nesting; a list without lists has depth 1.",),
        "depth({x})",
        lambda x, k: _depth(x),
        helper=_DEPTH,
    ),
    _nested(
        "lists",
        "number",
        ("Count the lists, the outermost included.",),
        "lists({x})",
        lambda x, k: _lists(x),
        helper=_LISTS,
    ),
    _nested(
        "add",
        "nested",
        ("Add {k} to each number, however deep.",),
        "add_everywhere({x}, {k})",
        lambda x, k: _mapped(x, lambda n: n + k),
        constants=tuple(range(1, 11)),
        helper=_ADD,
    ),
    _nested(
        "multiply",
        "nested",
        ("Multiply each number by {k}, however deep.",),
        "multiply_everywhere({x}, {k})",
        lambda x, k: _mapped(x, lambda n: n * k),
        constants=(2, 3, 4, 5, 6, 7),
        helper=_TIMES,
    ),
    _nested(
        "mirror",
        "nested",
        ("Reverse every list, however deep.",),
        "mirror({x})",
        lambda x, k: _mirrored(x),
        level=0.2,
        helper=_MIRROR,
    ),
    _nested(
        "drop lists",
        "numbers",
        ("Keep the numbers that stand in the outermost list itself.",),
        "[item for item in {x} if not isinstance(item, list)]",
        lambda x, k: [item for item in x if not isinstance(item, list)],
    ),
)

ROW_STEPS = (
    _rows(
        "transpose",
        "rows",
        ("Swap rows and columns.",),
        "[list(column) for column in zip(*{x})]",
        lambda x, k: [list(column) for column in zip(*x, strict=True)],
        level=0.1,
    ),
    _rows(
        "add",
        "rows",
        ("Add {k} to each number of the rows.",),
        "[[n + {k} for n in row] for row in {x}]",
        lambda x, k: [[n + k for n in row] for row in x],
        constants=tuple(range(1, 11)),
    ),
    _rows(
        "multiply",
        "rows",
        ("Multiply each number of the rows by {k}.",),
        "[[n * {k} for n in row] for row in {x}]",
        lambda x, k: [[n * k for n in row] for row in x],
        constants=(2, 3, 4, 5, 6, 7),
    ),
    _rows(
        "mirror",
        "rows",
        ("Reverse each row.",),
        "[row[::-1] for row in {x}]",
        lambda x, k: [row[::-1] for row in x],
    ),
    _rows(
        "sort each",
        "rows",
        ("Sort each row in ascending order.",),
        "[sorted(row) for row in {x}]",
        lambda x, k: [sorted(row) for row in x],
    ),
    _rows("reverse", "rows", ("Reverse the order of the rows.",), "{x}[::-1]", lambda x, k: x[::-1]),
    _rows(
        "row sums",
        "numbers",
        ("Replace each row by its sum.",),
        "[sum(row) for row in {x}]",
        lambda x, k: [sum(r) for r in x],
    ),
    _rows(
        "row maxima",
        "numbers",
        ("Replace each row by its largest number.",),
        "[max(row) for row in {x}]",
        lambda x, k: [max(r) for r in x],
    ),
    _rows(
        "column sums",
        "numbers",
        ("List the sums of the columns from left to right.",),
        "[sum(column) for column in zip(*{x})]",
        lambda x, k: [sum(column) for column in zip(*x, strict=True)],
        level=0.2,
    ),
    _rows(
        "diagonal",
        "numbers",
        ("List the numbers whose row and column have the same position.",),
        "[row[i] for i, row in enumerate({x}) if i < len(row)]",
        lambda x, k: [row[i] for i, row in enumerate(x) if i < len(row)],
        level=0.3,
    ),
    _rows(
        "join",
        "numbers",
        ("Join the rows to one list.",),
        "[n for row in {x} for n in row]",
        lambda x, k: [n for r in x for n in r],
    ),
)
