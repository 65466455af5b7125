"""The sandbox as its users see it."""

import functools
import importlib.util
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, overload

from textgym.errors import SandboxUnavailable
from textgym.sandbox.batch import Batch
from textgym.sandbox.jobs import (
    DEFAULT_TIMEOUT_S,
    Case,
    CaseJob,
    DoctestJob,
    Job,
    RunResult,
    ScriptJob,
    TestJob,
    Verdict,
    answer_from_wire,
)
from textgym.sandbox.lockdown import Settings
from textgym.sandbox.pool import Pool

Isolation = Literal["strict", "none"]


class Sandbox:
    """Runs untrusted Python and judges it from outside.

    Workers are started when first needed and end with `close`, with the `with` block, or with the process,
    however it ends. A sandbox may be used by several threads. A copy of it, by pickling or in a forked process,
    starts workers of its own.

    Args:
        workers: Programs that run at once; as many as this process may use processors if none.
        isolation: `"strict"` locks programs up and refuses to work where that is impossible. `"none"` does
            not protect this machine from them; verdicts are still reached outside their process.
        memory_bytes: Memory of a program on top of the interpreter's.
        numpy: Whether programs and tests may import NumPy, which must be installed here.

    Raises:
        ValueError: If an argument is out of range.
        SandboxUnavailable: If this is no Linux, or NumPy is asked for and missing.
    """

    def __init__(
        self,
        workers: int | None = None,
        isolation: Isolation = "strict",
        *,
        memory_bytes: int = 512 << 20,
        numpy: bool = False,
    ) -> None:
        _check_platform()
        workers = len(os.sched_getaffinity(0)) if workers is None else workers
        if not isinstance(workers, int) or workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        if isolation not in ("strict", "none"):
            raise ValueError(f"isolation must be 'strict' or 'none', got {isolation!r}")
        if memory_bytes < 16 << 20:
            raise ValueError(f"memory_bytes must be at least 16 MiB, got {memory_bytes}")
        self._arguments = (workers, isolation, memory_bytes, numpy)
        self._settings = Settings(isolation, memory_bytes, _numpy_folder() if numpy else None)
        self._pool: Pool | None = None
        self._starting = threading.Lock()
        self._closed = False
        if isolation == "none":
            _warn_once()

    def check(
        self,
        program: str,
        *,
        entry_point: str,
        test: str,
        prelude: str = "",
        timeout_s: float = DEFAULT_TIMEOUT_S,
        objects: bool = False,
        mutable_arguments: bool = False,
    ) -> Verdict:
        """Judge a program by a test as text; see `TestJob`."""
        job = TestJob(program, entry_point, test, prelude, timeout_s, objects, mutable_arguments)
        return self.map([job])[0]

    def check_cases(
        self, program: str, *, entry_point: str, cases: Sequence[Case], timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> Verdict:
        """Judge a program by calls and what they should do; see `CaseJob`."""
        return self.map([CaseJob(program, entry_point, cases, timeout_s)])[0]

    def check_doctest(
        self,
        program: str,
        *,
        entry_point: str,
        examples: str,
        prelude: str = "",
        timeout_s: float = DEFAULT_TIMEOUT_S,
        objects: bool = False,
    ) -> Verdict:
        """Judge a program by the examples of an interactive session; see `DoctestJob`."""
        return self.map([DoctestJob(program, entry_point, examples, prelude, timeout_s, objects)])[0]

    def run(self, program: str, stdin: str = "", *, timeout_s: float = DEFAULT_TIMEOUT_S) -> RunResult:
        """Run a program that reads its standard input and prints; see `ScriptJob`."""
        return self.map([ScriptJob(program, stdin, timeout_s)])[0]

    @overload
    def map(self, jobs: Sequence[TestJob | CaseJob | DoctestJob]) -> list[Verdict]: ...
    @overload
    def map(self, jobs: Sequence[ScriptJob]) -> list[RunResult]: ...
    def map(self, jobs: Sequence[Job]) -> list[Any]:
        """Do many jobs, with every worker busy until the last one.

        Args:
            jobs: Of any kinds.

        Returns:
            Their verdicts or results, by position.

        Raises:
            ValueError: If a time limit is not positive.
            NotPlainData: If a case holds something that does not cross between processes.
            SandboxUnavailable: If programs cannot be run here. A program never causes this.
        """
        for job in jobs:
            if not 0 < job.timeout_s <= 3600:
                raise ValueError(f"timeout_s must be over 0 and at most 3600, got {job.timeout_s}")
        answers = Batch(self._running_pool(), [job.to_wire() for job in jobs]).run()
        return [answer_from_wire(job, answer) for job, answer in zip(jobs, answers, strict=True)]

    def timeout_from_reference(
        self, reference: Job, *, factor: float = 20.0, at_least_s: float = 0.5
    ) -> float:
        """A time limit for attempts at a task, from what its reference solution takes here.

        Endless loops dominate the cost of judging, so the limit should be no longer than the task needs.

        Args:
            reference: The job with the reference solution as its program.
            factor: Times its processor time.
            at_least_s: Shortest limit.

        Returns:
            Seconds.

        Raises:
            ValueError: If the reference fails its own test.
        """
        (answer,) = self.map([reference])  # type: ignore[list-item]
        if answer.status not in ("passed", "ok"):
            raise ValueError(f"the reference solution must pass, got {answer.status}: {answer.detail}")
        return max(at_least_s, factor * answer.cpu_s)

    @property
    def report(self) -> Mapping[str, str]:
        """Which protections are on, `"on"` or why not, by name. Starts a worker if none runs."""
        pool = self._running_pool()
        seat = pool.borrow(wait=True)
        assert seat is not None
        try:
            found = seat.worker().report()
        except BaseException:
            seat.empty()
            raise
        finally:
            pool.give_back(seat)
        return MappingProxyType({"isolation": self._settings.isolation, **found})

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        if self._pool is not None:
            self._pool.close()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self):
        workers, isolation, memory_bytes, numpy = self._arguments
        return _rebuilt, (workers, isolation, memory_bytes, numpy)

    def _running_pool(self) -> Pool:
        with self._starting:
            if self._closed:
                raise SandboxUnavailable("this sandbox is closed")
            if self._pool is not None and self._pool.owner != os.getpid():
                self._pool.close()
                self._pool = None
            if self._pool is None:
                self._pool = Pool(self._settings, self._arguments[0])
                # Also at the end of the process, and when nobody holds this sandbox any more.
                weakref.finalize(self, self._pool.close)
            return self._pool


class _SharedSandbox(Sandbox):
    """Belongs to all that ask for it: a `with` block does not end it, and after `close` the next job starts it again."""

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        with self._starting:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


@functools.cache
def _shared(
    process: int, workers: int | None, isolation: Isolation, memory_bytes: int, numpy: bool
) -> Sandbox:
    return _SharedSandbox(workers, isolation, memory_bytes=memory_bytes, numpy=numpy)


def shared_sandbox(
    workers: int | None = None,
    isolation: Isolation = "strict",
    *,
    memory_bytes: int = 512 << 20,
    numpy: bool = False,
) -> Sandbox:
    """The sandbox of this process with these arguments, see `Sandbox`.

    Nobody need close it: a `with` block leaves it open, and after `close` the next job starts it again.
    """
    return _shared(os.getpid(), workers, isolation, memory_bytes, numpy)


def _rebuilt(workers: int, isolation: Isolation, memory_bytes: int, numpy: bool) -> Sandbox:
    return Sandbox(workers, isolation, memory_bytes=memory_bytes, numpy=numpy)


@functools.cache
def _warn_once() -> None:
    warnings.warn(
        "isolation='none': programs can read and destroy whatever this user can, and leave processes behind",
        stacklevel=3,
    )


def _check_platform() -> None:
    if sys.platform != "linux":
        raise SandboxUnavailable(
            f"the sandbox needs Linux, this is {sys.platform}. Run it in a Linux container or virtual machine"
        )
    if not sys.executable:
        raise SandboxUnavailable("the sandbox needs the Python interpreter; sys.executable is empty here")


def _numpy_folder() -> str:
    spec = importlib.util.find_spec("numpy")
    if spec is None or spec.origin is None:
        raise SandboxUnavailable(
            "numpy=True needs NumPy in this environment; install it with: pip install numpy"
        )
    return os.path.dirname(os.path.dirname(spec.origin))
