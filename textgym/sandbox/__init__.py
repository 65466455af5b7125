"""Run untrusted Python and judge it from outside its process."""

from textgym.sandbox.jobs import Case, CaseJob, DoctestJob, RunResult, ScriptJob, TestJob, Verdict
from textgym.sandbox.sandbox import Sandbox, shared_sandbox

__all__ = [
    "Case",
    "CaseJob",
    "DoctestJob",
    "RunResult",
    "Sandbox",
    "ScriptJob",
    "TestJob",
    "Verdict",
    "shared_sandbox",
]
