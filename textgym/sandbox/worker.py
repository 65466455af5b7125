"""One driver process, as the trainer sees it."""

import contextlib
import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from textgym.errors import SandboxUnavailable
from textgym.sandbox import wire
from textgym.sandbox.channel import Channel, ChannelClosed
from textgym.sandbox.fork_server import command, environment
from textgym.sandbox.judging import HANGS
from textgym.sandbox.lockdown import Settings

# The driver keeps the time; these are for a driver that hangs. The first is what `RunningGuest` may grant.
_WALL_PER_TIMEOUT = 9.0
_GRACE_S = 30.0
_START_S = 60.0
_FAREWELL_S = 2.0


class WorkerLost(Exception):
    """The driver did not start, ended, or hangs."""


class DriverHung(WorkerLost):
    """The answers of a program led the driver into an operation without end."""


class Worker:
    """A driver with its zygote.

    Args:
        settings: How to start them.
        image: Descriptor of the standard library.

    Raises:
        WorkerLost: If the driver cannot be started.
    """

    def __init__(self, settings: Settings, image: int) -> None:
        self._report: Mapping[str, str] | None = None
        connection, theirs = socket.socketpair()
        self._channel = Channel(connection)
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command("driver", str(theirs.fileno()), str(image), str(os.getpid())),
                    env=environment(),
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno(), image],
                    start_new_session=True,
                )
        except OSError as error:
            connection.close()
            raise WorkerLost(f"the driver did not start: {error}") from error
        connection.settimeout(_START_S)
        try:
            self._channel.send(asdict(settings))
        except OSError as error:
            self.kill()
            raise WorkerLost(f"the driver ended: {error}") from error

    def report(self) -> Mapping[str, str]:
        """State of each protection. Waits until the worker is ready.

        Raises:
            SandboxUnavailable: If the system refuses a required protection.
            WorkerLost: If it did not start for another reason.
        """
        if self._report is not None:
            return self._report
        answer = self.answer()
        if "unavailable" in answer:
            raise SandboxUnavailable(
                f"isolation 'strict' needs {answer['unavailable']}. It needs Linux 3.17 or newer on x86-64 or "
                "aarch64, and a container that allows seccomp. isolation='none' runs programs unprotected."
            )
        if "report" not in answer:
            raise WorkerLost(str(answer.get("trouble")))
        report: Mapping[str, str] = answer["report"]
        self._report = report
        return report

    def fileno(self) -> int:
        """Becomes readable when there is an answer."""
        return self._channel.fileno()

    def begin(self, job: Mapping[str, Any]) -> float:
        """Hand a job over.

        Returns:
            After how many seconds without an answer the driver must be taken for lost.

        Raises:
            WorkerLost: If it does not take it.
        """
        try:
            self._channel.send(job)
        except OSError as error:
            raise WorkerLost(f"the driver ended: {error}") from error
        return _WALL_PER_TIMEOUT * job["timeout_s"] + _GRACE_S

    def answer(self) -> Mapping[str, Any]:
        """The answer to the job that was begun.

        Raises:
            DriverHung: If the program's answers kept the driver from answering.
            WorkerLost: If there is none for another reason.
        """
        try:
            answer = self._channel.receive()
        except ChannelClosed as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                if self._process.wait(_FAREWELL_S) == -HANGS:
                    raise DriverHung("the test could not be finished over the program's answers") from error
            raise WorkerLost("the driver ended") from error
        except (OSError, wire.Malformed) as error:
            raise WorkerLost(f"the driver gave no answer: {error}") from error
        if not isinstance(answer, dict):
            raise WorkerLost("the driver gave no answer")
        return answer

    def close(self) -> None:
        """End the driver, the zygote and every guest; nothing of them remains."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It ends by itself when it sees the channel closed, and waits for the zygote before that.
            self._process.wait(_FAREWELL_S)
        self.kill()

    def kill(self) -> None:
        """End them at once. The zygote ends when it sees that the driver has."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        """Let go of a worker that a parent process started: its owner ends it."""
        self._channel.close()
        self._process.returncode = 0  # or Popen would warn that it is still running, and wait for it
