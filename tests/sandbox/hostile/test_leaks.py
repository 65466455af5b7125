"""After many hostile programs the processes are the same and no larger."""

import os
import random
import re
from pathlib import Path

import pytest

from textgym.sandbox import Sandbox, TestJob

# Quick ones; those that take the driver down by design are elsewhere.
LEFT_OUT = {"aborts", "trashes_its_heap", "hash_bomb", "large_answer"}


def resident_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


def open_files(pid):
    """How many descriptors a process has; none if only root may know."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        return None


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_processes_descriptors_and_memory_stay(driver, outside, attacks_of, rounds):
    attacks = [a for kind in ("forgeries", "odd", "escapes") for a in attacks_of(kind)]
    attacks = [a for a in attacks if a.timeout_s < 1 and a.name not in LEFT_OUT]
    test = f"def check(c):\n    assert c(3) == {outside.answer!r}\n    assert c(10) == {outside.answer!r}"
    hostile = [TestJob(outside.prelude() + a.source, "f", test, timeout_s=0.1) for a in attacks]
    honest = TestJob("def f(x):\n    return x + 1", "f", "assert f(1) == 2\nassert f(2) == 3", timeout_s=10.0)
    rng = random.Random(0)
    if rounds == 1:
        hostile = rng.sample(hostile, 60)
    with Sandbox(workers=1) as box:
        assert box.map([honest] * 20)[-1].passed
        (pid,) = driver() - driver.before
        box.map(hostile)
        before = (open_files("self"), open_files(pid))
        size = resident_kb(pid)
        for _ in range(rounds):
            rng.shuffle(hostile)
            jobs = [job for pair in zip(hostile, [honest] * len(hostile), strict=True) for job in pair]
            verdicts = box.map(jobs)
            assert [verdict.passed for verdict in verdicts] == [False, True] * len(hostile)
        assert driver() - driver.before == {pid}
        assert (open_files("self"), open_files(pid)) == before
        assert resident_kb(pid) < size + 16 * 1024
    assert driver() == driver.before
