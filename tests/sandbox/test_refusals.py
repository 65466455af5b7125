"""Where there can be no sandbox, it says so."""

import errno
import os
import subprocess
import sys

import pytest

from textgym.errors import SandboxUnavailable
from textgym.sandbox import Case, CaseJob, Sandbox
from textgym.sandbox import pool as pool_module
from textgym.sandbox import sandbox as sandbox_module

ONE = CaseJob("def f():\n    return 1", "f", [Case((), 1)], timeout_s=20.0)


class TestRefusals:
    def test_a_worker_that_does_not_start_is_an_exception(self, monkeypatch):
        monkeypatch.setattr(pool_module, "pause", lambda attempt: None)
        monkeypatch.setattr(sys, "executable", "/nonexistent/python")
        with Sandbox(workers=1) as box, pytest.raises(SandboxUnavailable, match="no worker starts"):
            box.map([ONE])

    def test_so_is_one_that_runs_something_else(self, monkeypatch):
        monkeypatch.setattr(pool_module, "pause", lambda attempt: None)
        monkeypatch.setattr(sys, "executable", "/bin/true")
        with Sandbox(workers=1) as box, pytest.raises(SandboxUnavailable, match="no worker starts"):
            box.map([ONE])

    def test_no_memory_for_the_library_is_an_exception(self, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "memfd_create", full)
        with Sandbox(workers=1) as box, pytest.raises(SandboxUnavailable, match="No space left"):
            box.map([ONE])

    @pytest.mark.parametrize(
        "make", [Sandbox, lambda: Sandbox(workers=1), lambda: sandbox_module.shared_sandbox()]
    )
    def test_other_systems_are_refused_in_words(self, monkeypatch, make):
        sandbox_module._shared.cache_clear()
        # Neither macOS nor Windows can tell which processors a process may use.
        monkeypatch.delattr(os, "sched_getaffinity")
        monkeypatch.setattr(sandbox_module.sys, "platform", "darwin")
        with pytest.raises(SandboxUnavailable, match=r"needs Linux, this is darwin.*container"):
            make()

    def test_other_machines_are_refused_in_words(self, tmp_path):
        # As `setarch i686` would have it: the kernel says so of the process and its children.
        script = (
            "import ctypes; ctypes.CDLL(None).personality(0x0008)\n"
            "from textgym.sandbox import *\nSandbox(workers=1).map([ScriptJob('')])"
        )
        process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert "SandboxUnavailable: isolation 'strict' needs a table of system calls" in process.stderr

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"workers": 0}, "workers"),
            ({"isolation": "some"}, "isolation"),
            ({"memory_bytes": 1}, "memory_bytes"),
        ],
    )
    def test_arguments_are_checked(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            Sandbox(**arguments)

    def test_no_isolation_is_announced_and_still_judges_outside(self):
        sandbox_module._warn_once.cache_clear()
        with pytest.warns(UserWarning, match="destroy"):
            box = Sandbox(workers=1, isolation="none")
        with box:
            assert box.report["isolation"] == "none"
            assert "seccomp" not in box.report
            assert box.map([ONE])[0].passed
            assert not box.map([CaseJob("def f():\n    return 2", "f", [Case((), 1)])])[0].passed
            assert box.run("import os; print(len(os.listdir('/')) > 0)").stdout == "True\n"
