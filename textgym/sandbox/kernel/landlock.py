"""Landlock: a process gives up files, TCP ports and, on newer kernels, signals to the outside."""

import ctypes
import os
import struct

from textgym.sandbox.kernel import libc
from textgym.sandbox.kernel.syscalls import Machine

# Rights over files by ABI version, from <linux/landlock.h>: 13 at first, then REFER, TRUNCATE, IOCTL_DEV.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16
_TCP_BIND_CONNECT = 3
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3


def renounce(machine: Machine) -> int:
    """Give up everything that the running kernel's Landlock governs, for this process and its children.

    Args:
        machine: Whose system call numbers to use.

    Returns:
        The ABI version that was used.

    Raises:
        OSError: If the kernel has no Landlock (before Linux 5.13, or not among its security modules).
    """
    number = machine.numbers
    create, restrict = number["landlock_create_ruleset"], number["landlock_restrict_self"]
    abi = libc.checked("syscall", create, None, 0, 1)  # 1 is LANDLOCK_CREATE_RULESET_VERSION
    words = [(1 << _FILE_RIGHTS.get(abi, _NEWEST_FILE_RIGHTS)) - 1]
    if abi >= 4:
        words.append(_TCP_BIND_CONNECT)
    if abi >= 6:
        words.append(_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"={len(words)}Q", *words)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    ruleset = libc.checked("syscall", create, buffer, len(attributes), 0)
    try:
        libc.checked("syscall", restrict, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi
