"""Processes come, die and go; trouble is never a verdict."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from textgym.errors import SandboxUnavailable
from textgym.sandbox import Case, CaseJob, Sandbox, shared_sandbox
from textgym.sandbox.batch import Batch

ONE = CaseJob("def f():\n    return 1", "f", [Case((), 1)], timeout_s=20.0)
PATIENCE_S = 60.0  # far more than anything here takes; only a failing test waits for it


def children(pid: int) -> set[int]:
    """Process ids of all descendants, zombies too."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def running(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def own_box():
    with Sandbox(workers=1) as box:
        yield box


class TestEnds:
    def test_nothing_is_left_after_close(self):
        before = children(os.getpid())
        with Sandbox(workers=2) as box:
            assert all(verdict.passed for verdict in box.map([ONE] * 4))
            ours = children(os.getpid()) - before
            assert len(ours) >= 4  # two drivers and two zygotes at least
        assert not children(os.getpid()) & ours
        assert not any(map(running, ours))

    @pytest.mark.parametrize("idle", [True, False])
    def test_nothing_is_left_when_the_parent_is_killed(self, idle):
        program = "while True: pass" if not idle else ""
        script = (
            "import sys; from textgym.sandbox import *\n"
            "box = Sandbox(workers=2); box.run(''); print('up', flush=True)\n"
            f"box.map([ScriptJob({program!r}, timeout_s=600.0)] * 2)\n"
            "input()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            # Both workers, each with its zygote and the zygote's child, and a guest.
            assert wait_until(lambda: len(children(process.pid)) >= (4 if idle else 6))
            ours = children(process.pid)
            process.kill()
        assert wait_until(lambda: not any(map(running, ours)))

    def test_nothing_is_left_when_a_forked_process_still_holds_the_sockets(self):
        script = (
            "import os, time; from textgym.sandbox import *\n"
            "box = Sandbox(workers=1); box.run('')\n"
            "pid = os.fork()\n"
            "if pid == 0: time.sleep(600); os._exit(0)\n"
            "print(pid, flush=True); input()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with process:
            assert process.stdout is not None
            forked = int(process.stdout.readline())
            ours = children(process.pid) - {forked}
            process.kill()
        try:
            assert ours
            assert wait_until(lambda: not any(map(running, ours)))
            assert running(forked)
        finally:
            os.kill(forked, signal.SIGKILL)

    def test_a_sandbox_that_nobody_closed_ends_with_its_process(self):
        script = "from textgym.sandbox import *; assert Sandbox(workers=1).run('print(1)').stdout == '1\\n'"
        process = subprocess.run(
            [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
        )
        assert (process.returncode, process.stdout, process.stderr) == (0, "", "")

    def test_a_closed_sandbox_refuses(self):
        box = Sandbox(workers=1)
        box.close()
        box.close()
        with pytest.raises(SandboxUnavailable, match="closed"):
            box.map([ONE])


class TestAccidents:
    @pytest.mark.parametrize("victim", [0, 1, -1])
    def test_a_worker_that_dies_between_programs_is_replaced(self, own_box, victim):
        before = children(os.getpid())
        assert own_box.map([ONE])[0].passed
        started = sorted(children(os.getpid()) - before)
        os.kill(started[victim], signal.SIGKILL)
        assert wait_until(lambda: not running(started[victim]))
        assert own_box.map([ONE])[0].passed

    def test_a_program_that_the_kernel_kills_for_want_of_memory_is_tried_again(self, own_box):
        own_box.map([ONE])
        before = children(os.getpid())
        killed = []

        def kill_once():
            # The newest process is the one that runs the program; its spare successor comes after it.
            if wait_until(lambda: busy(children(os.getpid()))):
                victim = busy(children(os.getpid()))[0]
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        def busy(pids):
            return [pid for pid in pids if utime(pid) > 20]

        def utime(pid):
            try:
                return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[11])
            except OSError:
                return 0

        killer = threading.Thread(target=kill_once)
        killer.start()
        slow = "import time\nend = time.process_time() + 1.0\nwhile time.process_time() < end: pass\n"
        verdict = own_box.map([CaseJob(slow + "def f():\n    return 1", "f", [Case((), 1)], 60.0)])[0]
        killer.join()
        assert killed
        assert before
        assert verdict.passed

    def test_a_program_that_hides_from_its_judge_fails(self, own_box):
        # Its end looks as if it had been killed from outside: tried twice, then blamed.
        hiding = "import os\nos.closerange(3, 40)\ndef f():\n    return 1\nwhile True:\n    pass"
        verdict = own_box.map([CaseJob(hiding, "f", [Case((), 1)])])[0]
        assert (verdict.passed, verdict.status) == (False, "crashed")
        assert own_box.map([ONE])[0].passed

    def test_an_answer_that_hangs_the_driver_fails(self, own_box):
        # A loop in C that no signal handler interrupts.
        verdict = own_box.check(
            "def f():\n    return range(10 ** 15)",
            entry_point="f",
            test="assert sum(f()) == 1",
            timeout_s=1.0,
        )
        assert (verdict.passed, verdict.status) == (False, "timeout")
        assert own_box.map([ONE])[0].passed

    def test_a_forked_process_starts_workers_of_its_own(self, own_box):
        assert own_box.map([ONE])[0].passed
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            passed = False
            try:
                passed = own_box.map([ONE])[0].passed
                own_box.close()
            finally:
                os.write(writer, b"y" if passed else b"n")
                os._exit(0)
        os.close(writer)
        assert own_box.map([ONE])[0].passed
        with open(reader, "rb") as pipe:
            assert pipe.read() == b"y"
        os.waitpid(pid, 0)
        assert own_box.map([ONE])[0].passed

    def test_an_interrupted_batch_does_not_leave_answers_for_the_next(self, own_box, monkeypatch):
        class Interrupt(BaseException):
            pass

        def interrupted(self):
            raise Interrupt

        with monkeypatch.context() as patch:
            patch.setattr(Batch, "_take_answers", interrupted)
            with pytest.raises(Interrupt):
                own_box.map([CaseJob("def f():\n    return 2", "f", [Case((), 3)])])
        assert own_box.map([ONE])[0].passed

    def test_threads_share_a_sandbox(self):
        with Sandbox(workers=2) as box:
            results = []

            def judge(n):
                jobs = [CaseJob(f"def f():\n    return {n}", "f", [Case((), n)], 20.0)] * 5
                results.append(all(verdict.passed for verdict in box.map(jobs)))

            threads = [threading.Thread(target=judge, args=(n,)) for n in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert results == [True] * 6

    def test_there_is_one_shared_sandbox(self):
        assert shared_sandbox(workers=1) is shared_sandbox(workers=1)
        assert shared_sandbox(workers=1) is not shared_sandbox(workers=2)

    def test_nobody_ends_the_shared_sandbox_for_the_others(self):
        with shared_sandbox(workers=1) as box:
            assert box.run("print(1)").stdout == "1\n"
        assert box.run("print(2)").stdout == "2\n"
        box.close()
        assert shared_sandbox(workers=1).run("print(3)").stdout == "3\n"
        box.close()
