"""Trusted tests against a program that runs elsewhere; everything here happens in the driver."""

import functools
import io
import signal
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from typing import Any

from textgym.sandbox import wire
from textgym.sandbox.candidate import Candidate
from textgym.sandbox.comparison import holds, same
from textgym.sandbox.literal_calls import literal_calls
from textgym.sandbox.running_guest import GuestStopped, ParentGone, RunningGuest

# Processor time of the trusted side for one program: hostile answers can make an innocent test slow.
_JUDGING_S = 3.0
# A single operation in C cannot be interrupted; then the kernel ends the driver with `HANGS`.
_HANGING_S = 4.0
HANGS = signal.SIGVTALRM
_MAX_DETAIL = 300

Findings = dict[str, Any]
"""`status`, `detail`, `passed_cases` and `total_cases`, as plain values."""


def judge(guest: RunningGuest, job: dict[str, Any]) -> Findings:
    """Test a program.

    Args:
        guest: Runs the program, and has been told nothing yet.
        job: As `jobs` makes it.

    Returns:
        What was found; `"passed"` only if the test ran to its end, called the program and nothing stopped it.
    """
    findings: Findings = {"status": "error", "detail": "", "passed_cases": 0, "total_cases": 1}
    try:
        with _limited_judging(guest):
            guest.start(
                job["timeout_s"],
                {
                    "program": job["program"],
                    "entry_point": job["entry_point"],
                    "objects": job.get("objects", False),
                    "captures_output": job["kind"] == "doctest",
                },
            )
            try:
                _JUDGES[job["kind"]](guest, job, findings)
            except (GuestStopped, ParentGone):
                raise
            except BaseException as failure:
                # Most often a wrong answer, or an exception of the program; SystemExit if the test calls exit().
                # The text is made within the limits: an object of the program in it is asked for its own.
                findings |= {"status": "failed", "detail": _described(failure)}
    except GuestStopped:
        pass
    if guest.stopped is not None:
        findings |= {"status": guest.stopped.status, "detail": guest.stopped.detail}
    findings["detail"] = _one_line(findings["detail"])
    return findings


def _described(failure: BaseException) -> str:
    try:
        text = str(failure)
    except Exception as error:  # an answer in it may be too long or too deep for text
        text = f"no text: {type(error).__name__}"
    return f"{type(failure).__name__}: {text}"


def _one_line(text: str) -> str:
    """Text of the program's choosing, fit for a log file or terminal: no line ends, escapes or surrogates."""
    return "".join(c if c.isprintable() else " " for c in text[:_MAX_DETAIL])


@contextmanager
def _limited_judging(guest: RunningGuest):
    def give_up(*_: object) -> None:
        guest.stop("timeout", f"the test took more than {_JUDGING_S:g} s of its own over the answers")

    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, _JUDGING_S)
    signal.setitimer(signal.ITIMER_VIRTUAL, _HANGING_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _judge_test(guest: RunningGuest, job: dict[str, Any], findings: Findings) -> None:
    """A test as text: a function `check(candidate)`, or assertions that name the entry point."""
    entry_point, mutable = job["entry_point"], job["mutable_arguments"]
    ahead = () if mutable or job["objects"] else literal_calls(job["test"], entry_point)
    candidate = Candidate(guest, ahead=ahead, objects=job["objects"], mutable_arguments=mutable)
    scope: dict[str, Any] = {"__name__": "__tests__"}
    exec(_compiled(job["prelude"]), scope)
    # Over the stub of the prelude; some tests name the function instead of their parameter.
    scope[entry_point] = candidate
    exec(_compiled(job["test"]), scope)
    if callable(check := scope.get("check")) and check is not candidate:
        check(candidate)
    # An `except:` of the test may have swallowed either.
    guest.check_not_stopped()
    if candidate.unreturned:
        findings |= {"status": "failed", "detail": f"not comparable: {candidate.unreturned}"}
    else:
        _conclude(candidate, findings, passed=1)


def _conclude(candidate: Candidate, findings: Findings, *, passed: int) -> None:
    findings["passed_cases"] = passed
    if not candidate.n_calls:
        findings |= {"status": "error", "detail": "the test never called the program", "passed_cases": 0}
    elif passed == findings["total_cases"]:
        findings |= {"status": "passed", "detail": ""}
    else:
        findings["status"] = "failed"


@functools.lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    return compile(source, "<test>", "exec", dont_inherit=True)


def _judge_cases(guest: RunningGuest, job: dict[str, Any], findings: Findings) -> None:
    """Arguments and expected results; all calls in one message, each answer compared as it comes."""
    cases = job["cases"]
    findings["total_cases"] = len(cases)
    wants_arguments = any(case["arguments_after"] is not None for case in cases)
    candidate = Candidate(guest, ahead=[case["call"] for case in cases], mutable_arguments=wants_arguments)
    for number, case in enumerate(cases):
        try:
            problem = _case_problem(candidate, case)
        except GuestStopped:
            guest_stopped = guest.stopped
            if guest_stopped is not None:
                guest_stopped.detail = f"case {number}: {guest_stopped.detail}"
            raise
        candidate.n_calls += 1
        if problem is None:
            findings["passed_cases"] += 1
        elif not findings["detail"]:
            findings["detail"] = f"case {number}: {problem}"
    _conclude(candidate, findings, passed=findings["passed_cases"])


def _case_problem(candidate: Candidate, case: dict[str, Any]) -> str | None:
    tolerance = case["tolerance"]
    try:
        answer, after = candidate.next_answer()
    except Exception as error:
        if not candidate.raised:
            return f"{error}"
        # The name that the program's side gave: some classes are not raised here.
        raised = candidate.raised
        return None if raised == case["raises"] else f"raised {raised}: {error}"
    if case["raises"] is not None:
        return f"did not raise {case['raises']}"
    try:
        if case["holds"] is not None:
            if not holds(answer, case["holds"]):
                return "what must hold of the answer does not"
        elif not same(answer, wire.decode(case["expected"]), tolerance=tolerance):
            return "wrong answer"
        expected_after = case["arguments_after"]
        if expected_after is not None and not same(after, wire.decode(expected_after), tolerance=tolerance):
            return "wrong arguments after the call"
    except Exception as error:
        return f"not comparable: {type(error).__name__}"
    return None


def _judge_doctest(guest: RunningGuest, job: dict[str, Any], findings: Findings) -> None:
    """Examples of an interactive session; what they show is made of the answers here."""
    import doctest  # here, because it loads the debugger, which would double the start of every worker

    candidate = Candidate(guest, objects=job["objects"])
    scope: dict[str, Any] = {"__name__": "__tests__"}
    exec(_compiled(job["prelude"]), scope)
    scope[job["entry_point"]] = candidate
    examples = doctest.DocTestParser().get_doctest(job["examples"], scope, "examples", None, 0)
    report = io.StringIO()
    with redirect_stdout(io.StringIO()):
        runner = doctest.DocTestRunner(verbose=False)
        failed, attempted = runner.run(examples, out=report.write, clear_globs=False)
    guest.check_not_stopped()
    findings["total_cases"] = attempted
    findings["detail"] = f"{failed} of {attempted} examples failed" if failed else ""
    _conclude(candidate, findings, passed=attempted - failed)


_JUDGES: dict[str, Callable[[RunningGuest, dict[str, Any], Findings], None]] = {
    "test": _judge_test,
    "cases": _judge_cases,
    "doctest": _judge_doctest,
}
