"""Many programs, some hostile: every verdict right, nothing piles up, nothing is left."""

import os
import random
from pathlib import Path

import pytest

from textgym.sandbox import Case, CaseJob, Sandbox, TestJob

HOSTILE = [
    "def f(a, b):\n    return 'Yes'",
    "import os\nos._exit(0)",
    "import os\ndef f(a, b):\n    os._exit(0)",
    "def f(a, b):\n    return 'x' * (6 << 20)",
    "def f(a, b):\n    return bytearray(8 << 30)",
    "import os\nos.write(3, os.urandom(1000))\ndef f(a, b):\n    return 0",
    "import os\nfor n in range(60):\n    try: os.write(n, b'\\0\\0\\0\\0' * 99)\n    except OSError: pass\ndef f(a, b): return 0",
    "import os\nfds = []\nwhile True:\n    fds += os.pipe()",
    "import os\nos.fork()\nos.fork()\ndef f(a, b): return 0",
    "import ctypes\nctypes.string_at(0)",
    "import sys\nsys.setrecursionlimit(10 ** 4)\ndef f(a, b): return f(b, a)",
    "import signal\nsignal.alarm(1)\nsignal.raise_signal(9)\ndef f(a, b): return 0",
    "raise SystemExit(0)",
    "import builtins\ndel builtins.len\ndef f(a, b): return 0",
    "class Yes(int):\n    __eq__ = lambda *a: True\ndef f(a, b): return Yes(0)",
    "def f(a, b):\n    raise KeyboardInterrupt",
]
ENDLESS = ["while True: pass", "import time\ntime.sleep(99)", "def f(a, b):\n    while True: pass"]


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files(pid: int) -> int:
    """How many descriptors a process has; 0 if only root may know."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        return 0


def parents() -> dict[int, int]:
    """The parent of every process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    return parents


def descendants() -> list[int]:
    """Processes of this test run's sandbox: drivers, zygotes and guests."""
    found, parent_of = {os.getpid()}, parents()
    for _ in range(5):
        found |= {child for child, parent in parent_of.items() if parent in found}
    return sorted(found - {os.getpid()})


def drivers() -> set[int]:
    return {child for child, parent in parents().items() if parent == os.getpid()}


def job_and_verdict(rng: random.Random):
    """A program with what must be said of it."""
    a, b = rng.randrange(1000), rng.randrange(1000)
    kind = rng.random()
    if kind < 0.3:
        program = rng.choice(ENDLESS if kind < 0.005 else HOSTILE)
    else:
        program = f"def f(a, b):\n    return a {'+' if kind < 0.9 else '-'} b + 1"
    right = 0.3 <= kind < 0.9
    if rng.random() < 0.5:
        cases = [Case((a, b), a + b + 1), Case((1, 2), 4)]
        return CaseJob(program, "f", cases, timeout_s=0.4 if kind < 0.005 else 20.0), right
    test = f"def check(c):\n    assert c({a}, {b}) == {a + b + 1}\n    assert c(1, 2) == 4"
    return TestJob(program, "f", test, timeout_s=0.4 if kind < 0.005 else 20.0), right


@pytest.mark.parametrize("n_programs", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_soak(n_programs):
    rng = random.Random(0)
    before = set(descendants())
    with Sandbox(workers=2) as box:

        def batch(n):
            jobs, expected = zip(*[job_and_verdict(rng) for _ in range(n)], strict=True)
            judged = zip(jobs, box.map(jobs), expected, strict=True)
            assert [(job.program, v) for job, v, right in judged if v.passed != right] == []

        batch(n_programs // 3)  # caches fill
        processes, same = sorted(set(descendants()) - before), drivers()
        descriptors, own = len(os.listdir("/proc/self/fd")), resident_bytes(os.getpid())
        sizes = {pid: resident_bytes(pid) for pid in processes}
        open_before = {pid: open_files(pid) for pid in processes}
        for _ in range(4):
            batch(n_programs // 6)
        assert drivers() == same
        assert len(os.listdir("/proc/self/fd")) == descriptors
        assert resident_bytes(os.getpid()) - own < 5 << 20
        for pid in set(descendants()) & set(processes):
            assert resident_bytes(pid) - sizes[pid] < 5 << 20
            assert open_files(pid) <= open_before[pid] + 1
    assert set(descendants()) <= before
