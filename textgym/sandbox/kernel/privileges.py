"""Privileges, limits and ties to the parent: what a process gives up before it meets a program."""

import ctypes
import errno
import os
import resource
import signal
import struct

from textgym.sandbox.kernel import libc

NOBODY = 65534
_CAPABILITY_VERSION_3 = 0x20080522
_AMBIENT_CLEAR_ALL = 4


def become_nobody() -> None:
    """Change from root to the user and group that own nothing.

    Raises:
        OSError: If it is refused.
    """
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def drop_capabilities() -> None:
    """Give up every capability, for good.

    Raises:
        OSError: If it is refused.
    """
    for capability in range(64):
        try:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        except OSError as refusal:
            # EINVAL: past the last one of this kernel. EPERM: no right to shrink the bounding set, which then
            # holds only what can no longer be gained under no_new_privs.
            if refusal.errno in (errno.EINVAL, errno.EPERM):
                break
            raise
    libc.prctl(libc.PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    none = ctypes.create_string_buffer(24)
    libc.checked("capset", ctypes.create_string_buffer(header, len(header)), none)


def forbid_new_privileges() -> None:
    """Set-user-ID files give nothing any more; the kernel asks for this before it takes a filter."""
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)


def hide_memory() -> None:
    """Not dumpable: others of the same user can neither trace this process nor read its /proc entry."""
    libc.prctl(libc.PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    """SIGKILL when the parent ends. A change of user clears this, so it comes after."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def prefer_as_victim() -> None:
    """Tell the kernel to kill this process and its children first when memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("900")
    except OSError:
        pass  # a preference, not a protection


def limit(memory_bytes: int) -> None:
    """Hard limits that children inherit.

    Args:
        memory_bytes: Address space that may be used on top of what this process has now.
    """
    limits = {
        resource.RLIMIT_AS: address_space_bytes() + memory_bytes,
        resource.RLIMIT_CORE: 0,
        # Enough for asyncio and a few pipes.
        resource.RLIMIT_NOFILE: 48,
        # No byte into any file, were one ever open for writing.
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_STACK: 8 << 20,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 64,
    }
    for which, value in limits.items():
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def limit_cpu(seconds: int) -> None:
    """Back-stop in case that no one watches: SIGKILL after this much processor time."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def address_space_bytes() -> int:
    """Address space of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 128 << 20  # /proc is not mounted: about what an interpreter takes
