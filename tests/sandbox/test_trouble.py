"""What a batch makes of what a driver says, with a driver that says it."""

import os

import pytest

from textgym.errors import SandboxUnavailable
from textgym.sandbox import batch as batch_module
from textgym.sandbox import pool as pool_module
from textgym.sandbox.batch import Batch
from textgym.sandbox.worker import DriverHung, WorkerLost


class FakeWorker:
    """Answers from a list: a dict, or a `WorkerLost` to raise."""

    def __init__(self, answers):
        self.answers, self.jobs = answers, []
        self.reader, self.writer = os.pipe()
        os.write(self.writer, b"!")  # always readable

    def fileno(self):
        return self.reader

    def begin(self, job):
        self.jobs.append(job["program"])
        return 1e6

    def answer(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeSeat:
    def __init__(self, answers):
        self.fake, self.emptied = FakeWorker(answers), 0

    def prepare(self):
        pass

    def worker(self):
        return self.fake

    def empty(self):
        self.emptied += 1


class FakePool:
    def __init__(self, seat):
        self.seats = [seat]

    def borrow(self, *, wait):
        return self.seats.pop() if self.seats else None

    def give_back(self, seat):
        self.seats.append(seat)


JOB = {"program": "p", "timeout_s": 1.0}
PASSED = {"status": "passed"}
SUSPECT = {"status": "failed", "suspicion": "killed", "detail": ""}


class TestTrouble:
    """What a batch makes of what a driver says, with a driver that says it."""

    @pytest.fixture(autouse=True)
    def _no_pauses(self, monkeypatch):
        monkeypatch.setattr(batch_module, "pause", lambda attempt: None)
        monkeypatch.setattr(pool_module, "pause", lambda attempt: None)

    def run(self, *answers):
        seat = FakeSeat(list(answers))
        pool = FakePool(seat)
        try:
            return Batch(pool, [JOB]).run()[0], seat  # type: ignore[arg-type]
        finally:
            os.close(seat.fake.reader)
            os.close(seat.fake.writer)
            assert pool.seats == [seat]

    @pytest.mark.parametrize("times", [1, 7])
    def test_passing_trouble_is_waited_out(self, times):
        answer, seat = self.run(*[{"trouble": "fork"}] * times, PASSED)
        assert answer == PASSED
        assert seat.fake.jobs == ["p"] * (times + 1)

    def test_lasting_trouble_is_an_exception(self):
        with pytest.raises(SandboxUnavailable, match="fork: no more"):
            self.run(*[{"trouble": "fork: no more"}] * 8)

    @pytest.mark.parametrize("accident", [WorkerLost("gone"), SUSPECT])
    def test_one_accident_is_forgiven(self, accident):
        answer, seat = self.run(accident, PASSED)
        assert answer == PASSED
        assert seat.emptied == isinstance(accident, WorkerLost)

    def test_a_driver_that_hung_over_an_answer_needs_no_second_look(self):
        answer, seat = self.run(DriverHung("4 s"))
        assert (answer["status"], seat.fake.jobs, seat.emptied) == ("timeout", ["p"], 1)

    @pytest.mark.parametrize("accident", [WorkerLost("gone"), SUSPECT])
    def test_two_are_the_programs_fault_if_another_program_runs(self, accident):
        answer, seat = self.run(accident, accident, PASSED)
        assert answer["status"] == "crashed"
        assert seat.fake.jobs[-1] != "p"

    @pytest.mark.parametrize("canary", [WorkerLost("gone"), {"status": "failed"}, {"trouble": "fork"}])
    def test_two_are_an_exception_if_no_other_program_runs_either(self, canary):
        with pytest.raises(SandboxUnavailable, match="programs cannot be run"):
            self.run(WorkerLost("gone"), WorkerLost("gone"), canary)
