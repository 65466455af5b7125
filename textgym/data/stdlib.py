"""Functions of Python's standard library and the first line of their docstrings."""

import ast
import re
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from textgym.data.base import Record, normalise
from textgym.data.corpus import Corpus
from textgym.data.near_duplicates import linked_groups, near_duplicate_groups

#: Longest function kept, in characters without the docstring.
MAX_CODE_CHARS = 1200
#: Shortest first line kept; shorter ones ("Return self.") say nothing about the code.
MIN_WORDS = 3
#: Longest first line kept, in characters; longer ones are paragraphs.
MAX_TARGET_CHARS = 120

#: Tests, graphical tools, tables and copies of other packages.
_SKIPPED = frozenset(
    {"test", "tests", "idlelib", "idle_test", "lib2to3", "turtledemo", "ensurepip", "distutils"}
)
_SKIPPED |= {"encodings", "pydoc_data", "site-packages", "dist-packages", "lib-dynload", "__pycache__"}
_DEF = re.compile(r"[ \t]*(?:async[ \t]+)?def[ \t]")


@lru_cache(maxsize=1)
def stdlib_source() -> Corpus:
    """Functions and methods of the running Python's standard library that have a docstring and a body.

    The fields are `source` (the function as written, dedented, without decorators and docstring) and
    `target` (the docstring's first line). The content is that of the Python at hand: another minor
    version gives other records, ids and a different fingerprint.

    Near-duplicate functions, and functions with the same first line, form one group.

    Returns:
        The corpus, named `stdlib`.
    """
    functions: dict[tuple[str, str], str] = {}
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        where = path.relative_to(root)
        if _SKIPPED.isdisjoint(where.parts) and not where.parts[0].startswith("config-"):
            for line, source, target in _functions(path.read_text(encoding="utf-8", errors="replace")):
                functions.setdefault((source, target), f"stdlib/{where.as_posix()}:{line}")
    similar = near_duplicate_groups((source for source, _ in functions), unit="words")
    # One first line may describe several functions: else a test target could be learned by heart from train.
    groups = linked_groups((similar[source], f"target {normalise(target)}") for source, target in functions)
    return Corpus.from_records(
        "stdlib",
        [
            Record(id, groups[similar[source]], {"source": source, "target": target})
            for (source, target), id in functions.items()
        ],
    )


def _functions(text: str) -> Iterator[tuple[int, str, str]]:
    """(Line number, code, first docstring line) of the functions of a module that are worth keeping."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if _DEF.match(line):
            # Parsing single blocks that can hold a docstring is three times as fast as whole modules.
            block = _block(lines, start)
            if '"""' in block or "'''" in block:
                pair = _split_docstring(block)
                if pair is not None:
                    yield start + 1, *pair


def _block(lines: list[str], start: int) -> str:
    """The lines of a definition: all that follow it with more indentation."""
    indent = len(lines[start]) - len(lines[start].lstrip())
    end, depth = start + 1, _brackets(lines[start])
    while end < len(lines):
        line = lines[end]
        stripped = line.strip()
        if stripped and depth <= 0 and len(line) - len(line.lstrip()) <= indent:
            break
        # Only the signature may reach back to the definition's own indentation.
        depth = depth + _brackets(line) if depth > 0 else 0
        end += 1
    return "\n".join(lines[start:end])


def _brackets(line: str) -> int:
    return line.count("(") - line.count(")")


def _split_docstring(block: str) -> tuple[str, str] | None:
    """Code without docstring, and the docstring's first line; `None` if unfit."""
    indent = len(block) - len(block.lstrip())
    try:
        # An enclosing block in its first line accepts any indentation.
        node = ast.parse("if 1:\n" + block if indent else block).body[0]
    except (SyntaxError, ValueError):
        return None
    node = node.body[0] if isinstance(node, ast.If) else node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _is_stub(node):
        return None
    docstring = ast.get_docstring(node)
    if not docstring:
        return None
    lines = [line.removeprefix(block[:indent]) for line in block.splitlines()]
    first, shift = node.body[0], 1 if indent else 0
    code = "\n".join(lines[: first.lineno - 1 - shift] + lines[(first.end_lineno or 0) - shift :]).strip()
    target = docstring.strip().splitlines()[0].strip()
    fits = len(code) <= MAX_CODE_CHARS and len(target) <= MAX_TARGET_CHARS
    return (code, target) if fits and len(normalise(target).split()) >= MIN_WORDS else None


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether nothing but `pass`, `...` or `raise` follows the docstring: such code tells nothing."""
    return all(
        isinstance(statement, ast.Pass | ast.Raise)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in node.body[1:]
    )
