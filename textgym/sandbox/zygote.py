"""The fork server: a clean, locked process with one thread that forks one guest per program.

It never receives a program, a test or an answer, so none of them is in the memory that a guest inherits.
"""

import gc
import json
import os
import signal
import socket
import struct
import time

from textgym.sandbox import guest, lockdown
from textgym.sandbox.kernel.bpf import Filter

# Requests on the control socket: an operation and the number of a guest, in one packet.
REQUEST = struct.Struct("=cI")
SPAWN, KILL, CPU_TIME = b"S", b"K", b"C"
ENDED = struct.Struct("=iiddQ")
"""Errno of a failed fork or 0, wait status, user and system seconds, peak memory in bytes."""
SECONDS = struct.Struct("=d")

# At most the socket of a guest and the three standard streams.
_MAX_DESCRIPTORS = 4


def main(arguments: list[str]) -> None:
    """Run as a process: `zygote CONTROL_DESCRIPTOR IMAGE_DESCRIPTOR SETTINGS`."""
    control = socket.socket(fileno=int(arguments[0]))
    settings = lockdown.Settings(**json.loads(arguments[2]))
    try:
        locks = lockdown.lock_zygote(settings, image=int(arguments[1]), keep=control.fileno())
    except lockdown.Unavailable as missing:
        control.send(json.dumps({"unavailable": str(missing)}).encode())
        return
    control.send(json.dumps(locks.report).encode())
    _serve(control, locks.program_filter)


def _serve(control: socket.socket, program_filter: Filter | None) -> None:
    guests: dict[int, int] = {}
    gc.collect()
    gc.freeze()  # or the collector would touch, and so copy, every object in every guest
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, 64, _MAX_DESCRIPTORS)
        if not request:
            break
        operation, number = REQUEST.unpack(request)
        if operation == SPAWN:
            guests[number] = _spawn(control, descriptors, program_filter)
        elif operation == KILL:
            control.send(_end(guests.pop(number)))
        else:
            control.send(SECONDS.pack(_cpu_seconds(guests[number])))
    for pid in guests.values():
        _end(pid)


def _spawn(control: socket.socket, descriptors: list[int], program_filter: Filter | None) -> int:
    """Fork a guest; its process id, or a negative errno."""
    try:
        pid = os.fork()
    except OSError as error:
        pid = -(error.errno or 1)
    if pid == 0:
        try:
            control.close()
            for stream, descriptor in enumerate(descriptors[1:]):
                os.dup2(descriptor, stream)
                os.close(descriptor)
            guest.live(descriptors[0], program_filter)
        finally:
            os._exit(1)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _end(pid: int) -> bytes:
    """Kill and reap. A guest has one thread and no children: nothing of it remains."""
    if pid < 0:
        return ENDED.pack(-pid, 0, 0.0, 0.0, 0)
    # The pid cannot have been taken by another process: this one has not been reaped.
    os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return ENDED.pack(0, status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024)


def _cpu_seconds(pid: int) -> float:
    if pid < 0:
        return 0.0
    try:
        # The clock of another process, as clock_getcpuclockid(3) makes it: CPUCLOCK_SCHED is 2.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended, and is told so by its socket
