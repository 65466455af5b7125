"""Programs and what they earn, by the sandbox of this process."""

import os
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from textgym.sandbox import Verdict, shared_sandbox
from textgym.tasks.code.problem import Problem, is_session

#: Processor time of an attempt in seconds: this where there is no solution to compare with.
TIME_LIMIT_S = 3.0
#: With one at least so many seconds, and so many times what the solution takes.
SHORTEST_LIMIT_S, TIMES_SOLUTION = 0.5, 20.0
_SOLUTION_LIMIT_S = 10.0
_REMEMBERED = 4096
# Of the limit: a program that is stopped for computing too long has used all of it.
_FULL_SHARE = 0.9


@dataclass(frozen=True)
class Outcome:
    """What a program did.

    Args:
        share: Of the hidden cases that it passed, in [0, 1].
        status: As in `textgym.sandbox.Verdict`.
        waited: Whether it was stopped although it had not computed for its time. It slept, or the machine stood still.
    """

    share: float
    status: str
    waited: bool = False

    @property
    def metrics(self) -> dict[str, float]:
        """Numbers for `Turn.metrics`."""
        return {
            "passed": float(self.share == 1.0),
            "passed_share": self.share,
            "load_error": float(self.status == "error"),
            "timeout": float(self.status == "timeout"),
            "crashed": float(self.status == "crashed"),
        }


Attempt = tuple[Problem, str]
"""A problem and a program for it."""

# Outcomes of this process: a choice view offers one program often, and a repair is judged with all that came before.
_remembered: OrderedDict[Attempt, Outcome] = OrderedDict()


def outcomes(attempts: Sequence[Attempt]) -> list[Outcome]:
    """Run programs against the hidden tests of their problems.

    Args:
        attempts: Problems and programs; equal ones are run once.

    Returns:
        Outcomes by position.

    Raises:
        SandboxUnavailable: If programs cannot be run here. A program never causes this.
    """
    known = {a: outcome for a in attempts if (outcome := _remembered.get(a)) is not None}
    new = [a for a in dict.fromkeys(attempts) if a not in known]
    known |= dict(zip(new, _run(new), strict=True))
    for attempt in new:
        if not known[attempt].waited:
            _remembered[attempt] = known[attempt]
    while len(_remembered) > _REMEMBERED:
        _remembered.popitem(last=False)
    return [known[attempt] for attempt in attempts]


def ensure_sandbox() -> None:
    """Start the sandbox of this process, if it does not run.

    Raises:
        SandboxUnavailable: If programs cannot be run here; the message says why.
    """
    _started(os.getpid())


def _run(attempts: Sequence[Attempt]) -> list[Outcome]:
    limits = [first_limit_s(problem) for problem, _ in attempts]
    found = _verdicts(attempts, limits)
    # The solution is only measured where it may matter: most attempts end in time.
    late = [i for i, outcome in enumerate(found) if outcome.status == "timeout"]
    longer = {i: limit_s(attempts[i][0]) for i in late}
    again = [i for i in late if longer[i] > limits[i]]
    for i, outcome in zip(
        again, _verdicts([attempts[i] for i in again], [longer[i] for i in again]), strict=True
    ):
        found[i] = outcome
    return found


def _verdicts(attempts: Sequence[Attempt], limits_s: Sequence[float]) -> list[Outcome]:
    if not attempts:
        return []
    jobs = [problem.job(program, limit) for (problem, program), limit in zip(attempts, limits_s, strict=True)]
    found = shared_sandbox().map(jobs)
    # Once more, because a pause of the machine is no fault of a program.
    idle = [i for i, verdict in enumerate(found) if _waited(verdict, limits_s[i])]
    for i, verdict in zip(idle, shared_sandbox().map([jobs[i] for i in idle]) if idle else (), strict=True):
        found[i] = verdict
    return [
        Outcome(_share(problem, v), v.status, _waited(v, limit))
        for (problem, _), v, limit in zip(attempts, found, limits_s, strict=True)
    ]


def _waited(verdict: Verdict, limit_s: float) -> bool:
    return verdict.status == "timeout" and verdict.cpu_s < _FULL_SHARE * limit_s


def _share(problem: Problem, verdict: Verdict) -> float:
    if verdict.passed or not is_session(problem.tests):
        return float(verdict.passed)
    return problem.share(verdict.passed_cases, verdict.total_cases)


def first_limit_s(problem: Problem) -> float:
    """How much processor time an attempt has at first; nothing is run to find that out."""
    return SHORTEST_LIMIT_S if problem.solution else TIME_LIMIT_S


@lru_cache(maxsize=1024)
def limit_s(problem: Problem) -> float:
    """How much processor time an attempt has, from what the solution takes.

    A solution that fails its own tests is a mistake of the file's, which does not end a training.
    """
    if not problem.solution:
        return TIME_LIMIT_S
    try:
        return shared_sandbox().timeout_from_reference(
            problem.job(problem.solution, _SOLUTION_LIMIT_S),
            factor=TIMES_SOLUTION,
            at_least_s=SHORTEST_LIMIT_S,
        )
    except ValueError as error:
        warnings.warn(
            f"the solution of the function {problem.entry_point!r} fails its own tests, so attempts have {TIME_LIMIT_S:g} "
            f"s: {error}",
            stacklevel=2,
        )
        return TIME_LIMIT_S


@lru_cache(maxsize=8)
def _started(process: int) -> None:
    shared_sandbox().report  # noqa: B018 - asking for it starts a worker
