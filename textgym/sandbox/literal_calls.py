"""Which calls a test will make, read from its text."""

import ast
import functools
from typing import Any

from textgym.sandbox import wire

_MOST = 256

Call = list[Any]
"""Encoded positional arguments, then pairs of name and encoded value."""


@functools.lru_cache(maxsize=512)
def literal_calls(test: str, entry_point: str) -> tuple[Call, ...]:
    """Calls of the candidate in the text of a test, if all their arguments are literals.

    Sending them ahead tells the program nothing that it would not be asked anyway: literals cannot depend on its
    answers. The calls of an earlier passing run must not be used instead: for `candidate(candidate(5))` they hold
    right answers.

    Args:
        test: Trusted source.
        entry_point: Name of the program's function.

    Returns:
        The calls in the order of the text; empty if one of them is not literal or there are fewer than two.
    """
    try:
        tree = ast.parse(test)
        names = {entry_point} | {
            node.args.args[0].arg
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name == "check" and node.args.args
        }
        nodes = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        ]
        if any(isinstance(k, ast.keyword) and k.arg is None for node in nodes for k in node.keywords):
            return ()
        calls = [_encoded(node) for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset))]
    except (ValueError, SyntaxError, RecursionError, TypeError, MemoryError):
        return ()
    return tuple(calls) if 1 < len(calls) <= _MOST else ()


def _encoded(node: ast.Call) -> Call:
    return [
        [wire.encode(ast.literal_eval(argument)) for argument in node.args],
        [[keyword.arg, wire.encode(ast.literal_eval(keyword.value))] for keyword in node.keywords],
    ]
