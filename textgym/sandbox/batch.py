"""Many jobs over the workers of a pool, none of which waits for another."""

import select
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textgym.errors import SandboxUnavailable
from textgym.sandbox.pool import ATTEMPTS, Answer, Pool, Seat, pause
from textgym.sandbox.worker import DriverHung, WorkerLost

# A program that takes its worker down twice is to blame, if another program runs well after it.
_SUSPECT_LIMIT = 2
_CANARY = {
    "kind": "cases",
    "program": "def canary():\n    return 1",
    "entry_point": "canary",
    "cases": [
        {
            "call": [[], []],
            "expected": 1,
            "raises": None,
            "arguments_after": None,
            "tolerance": 0.0,
            "holds": None,
        }
    ],
    # Patient, since a run of hours ends if this fails, and on a busy machine the program may long wait its turn.
    "timeout_s": 60.0,
}


@dataclass(frozen=True)
class _Running:
    seat: Seat
    job: int
    overdue_at: float


class Batch:
    """One use of a pool.

    Args:
        pool: Whose workers to use.
        jobs: What the driver reads.
    """

    def __init__(self, pool: Pool, jobs: Sequence[Mapping[str, Any]]) -> None:
        self._pool, self._jobs = pool, jobs
        self._answers: list[Answer | None] = [None] * len(jobs)
        self._waiting = deque(range(len(jobs)))
        self._running: dict[int, _Running] = {}
        self._troubles: Counter[int] = Counter()
        self._suspicions: Counter[int] = Counter()

    def run(self) -> list[Answer]:
        """Do the jobs.

        Returns:
            Answers by position.

        Raises:
            SandboxUnavailable: If the system cannot run programs, after retries. No program causes this.
        """
        try:
            while self._waiting or self._running:
                self._begin_jobs()
                self._take_answers()
        finally:
            # Only after an exception: these are at work, and their answers would be taken for those of others.
            for running in self._running.values():
                running.seat.empty()
                self._pool.give_back(running.seat)
        return [answer for answer in self._answers if answer is not None]

    def _begin_jobs(self) -> None:
        seats: list[Seat] = []
        while len(seats) < len(self._waiting):
            seat = self._pool.borrow(wait=not self._running and not seats)
            if seat is None:
                break
            seat.prepare()
            seats.append(seat)
        while seats:
            seat = seats.pop()
            try:
                self._begin(seat, self._waiting.popleft())
            except BaseException:
                for unused in seats:
                    self._pool.give_back(unused)
                raise

    def _begin(self, seat: Seat, job: int) -> None:
        try:
            worker = seat.worker()
            limit_s = worker.begin(self._jobs[job])
        except WorkerLost as lost:
            # It ended while nothing ran on it.
            seat.empty()
            self._pool.give_back(seat)
            self._report_trouble(job, str(lost))
        except BaseException:
            seat.empty()
            self._pool.give_back(seat)
            raise
        else:
            self._running[worker.fileno()] = _Running(seat, job, time.monotonic() + limit_s)

    def _take_answers(self) -> None:
        poller = select.poll()
        for descriptor in self._running:
            poller.register(descriptor, select.POLLIN)
        soonest = min((running.overdue_at for running in self._running.values()), default=0.0)
        ready = poller.poll(max(soonest - time.monotonic(), 0.0) * 1000) if self._running else []
        now = time.monotonic()
        late = [descriptor for descriptor, running in self._running.items() if running.overdue_at <= now]
        for descriptor in {*late, *(descriptor for descriptor, _ in ready)}:
            running = self._running.pop(descriptor)
            try:
                self._finish(running, is_late=descriptor in late)
            except BaseException:
                running.seat.empty()
                raise
            finally:
                self._pool.give_back(running.seat)

    def _finish(self, running: _Running, *, is_late: bool) -> None:
        job = running.job
        try:
            if is_late:
                raise WorkerLost("the driver hangs")
            answer = running.seat.worker().answer()
        except DriverHung as hung:
            running.seat.empty()
            self._answers[job] = _lost("timeout", str(hung))
            return
        except WorkerLost as lost:
            running.seat.empty()
            self._suspect(running.seat, job, _lost("crashed", str(lost)))
            return
        if "trouble" in answer:
            self._report_trouble(job, answer["trouble"])
        elif "suspicion" in answer:
            self._suspect(running.seat, job, {**answer, "status": "crashed", "detail": answer["suspicion"]})
        else:
            self._answers[job] = answer

    def _report_trouble(self, job: int, trouble: str) -> None:
        self._troubles[job] += 1
        if self._troubles[job] >= ATTEMPTS:
            raise SandboxUnavailable(
                f"programs cannot be run: {trouble}. Look for a limit on processes, memory or descriptors"
            )
        pause(self._troubles[job] - 1)
        self._waiting.appendleft(job)

    def _suspect(self, seat: Seat, job: int, answer: Answer) -> None:
        self._suspicions[job] += 1
        if self._suspicions[job] < _SUSPECT_LIMIT:
            self._waiting.appendleft(job)
            return
        try:
            seat.worker().begin(_CANARY)
            works = seat.worker().answer().get("status") == "passed"
        except WorkerLost:
            works = False
        if not works:
            seat.empty()
            raise SandboxUnavailable(f"programs cannot be run: {answer['detail']}")
        self._answers[job] = answer


def _lost(status: str, detail: str) -> Answer:
    return {
        "status": status,
        "detail": detail,
        "stdout": "",
        "stderr": "",
        "exit_code": -9,
        "passed_cases": 0,
        "total_cases": 1,
        "wall_s": 0.0,
        "cpu_s": 0.0,
        "peak_bytes": 0,
    }
