"""What an agent is told about a program: what the examples of its prompt do, and nothing of the hidden cases."""

import json
import re
from collections.abc import Sequence
from inspect import getsource
from typing import Any

from textgym.sandbox import Case, RunResult, ScriptJob, comparison, shared_sandbox
from textgym.tasks.code.execution import Attempt, first_limit_s, limit_s
from textgym.tasks.code.problem import visible_examples

ALL_PASS = "All examples of the prompt pass, but other cases fail."
NONE_TO_SHOW = "The program loads, but cases fail."
_MAX_LINE_CHARS, _MAX_EXAMPLES, _MAX_FRAMES = 200, 3, 3
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")

# Compares as the judge does, but runs beside the program and believes what it sees: a program that lies here misleads nobody but its author.
_RUNNER = """\
import json, traceback
from textgym.sandbox import wire
source, examples = {source!r}, {examples!r}
report, judging = {{"results": []}}, {{"__name__": "judging"}}
exec({comparison!r}, judging)

def passes(got, expected):
    try:
        return judging["same"](wire.decode(wire.encode(got)), expected, tolerance={tolerance})
    except Exception:
        return False

def described(error):
    lines, frames = source.split("\\n"), traceback.extract_tb(error.__traceback__)
    own = [(f.lineno, f.name) for f in frames if f.filename == "<program>"][-{frames}:]
    if isinstance(error, SyntaxError) and error.filename == "<program>" and error.lineno:
        own = [(error.lineno, "<module>")]
    rows = ["line %d, in %s: %s" % (n, name, lines[n - 1].strip() if n <= len(lines) else "") for n, name in own]
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return rows + [type(error).__name__ + (": " + text if text else "")]

try:
    space = {{"__name__": "solution"}}
    exec(compile(source, "<program>", "exec"), space)
    for call, expected in examples:
        try:
            got = eval(call, space)
            shown = "got      " + repr(got)[:500]
            report["results"].append([passes(got, eval(expected)), shown])
        except BaseException as error:
            report["results"].append([False, *described(error)])
except BaseException as error:
    report["load"] = described(error)
print("\\n" + json.dumps(report))
"""


def reports(attempts: Sequence[Attempt]) -> list[str]:
    """What to tell about programs that do not pass all hidden cases.

    Args:
        attempts: Problems and programs.

    Returns:
        For each the failing examples of the prompt with what the program returned or raised, and where.
    """
    results = _run(attempts, [first_limit_s(problem) for problem, _ in attempts])
    late = [i for i, result in enumerate(results) if result.status == "timeout"]
    again = [i for i in late if limit_s(attempts[i][0]) > first_limit_s(attempts[i][0])]
    longer = _run([attempts[i] for i in again], [limit_s(attempts[i][0]) for i in again])
    for i, result in zip(again, longer, strict=True):
        results[i] = result
    return [
        _worded(visible_examples(problem.prompt, problem.entry_point), result)
        for (problem, _), result in zip(attempts, results, strict=True)
    ]


def _run(attempts: Sequence[Attempt], limits_s: Sequence[float]) -> list[RunResult]:
    jobs: list[ScriptJob] = []
    for (problem, program), limit in zip(attempts, limits_s, strict=True):
        text = _RUNNER.format(
            source=program,
            examples=list(visible_examples(problem.prompt, problem.entry_point)),
            frames=_MAX_FRAMES,
            comparison=getsource(comparison),
            tolerance=Case.tolerance,
        )
        jobs.append(ScriptJob(text, timeout_s=limit))
    return shared_sandbox().map(jobs) if jobs else []


def _worded(examples: Sequence[tuple[str, str]], result: RunResult) -> str:
    if result.status == "timeout":
        return "The program takes too long."
    found = _read(result.stdout)
    if found is None:
        return "The program ends before it returns."
    if found["load"]:
        return "\n".join(["The program does not load:", *found["load"]])
    failing = [
        "\n".join([f">>> {_short(call)}", f"expected {_short(expected)}", *lines])
        for (call, expected), (passed, lines) in zip(examples, found["results"], strict=False)
        if not passed
    ]
    if failing:
        return "\n".join(["The program fails these examples:", *failing[:_MAX_EXAMPLES]])
    return ALL_PASS if examples else NONE_TO_SHOW


def _read(printed: str) -> dict[str, Any] | None:
    """The report, if the last line is one; the program may have written anything."""
    try:
        report = json.loads(printed.rstrip("\n").rpartition("\n")[2])
        results = [(row[0] is True, _lines(row[1:])) for row in report["results"]]
        return {"load": _lines(report.get("load", [])), "results": results}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


def _lines(values: Any) -> list[str]:
    return [_short(value) for value in list(values)[: _MAX_FRAMES + 1] if isinstance(value, str)]


def _short(text: str) -> str:
    # Where objects lie in memory differs from run to run.
    line = _ADDRESS.sub("0x...", " ".join(text.split("\n"))).encode("utf-8", "replace").decode()
    return line if len(line) <= _MAX_LINE_CHARS else line[: _MAX_LINE_CHARS - 4] + " ..."
