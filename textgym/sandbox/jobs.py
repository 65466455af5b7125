"""What is asked of the sandbox and what it answers."""

import builtins
import functools
import symtable
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from textgym.errors import InvalidValue, check_text
from textgym.sandbox import wire

DEFAULT_TIMEOUT_S = 3.0
MAX_PROGRAM_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class Case:
    """One call and what it should do.

    Args:
        args: Positional arguments, plain data.
        expected: What it should return.
        kwargs: Keyword arguments.
        raises: Name of the builtin exception that it should raise instead, such as `"ValueError"`.
        args_after: What all arguments should be afterwards, keyword arguments last; none if it does not matter.
        tolerance: Relative and absolute difference that a number may have from an expected float.
        holds: Trusted source of an expression in `answer`, for results of which several are right. It must be True of
            what is returned, which need not be `expected` then.

    Raises:
        InvalidValue: If `holds` is no expression, or names something else than `answer` and builtins.
    """

    args: Sequence[Any] = ()
    expected: Any = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    raises: str | None = None
    args_after: Sequence[Any] | None = None
    tolerance: float = 1e-9
    holds: str | None = None

    def __post_init__(self) -> None:
        if self.holds is not None:
            _check_expression(check_text("holds", self.holds))


@dataclass(frozen=True)
class Verdict:
    """Whether a program did what its test asks.

    Args:
        passed: Whether the test ran to its end and everything in it held.
        status: `"passed"`; `"failed"` (a wrong answer or an exception); `"timeout"`; `"crashed"` (it ended, or
            sent nonsense); `"error"` (it does not load, or the test never called it).
        detail: One line for people. It may quote the test or the program: show neither to an agent.
        passed_cases: How many cases or examples held; for a test as text 1 or 0.
        total_cases: How many there are.
        wall_s: From the hand-over of the program to its end.
        cpu_s: Processor time of the program.
        peak_bytes: Its largest resident memory, with what it shares with others (about 20 MB).
    """

    passed: bool
    status: str
    detail: str
    passed_cases: int
    total_cases: int
    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True)
class RunResult:
    """What a program did that reads its standard input and prints.

    Args:
        status: `"ok"` (exit code 0), `"failed"` (another one), `"timeout"`, `"crashed"` (a signal) or
            `"output_limit"`.
        detail: One line for people.
        stdout: What it printed, at most 1 MiB, undecodable bytes replaced.
        stderr: The end of what it printed there, at most 64 KiB.
        exit_code: As in `subprocess`: a negative number is a signal.
        wall_s: From the hand-over of the program to its end.
        cpu_s: Processor time of the program.
        peak_bytes: Its largest resident memory, with what it shares with others.
    """

    status: str
    detail: str
    stdout: str
    stderr: str
    exit_code: int
    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True)
class TestJob:
    """A program and a test as text, in the manner of HumanEval and MBPP.

    Args:
        program: Untrusted source.
        entry_point: Name of the function, or another expression that gives a callable, such as
            `"Solution().solve"`.
        test: Trusted source: a function `check(candidate)`, or assertions that name the entry point.
        prelude: Trusted source to run before the test, such as the prompt with its helper functions.
        timeout_s: Processor time of the program. It may wait without computing for a second longer.
        objects: Whether it may return objects of its own, for tests of classes.
        mutable_arguments: Whether what it does to its arguments happens to the test's objects.
    """

    __test__ = False  # not one of pytest's

    program: str
    entry_point: str
    test: str
    prelude: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S
    objects: bool = False
    mutable_arguments: bool = False

    def to_wire(self) -> dict[str, Any]:
        """What the driver reads."""
        return {"kind": "test", **vars(self), "program": _clipped(self.program)}


@dataclass(frozen=True)
class CaseJob:
    """A program and a list of cases.

    Args:
        program: Untrusted source.
        entry_point: Name of the function, or an expression that gives a callable.
        cases: What to call it with, in order, in one process.
        timeout_s: Processor time of the program for all cases.
    """

    program: str
    entry_point: str
    cases: Sequence[Case]
    timeout_s: float = DEFAULT_TIMEOUT_S

    def to_wire(self) -> dict[str, Any]:
        """What the driver reads."""
        cases = [_case_to_wire(case) for case in self.cases]
        return {"kind": "cases", **vars(self), "program": _clipped(self.program), "cases": cases}


@dataclass(frozen=True)
class DoctestJob:
    """A program and the examples of an interactive session.

    Args:
        program: Untrusted source.
        entry_point: Name of the function or class.
        examples: Trusted text with `>>>` examples, such as a prompt; never the program's own docstring.
        prelude: Trusted source to run before.
        timeout_s: Processor time of the program for all examples.
        objects: Whether it may return objects of its own.
    """

    program: str
    entry_point: str
    examples: str
    prelude: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S
    objects: bool = False

    def to_wire(self) -> dict[str, Any]:
        """What the driver reads."""
        return {"kind": "doctest", **vars(self), "program": _clipped(self.program)}


@dataclass(frozen=True)
class ScriptJob:
    """A program that reads its standard input and prints.

    Args:
        program: Untrusted source.
        stdin: What it can read.
        timeout_s: Processor time of the program.
    """

    program: str
    stdin: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S

    def to_wire(self) -> dict[str, Any]:
        """What the driver reads."""
        return {"kind": "script", **vars(self), "program": _clipped(self.program)}


Job = TestJob | CaseJob | DoctestJob | ScriptJob


@functools.lru_cache(maxsize=512)
def _check_expression(source: str) -> None:
    """Refuse what would fail whatever a program answers."""
    try:
        tables = [symtable.symtable(source.strip(), "holds", "eval")]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidValue(
            f"holds must be an expression in `answer`, got {source[:80]!r}: {error}"
        ) from error
    for table in tables:
        tables += table.get_children()
    symbols = [symbol for table in tables for symbol in table.get_symbols() if symbol.is_global()]
    names = {s.get_name() for s in symbols} - {s.get_name() for s in symbols if s.is_assigned()}
    if "answer" not in names:
        raise InvalidValue(f"holds must be an expression in `answer`, got {source!r}, which does not name it")
    if unknown := names - {"answer"} - vars(builtins).keys():
        raise InvalidValue(
            f"holds may name `answer` and builtins, got {source!r} with {', '.join(sorted(unknown))}"
        )


def _clipped(program: str) -> str:
    # Enough for the driver to see that it is too long. All of it might be more than a message can hold, which would
    # look like trouble of the system.
    return program[: MAX_PROGRAM_CHARACTERS + 1]


def _case_to_wire(case: Case) -> dict[str, Any]:
    return {
        "call": [
            [wire.encode(argument) for argument in case.args],
            [[name, wire.encode(value)] for name, value in case.kwargs.items()],
        ],
        "expected": wire.encode(case.expected),
        "raises": case.raises,
        "arguments_after": None if case.args_after is None else wire.encode(list(case.args_after)),
        "tolerance": case.tolerance,
        "holds": case.holds,
    }


def answer_from_wire(job: Job, answer: Mapping[str, Any]) -> Verdict | RunResult:
    """What the driver found, checked."""
    usage = {
        "wall_s": float(answer["wall_s"]),
        "cpu_s": float(answer["cpu_s"]),
        "peak_bytes": int(answer["peak_bytes"]),
    }
    status, detail = str(answer["status"]), str(answer["detail"])
    if isinstance(job, ScriptJob):
        code = int(answer["exit_code"])
        return RunResult(
            status=status or ("crashed" if code < 0 else "failed" if code else "ok"),
            detail=detail,
            stdout=str(answer["stdout"]),
            stderr=str(answer["stderr"]),
            exit_code=code,
            **usage,
        )
    return Verdict(
        passed=status == "passed",
        status=status,
        detail=detail,
        passed_cases=int(answer["passed_cases"]),
        total_cases=int(answer["total_cases"]),
        **usage,
    )
