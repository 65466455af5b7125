"""The driver's side of one guest: messages and a deadline that the guest cannot touch."""

import select
import socket
import time
from typing import Any, NoReturn

from textgym.sandbox import guest, wire
from textgym.sandbox.fork_server import ForkServer
from textgym.sandbox.jobs import MAX_PROGRAM_CHARACTERS

# A guest that waits in vain for a processor is given more wall time: so many seconds for each one that it computed, and
# a second to get one at all. One that sleeps or blocks is given only the latter.
_WALL_PER_CPU = 8.0
_WALL_GRACE_S = 1.0
_SHORTEST_WAIT_S = 0.005
# The kernel's own limit is for the case that the driver does not see to it.
_CPU_GRACE_S = 10


class GuestStopped(BaseException):
    """A reason to end the program, whatever the test says. Tests cannot swallow it: see `RunningGuest.stopped`.

    Args:
        status: `"timeout"`, `"crashed"` or `"error"`.
        detail: What happened.
    """

    def __init__(self, status: str, detail: str = "") -> None:
        super().__init__(status, detail)
        self.status, self.detail = status, detail


class ParentGone(BaseException):
    """The process that wants the verdict has ended."""


class RunningGuest:
    """One guest from its fork to its end.

    Args:
        server: Who forks and kills.
        number: The guest's number there.
        connection: The driver's end of its socket.
        parent: Becomes readable when the trainer ends, or none.
    """

    def __init__(
        self, server: ForkServer, number: int, connection: socket.socket, parent: int | None
    ) -> None:
        self.stopped: GuestStopped | None = None
        self.ready = self.hung_up = False
        self.number = number
        self.received_bytes = 0
        self._server, self._connection, self._parent = server, connection, parent
        self._buffer = bytearray()
        self._limit_s, self._cpu_s, self._waited_s, self._check_at = 0.0, 0.0, 0.0, 0.0

    def start(self, limit_s: float, job: dict[str, Any]) -> None:
        """Hand the program over.

        Args:
            limit_s: Processor time that it may use. It may wait without computing for a second longer.
            job: What `guest.live` reads.
        """
        self._limit_s = limit_s
        self._check_at = time.monotonic() + limit_s
        if len(job["program"]) > MAX_PROGRAM_CHARACTERS:
            self.stop("error", f"the program is longer than {MAX_PROGRAM_CHARACTERS} characters")
        while not self.ready and self.listen():
            pass
        self.send({**job, "cpu_limit_s": int(limit_s) + _CPU_GRACE_S})

    def send(self, message: Any) -> None:
        """Send a message.

        Raises:
            GuestStopped: If it does not read it in time or has ended.
        """
        self.check_not_stopped()
        left = memoryview(wire.pack(message))
        while left:
            try:
                left = left[self._connection.send(left) :]
            except BlockingIOError:
                self.wait(select.POLLOUT)
            except OSError as error:
                self.hung_up = True
                self.stop("crashed", f"ended before it was called: {error.strerror}")

    def receive(self) -> Any:
        """The next message.

        Raises:
            GuestStopped: If none comes in time, or what comes is none.
        """
        self.check_not_stopped()
        while (message := self._next_message()) is None:
            if not self.listen():
                self.stop("crashed", "ended before it answered")
        return message[0]

    def listen(self) -> bool:
        """Take what has come, or wait for it; whether the guest is still there."""
        self._check_time_if_due()
        try:
            got = self._connection.recv(1 << 16)
        except BlockingIOError:
            self.wait(select.POLLIN)
            return True
        except OSError:
            got = b""
        # The first byte comes from the guest before the program is read.
        self._buffer += got if self.ready else got[len(guest.READY) :]
        self.ready = self.ready or bool(got)
        self.received_bytes += len(got)
        self.hung_up = not got
        return bool(got)

    def ignore(self) -> None:
        """Forget what has come."""
        self._buffer.clear()

    def _next_message(self) -> tuple[Any] | None:
        if len(self._buffer) < wire.HEADER.size:
            return None
        (size,) = wire.HEADER.unpack_from(self._buffer)
        if size > wire.MAX_MESSAGE_BYTES:
            self.stop("crashed", f"an answer of more than {wire.MAX_MESSAGE_BYTES} bytes")
        end = wire.HEADER.size + size
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[wire.HEADER.size : end])
        del self._buffer[:end]
        try:
            return (wire.unpack(body),)
        except wire.Malformed as error:
            self.stop("crashed", f"malformed answer: {error}")

    def wait(self, events: int, *others: tuple[int, int]) -> list[tuple[int, int]]:
        """Wait for the guest's socket or other descriptors.

        Args:
            events: Of `select.poll`, for the socket; 0 leaves it out.
            others: Further descriptors and their events.

        Returns:
            What `select.poll` gave; may be empty.

        Raises:
            GuestStopped: If its time is over.
            ParentGone: If nobody wants the verdict any more.
        """
        poller = select.poll()
        if events:
            poller.register(self._connection, events)
        for descriptor, wanted in others:
            poller.register(descriptor, wanted)
        if self._parent is not None:
            poller.register(self._parent, select.POLLIN)
        began = time.monotonic()
        ready = poller.poll(max(self._check_at - began, 0.0) * 1000)
        self._waited_s += time.monotonic() - began
        if any(descriptor == self._parent for descriptor, _ in ready):
            raise ParentGone
        self._check_time_if_due()
        return ready

    def _check_time_if_due(self) -> None:
        now = time.monotonic()
        if now < self._check_at:
            return
        self._cpu_s = self._server.cpu_s(self.number)
        if self._cpu_s >= self._limit_s:
            self.stop("timeout", f"more than {self._limit_s:g} s of processor time")
        if self._waited_s >= self._wall_limit_s():
            self.stop(
                "timeout", f"no answer in {self._limit_s + _WALL_GRACE_S:g} s in which it hardly computed"
            )
        # It cannot compute for longer than time passes, so nothing need be asked before this.
        left_s = min(self._limit_s - self._cpu_s, self._wall_limit_s() - self._waited_s)
        self._check_at = now + max(left_s, _SHORTEST_WAIT_S)

    def _wall_limit_s(self) -> float:
        return self._limit_s + _WALL_GRACE_S + _WALL_PER_CPU * self._cpu_s

    def stop(self, status: str, detail: str) -> NoReturn:
        """Give the program up, now and for good.

        Raises:
            GuestStopped: Always.
        """
        if self.stopped is None:
            self.stopped = GuestStopped(status, detail)
        raise self.stopped

    def check_not_stopped(self) -> None:
        """Once stopped, always stopped: a test that swallows everything cannot go on.

        Raises:
            GuestStopped: If `stop` was called before.
        """
        if self.stopped is not None:
            raise self.stopped

    def hang_up(self) -> None:
        """Close the connection. The guest is then to be ended by its number."""
        self._connection.close()
