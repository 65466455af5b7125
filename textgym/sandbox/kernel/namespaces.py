"""Namespaces: a process that sees no other process, no network and an empty file system."""

import contextlib
import os
import socket

from textgym.sandbox.kernel import libc
from textgym.sandbox.kernel.syscalls import Machine

# From <linux/sched.h>.
_MOUNTS, _CGROUPS, _HOST_NAME, _IPC, _USERS, _PROCESSES, _NETWORK = (
    0x20000,
    0x2000000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
# From <linux/mount.h>.
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC, _REMOUNT = 1, 2, 4, 8, 32
_RECURSIVE, _PRIVATE = 16384, 1 << 18
_DETACH = 2

# Any directory serves as the place where the empty root is mounted before it becomes the root.
_MOUNT_POINTS = ("/tmp", "/var", "/usr")


def unshare() -> None:
    """Leave the namespaces of the system; children of this process are born in the new process namespace.

    Root does it by its own right. Anyone else needs a user namespace of their own, which containers and some
    distributions refuse.

    Raises:
        OSError: If it is refused; nothing has changed then.
    """
    flags = _MOUNTS | _CGROUPS | _HOST_NAME | _IPC | _PROCESSES | _NETWORK
    uid, gid = os.getuid(), os.getgid()
    libc.checked("unshare", flags if uid == 0 else flags | _USERS)
    with contextlib.suppress(OSError):
        socket.sethostname("sandbox")  # the real one would tell programs where they run
    if uid == 0:
        return
    # setgroups must be given up before an unprivileged process may map its group.
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def empty_root(machine: Machine) -> None:
    """Replace the file system by an empty, read-only one. Only after `unshare`.

    Args:
        machine: Whose system call numbers to use.

    Raises:
        OSError: If a mount is refused.
    """
    point = next((path for path in _MOUNT_POINTS if os.path.isdir(path)), "/")
    # Private, or the mounts below would appear outside.
    libc.checked("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)
    flags = _NO_SUID | _NO_DEVICES | _NO_EXEC
    libc.checked("mount", b"tmpfs", point.encode(), b"tmpfs", flags, b"size=4k,nr_inodes=2,mode=555")
    os.chdir(point)
    # With the old root on top of the new one, both under ".": see pivot_root(2), Notes.
    libc.checked("syscall", machine.numbers["pivot_root"], b".", b".")
    libc.checked("umount2", b".", _DETACH)
    os.chdir("/")
    libc.checked("mount", None, b"/", None, _REMOUNT | _READ_ONLY | flags, None)
