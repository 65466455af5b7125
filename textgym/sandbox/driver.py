"""The trusted process of a worker: holds tests and answers, keeps the time, decides.

It is executed afresh, with an empty environment, so that neither data nor secrets of the trainer are in it, and
locked nearly as tightly as a guest, because it reads what hostile programs send.
"""

import gc
import os
import select
import signal
import socket
import time
from typing import Any

from textgym.sandbox import lockdown
from textgym.sandbox.channel import Channel, ChannelClosed
from textgym.sandbox.fork_server import Ended, ForkFailed, ForkServer
from textgym.sandbox.judging import judge
from textgym.sandbox.kernel import libc
from textgym.sandbox.running_guest import ParentGone, RunningGuest
from textgym.sandbox.script_run import Pipes, run_script

# Answers of a program from which on memory is tidied up after it.
_MUCH_BYTES = 1 << 18


def main(arguments: list[str]) -> None:
    """Run as a process: `driver CHANNEL_DESCRIPTOR IMAGE_DESCRIPTOR TRAINER_PID`."""
    channel = Channel(socket.socket(fileno=int(arguments[0])))
    parent = _watch(int(arguments[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the trainer's business
    try:
        settings = lockdown.Settings(**channel.receive())
        image = int(arguments[1])
        server = ForkServer(settings, image)
        lockdown.lock_driver(settings, image=image)
        report = server.wait_until_ready()
    except lockdown.Unavailable as missing:
        channel.send({"unavailable": str(missing)})
        return
    except (OSError, MemoryError) as trouble:
        channel.send({"trouble": f"the worker did not start: {trouble}"})
        return
    channel.send({"report": report})
    gc.collect()
    gc.freeze()
    try:
        _Driver(channel, server, parent).work()
    except (ChannelClosed, ParentGone):
        pass
    finally:
        server.close()


def _watch(pid: int) -> int | None:
    """A descriptor that becomes readable when the trainer ends.

    The channel closes then as well, unless a process that the trainer forked has inherited it.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return None  # before Linux 5.3
    if os.getppid() != pid:
        os._exit(1)  # it ended before it could be watched
    return descriptor


class _Driver:
    def __init__(self, channel: Channel, server: ForkServer, parent: int | None) -> None:
        self._channel, self._server, self._parent = channel, server, parent
        self._spare: tuple[int, socket.socket] | None = None

    def work(self) -> None:
        """Answer jobs until the trainer goes."""
        self._spare = self._server.spawn()
        while True:
            self._await_job()
            job = self._channel.receive()
            self._channel.send(self._script(job) if job["kind"] == "script" else self._verdict(job))

    def _await_job(self) -> None:
        poller = select.poll()
        poller.register(self._channel.fileno(), select.POLLIN)
        if self._parent is not None:
            poller.register(self._parent, select.POLLIN)
        if any(descriptor == self._parent for descriptor, _ in poller.poll()):
            raise ParentGone

    def _verdict(self, job: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        guest = RunningGuest(self._server, *(self._spare or self._server.spawn()), self._parent)
        self._spare = None
        findings = judge(guest, job)
        guest.hang_up()
        self._server.start_ending(guest.number)
        # The next guest is forked while this one's end is told and dealt with.
        self._spare = self._server.spawn()
        try:
            ended = self._server.finish_ending()
        except ForkFailed as trouble:
            return {"trouble": str(trouble)}
        if guest.received_bytes > _MUCH_BYTES:
            # Or one hostile answer would leave hundreds of megabytes with this process.
            gc.collect()
            libc.return_free_memory()
        return findings | _usage(guest, ended, began)

    def _script(self, job: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        pipes = Pipes()
        try:
            number, connection = self._server.spawn(*pipes.theirs)
            pipes.close_theirs()
            guest = RunningGuest(self._server, number, connection, self._parent)
            result = run_script(guest, pipes, job)
            guest.hang_up()
            self._server.start_ending(number)
            ended = self._server.finish_ending()
        except ForkFailed as trouble:
            return {"trouble": str(trouble)}
        finally:
            pipes.close()
        return result | _usage(guest, ended, began) | {"exit_code": ended.exit_code}


def _usage(guest: RunningGuest, ended: Ended, began: float) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "wall_s": time.monotonic() - began,
        "cpu_s": ended.cpu_s,
        "peak_bytes": ended.peak_bytes,
    }
    if guest.hung_up and not guest.ready:
        usage["trouble"] = f"a process could not be locked (exit code {ended.exit_code})"
    elif ended.exit_code == -signal.SIGKILL and guest.hung_up:
        # Programs cannot send signals. Either they closed their socket and went on, or the kernel killed them.
        usage["suspicion"] = "the process was killed from outside"
    return usage
