"""A program that reads its standard input and prints, with bounded pipes."""

import os
import select
from typing import Any

from textgym.sandbox.running_guest import GuestStopped, RunningGuest

MAX_OUTPUT_BYTES = 1 << 20
_MAX_ERROR_BYTES = 1 << 16


class Pipes:
    """The three standard streams of one guest, seen from the driver."""

    def __init__(self) -> None:
        self.theirs: list[int] = []
        their_input, self.input = os.pipe()
        self.output, their_output = os.pipe()
        self.errors, their_errors = os.pipe()
        self.theirs = [their_input, their_output, their_errors]
        for descriptor in (self.input, self.output, self.errors):
            os.set_blocking(descriptor, False)

    def close_theirs(self) -> None:
        """After the guest has got them: else the output would never end."""
        for descriptor in self.theirs:
            os.close(descriptor)

    def close(self) -> None:
        """Close the driver's ends."""
        for descriptor in (self.input, self.output, self.errors):
            if descriptor >= 0:
                os.close(descriptor)


def run_script(guest: RunningGuest, pipes: Pipes, job: dict[str, Any]) -> dict[str, Any]:
    """Run a program to its end.

    Args:
        guest: Has been given `pipes` as its streams, and told nothing yet.
        pipes: The driver's ends.
        job: As `jobs` makes it.

    Returns:
        `stdout`, `stderr`, and of `status` and `detail` what stopped it, if anything did.
    """
    output, errors = bytearray(), bytearray()
    waiting_input = memoryview(job["stdin"].encode("utf-8", "surrogatepass"))
    try:
        guest.start(job["timeout_s"], {"program": job["program"], "entry_point": None})
        _exchange(guest, pipes, waiting_input, {pipes.output: output, pipes.errors: errors})
    except GuestStopped:
        pass
    stopped = guest.stopped
    return {
        "stdout": output[:MAX_OUTPUT_BYTES].decode("utf-8", "replace"),
        "stderr": errors[-_MAX_ERROR_BYTES:].decode("utf-8", "replace"),
        "status": stopped.status if stopped else "",
        "detail": stopped.detail if stopped else "",
    }


def _exchange(
    guest: RunningGuest, pipes: Pipes, waiting_input: memoryview, received: dict[int, bytearray]
) -> None:
    """Until the guest has closed its streams and its socket, which its end does."""
    unfinished, guest_lives = set(received), True
    while unfinished or guest_lives:
        if not waiting_input and pipes.input >= 0:
            os.close(pipes.input)
            pipes.input = -1
        wanted = [(descriptor, select.POLLIN) for descriptor in unfinished]
        if pipes.input >= 0:
            wanted.append((pipes.input, select.POLLOUT))
        ready = guest.wait(select.POLLIN if guest_lives else 0, *wanted)
        for descriptor, _ in ready:
            if descriptor == pipes.input:
                waiting_input = _written(pipes.input, waiting_input)
            elif descriptor in unfinished:
                if not _read(descriptor, received[descriptor]):
                    unfinished.remove(descriptor)
            elif guest_lives:
                guest_lives = guest.listen()
                guest.ignore()
        if len(received[pipes.output]) > MAX_OUTPUT_BYTES:
            guest.stop("output_limit", f"printed more than {MAX_OUTPUT_BYTES} bytes")
        del received[pipes.errors][: -2 * _MAX_ERROR_BYTES]


def _written(descriptor: int, data: memoryview) -> memoryview:
    try:
        return data[os.write(descriptor, data[: 1 << 16]) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return memoryview(b"")  # the program does not want the rest


def _read(descriptor: int, into: bytearray) -> bool:
    """Whether there may be more."""
    try:
        data = os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return True
    into += data
    return bool(data)
