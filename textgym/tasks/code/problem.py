"""A function to write: what is asked and the tests it must pass."""

import ast
import builtins
import doctest
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeGuard

from textgym.errors import MalformedData
from textgym.protocols import Example
from textgym.sandbox import Case, CaseJob, DoctestJob, TestJob, wire
from textgym.sandbox.comparison import REPEATING

Job = CaseJob | DoctestJob | TestJob


@dataclass(frozen=True)
class Problem:
    """What the judge of a function must know.

    Args:
        prompt: Source that ends with the function's signature and docstring.
        entry_point: Name of the function.
        tests: Hidden tests: examples of an interactive session (`>>> f(2)` and the result), or a text with a function
            `check(candidate)` or assertions.
        solution: A program that passes them, or the empty string.
        broken: A program to be repaired, or the empty string.
    """

    prompt: str
    entry_point: str
    tests: str
    solution: str = ""
    broken: str = ""

    @classmethod
    def of(cls, example: Example) -> "Problem":
        """The problem of an example whose `data` is `to_json` of it."""
        data: Mapping[str, Any] = example.data
        return cls(
            data["prompt"],
            data["entry_point"],
            data["tests"],
            example.references[0] if example.references else "",
            data.get("broken", ""),
        )

    def to_data(self) -> dict[str, str]:
        """What an example's `data` holds; the solution is its reference."""
        data = {"prompt": self.prompt, "entry_point": self.entry_point, "tests": self.tests}
        return {**data, "broken": self.broken} if self.broken else data

    def job(self, program: str, timeout_s: float) -> Job:
        """What the sandbox is to do with a program."""
        if not is_session(self.tests):
            return TestJob(program, self.entry_point, self.tests, self.prelude, timeout_s)
        cases = literal_cases(self.tests, self.entry_point)
        if cases is None:
            return DoctestJob(program, self.entry_point, self.tests, timeout_s=timeout_s)
        return CaseJob(program, self.entry_point, cases, timeout_s)

    def share(self, passed: int, total: int) -> float:
        """The share of tests passed, in [0, 1], from the counts of a verdict.

        Examples of a session without a result only prepare something; they are not counted.
        """
        idle = preparations(self.tests) if is_session(self.tests) else 0
        return max(passed - idle, 0) / (total - idle) if total > idle else 0.0

    @property
    def prelude(self) -> str:
        """The prompt as trusted code that tests may use, with the function itself as a stub."""
        return self.prompt if self.prompt.rstrip().endswith(('"""', "'''")) else ""


def check_problem(problem: Problem, *, where: str) -> Problem:
    """The problem itself.

    Raises:
        MalformedData: If it cannot be judged; the message begins with `where`.
    """
    if not problem.entry_point.isidentifier():
        raise MalformedData(f"{where}: entry_point must be a name, got {problem.entry_point!r}")
    if is_session(problem.tests):
        examples = _examples(problem.tests, where)
        results = [e for e in examples if e.want or e.exc_msg]
        if not results or not all(problem.entry_point in e.source for e in results):
            raise MalformedData(
                f"{where}: the examples of the tests must show results, each of {problem.entry_point}(...)"
            )
    elif not re.search(r"\bcheck[ \t]*\(|\bassert\b", problem.tests):
        raise MalformedData(
            f"{where}: tests must hold lines '>>> {problem.entry_point}(...)' with results, a function check(candidate) or "
            f"assertions, got {problem.tests[:80]!r}"
        )
    else:
        try:
            ast.parse(problem.tests)
        except (SyntaxError, ValueError) as error:
            raise MalformedData(f"{where}: the tests are no Python: {error}") from error
    if not _gives_entry_point(problem):
        raise MalformedData(
            f"{where}: entry_point is {problem.entry_point!r}, which neither the prompt nor the solution defines"
        )
    return problem


def _gives_entry_point(problem: Problem) -> bool:
    """Whether the solution, which holds the prompt's code, binds the name; where there is none, whether agents read it."""
    name = problem.entry_point
    if not problem.solution:
        return re.search(rf"\b{name}\b", f"{problem.prompt}\n{problem.broken}") is not None
    try:
        nodes = ast.walk(ast.parse(problem.solution))
    except (SyntaxError, ValueError):
        return True  # it fails its own tests, which the judge tells
    return any(
        getattr(node, "name", None) in (name, "*")  # functions, classes and what is imported
        or getattr(node, "asname", None) == name
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name)
        for node in nodes
    )


def is_session(tests: str) -> bool:
    """Whether tests are examples of an interactive session."""
    return re.search(r"^[ \t]*>>> ", tests, re.MULTILINE) is not None


@lru_cache(maxsize=4096)
def literal_cases(session: str, entry_point: str) -> tuple[Case, ...] | None:
    """The examples as cases, or None if one of them is neither a call of the function with a result, all in literals, nor
    an expression with one such call that must be True, as `sorted(f([2, 1])) == [1, 2]`.
    """
    cases = [_case(example, entry_point) for example in _examples(session, "the tests")]
    return None if any(case is None for case in cases) else tuple(case for case in cases if case is not None)


@lru_cache(maxsize=4096)
def preparations(session: str) -> int:
    """Number of examples that show no result."""
    return sum(not (example.want or example.exc_msg) for example in _examples(session, "the tests"))


@lru_cache(maxsize=4096)
def visible_examples(prompt: str, entry_point: str) -> tuple[tuple[str, str], ...]:
    """The examples of a prompt's docstring that are calls in literals, as pairs of call and result in source text."""
    try:
        functions = [node for node in ast.parse(prompt).body if isinstance(node, ast.FunctionDef)]
        docstrings = [ast.get_docstring(node) for node in functions if node.name == entry_point]
        examples = _examples((docstrings or [None])[-1] or "", "the prompt")
    except (MalformedData, SyntaxError, ValueError):
        return ()
    return tuple(
        (example.source.strip(), example.want.strip())
        for example in examples
        if example.exc_msg is None
        and (case := _case(example, entry_point)) is not None
        and case.holds is None
    )


def _examples(session: str, where: str) -> list[doctest.Example]:
    try:
        return doctest.DocTestParser().get_examples(session)
    except ValueError as error:
        raise MalformedData(f"{where}: no interactive session: {error}") from error


def _case(example: doctest.Example, entry_point: str) -> Case | None:
    if example.options:  # +ELLIPSIS and the like: only doctest itself knows what they mean
        return None
    try:
        tree = ast.parse(example.source.strip(), mode="eval")
        call = tree.body if _is_call(tree.body, entry_point) else None
        if call is None and example.want.strip() == "True":
            call = _only_call(tree, entry_point)
        if call is None:
            return None
        args = tuple(ast.literal_eval(argument) for argument in call.args)
        kwargs = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
        if len(kwargs) < len(call.keywords):
            return None
        if example.exc_msg is None and not example.want:
            return None
        if example.exc_msg is not None:
            name = example.exc_msg.partition(":")[0].strip()
            return Case(args, kwargs=kwargs, raises=name) if hasattr(builtins, name) else None
        expected = ast.literal_eval(example.want.strip())
        wire.encode([args, kwargs, expected])  # NotPlainData, a TypeError: `...` is a literal too
        if call is tree.body:
            return Case(args, expected, kwargs)
        return Case(args, kwargs=kwargs, holds=ast.unparse(_Answer(call).visit(tree)))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


class _Answer(ast.NodeTransformer):
    """Puts the name `answer` in the place of a call."""

    def __init__(self, call: ast.Call) -> None:
        self._call = call

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return ast.Name("answer", ast.Load()) if node is self._call else self.generic_visit(node)


def _only_call(tree: ast.Expression, entry_point: str) -> ast.Call | None:
    """The one call of the function in an expression that makes it once, or never; None if there is no such call."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == entry_point]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_call(node, entry_point)]
    repeated = [inner for node in ast.walk(tree) if isinstance(node, REPEATING) for inner in ast.walk(node)]
    return calls[0] if len(names) == len(calls) == 1 and calls[0] not in repeated else None


def _is_call(node: ast.AST, entry_point: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry_point
