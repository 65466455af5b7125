"""Workers of one process, started when first needed and lent to whoever has a job."""

import contextlib
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from textgym.errors import SandboxUnavailable
from textgym.sandbox.library_image import build_image
from textgym.sandbox.lockdown import Settings
from textgym.sandbox.worker import Worker, WorkerLost

# Trouble is waited out for 0.05 + 0.1 + 0.2 ... s, six seconds in all, before it is reported.
ATTEMPTS = 8
_FIRST_PAUSE_S = 0.05

Answer = Mapping[str, Any]


def pause(attempt: int) -> None:
    """Wait before the attempt after this one, counted from 0."""
    time.sleep(_FIRST_PAUSE_S * 2**attempt)


class Seat:
    """A place for one worker, which may have to be started anew.

    Args:
        settings: How to start it.
        image: Descriptor of the standard library.
    """

    def __init__(self, settings: Settings, image: int) -> None:
        self._settings, self._image = settings, image
        self._worker: Worker | None = None

    def prepare(self) -> None:
        """Start the worker if there is none, and do not wait for it: several start at once."""
        if self._worker is None:
            with contextlib.suppress(WorkerLost):  # `worker` tries again
                self._worker = Worker(self._settings, self._image)

    def worker(self) -> Worker:
        """The worker, ready for a job; started if there is none.

        Raises:
            SandboxUnavailable: If it does not start, after retries.
        """
        for attempt in range(ATTEMPTS):
            try:
                if self._worker is None:
                    self._worker = Worker(self._settings, self._image)
                self._worker.report()
                return self._worker
            except WorkerLost as lost:
                self.empty()
                if attempt + 1 == ATTEMPTS:
                    raise SandboxUnavailable(
                        f"no worker starts: {lost}. Look for a limit on processes, memory or descriptors"
                    ) from lost
                pause(attempt)
        raise AssertionError("unreachable")

    def empty(self) -> None:
        """Kill the worker."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def disown(self) -> None:
        """Let go of the worker, which another process owns."""
        if self._worker is not None:
            self._worker.disown()
            self._worker = None


class Pool:
    """Up to `size` workers, for any number of threads of this process.

    Args:
        settings: How to start them.
        size: How many.

    Raises:
        SandboxUnavailable: If there is no memory for the standard library.
    """

    def __init__(self, settings: Settings, size: int) -> None:
        self.owner = os.getpid()
        try:
            self._image = build_image()
        except OSError as error:
            raise SandboxUnavailable(f"the standard library cannot be put into memory: {error}") from error
        self._seats = [Seat(settings, self._image) for _ in range(size)]
        self._idle = list(reversed(self._seats))
        self._changed = threading.Condition()
        self._closed = False

    def borrow(self, *, wait: bool) -> Seat | None:
        """A seat that nobody uses.

        Args:
            wait: Until there is one.

        Returns:
            The seat, to be given back, or none.

        Raises:
            SandboxUnavailable: If the pool is closed.
        """
        with self._changed:
            while wait and not self._idle and not self._closed:
                self._changed.wait()
            if self._closed:
                raise SandboxUnavailable("this sandbox is closed")
            # The one that was returned last: its worker runs, and others may never be needed.
            return self._idle.pop() if self._idle else None

    def give_back(self, seat: Seat) -> None:
        """Return a seat that was borrowed."""
        with self._changed:
            if self._closed:
                seat.close()
            else:
                self._idle.append(seat)
                self._changed.notify()

    def close(self) -> None:
        """End all workers; those at work are ended when they are given back.

        In a process that was forked from the owner, only let go of them.
        """
        if self.owner != os.getpid():
            # Without the lock: a thread that does not exist here may hold it.
            if not self._closed:
                self._closed = True
                for seat in self._seats:
                    seat.disown()
                os.close(self._image)
            return
        with self._changed:
            if self._closed:
                return
            self._closed = True
            for seat in self._idle:
                seat.close()
            self._changed.notify_all()
            os.close(self._image)
