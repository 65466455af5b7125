"""Calls of the C library that Python does not wrap."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

# From <linux/prctl.h>.
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

Argument = int | bytes | None | ctypes.Array


def checked(function: str, *arguments: Argument) -> int:
    """Call a function of the C library.

    Args:
        function: Its name, such as `"unshare"`.
        arguments: Integers are passed as unsigned longs, since a variadic function reads whole registers.

    Returns:
        What it returned.

    Raises:
        OSError: If it returned a negative number; names the function.
    """
    passed = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    returned = getattr(_libc, function)(*passed)
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
    return returned


def prctl(option: int, *arguments: Argument) -> None:
    """`prctl` with the unused arguments zero, which some options insist on."""
    checked("prctl", option, *arguments, *[0] * (4 - len(arguments)))


def return_free_memory() -> None:
    """Give memory that was freed back to the system, where the C library can."""
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
