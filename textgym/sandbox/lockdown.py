"""In which order a process of the sandbox gives up what it does not need."""

import errno
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from textgym.sandbox import standard_library
from textgym.sandbox.kernel import landlock, namespaces, policies, privileges
from textgym.sandbox.kernel.bpf import Filter, Policy
from textgym.sandbox.kernel.syscalls import Machine, this_machine

# The driver holds tests, answers and up to a few messages of a guest.
_DRIVER_MEMORY_BYTES = 2 << 30


class Unavailable(Exception):
    """A protection that the isolation level requires and this system refuses."""


@dataclass(frozen=True)
class Settings:
    """What a worker's processes are started with; plain values, passed as JSON.

    Args:
        isolation: `"strict"` or `"none"`.
        memory_bytes: Memory of a program on top of the interpreter's.
        numpy_folder: Where to import NumPy from, or none to do without.
    """

    isolation: str
    memory_bytes: int
    numpy_folder: str | None


@dataclass(frozen=True)
class Locks:
    """What was locked.

    Args:
        report: State of each protection.
        program_filter: What each guest still has to put on, or none without isolation.
    """

    report: dict[str, str]
    program_filter: Filter | None


def lock_zygote(settings: Settings, *, image: int, keep: int) -> Locks:
    """Lock this process as the zygote. With namespaces it goes on as a child of the process that began.

    Args:
        settings: How.
        image: Descriptor of the standard library.
        keep: The one descriptor to keep open.

    Returns:
        What is on.

    Raises:
        Unavailable: If a required protection is refused.
    """
    _load_libraries(settings, image)
    os.closerange(3, keep)
    os.closerange(keep + 1, 1 << 16)
    privileges.prefer_as_victim()
    privileges.limit(settings.memory_bytes)  # before the file system, and /proc with it, goes
    if settings.isolation == "none":
        privileges.die_with_parent()
        return Locks({}, None)
    machine = _known_machine()
    report = _enter_namespaces(machine, keep)
    program_filter = Filter(policies.PROGRAM, machine)
    report |= _give_up(machine, policies.SERVER, nobody=True)
    privileges.die_with_parent()
    return Locks(report, program_filter)


def lock_driver(settings: Settings, *, image: int) -> None:
    """Lock this process as the driver; it keeps its descriptors.

    Args:
        settings: How.
        image: Descriptor of the standard library.

    Raises:
        Unavailable: If a required protection is refused.
    """
    _load_libraries(settings, image)
    os.close(image)
    privileges.prefer_as_victim()  # hostile answers take memory, and the trainer should not be killed for it
    privileges.limit(_DRIVER_MEMORY_BYTES)
    if settings.isolation == "none":
        return
    machine = _known_machine()
    # Not nobody: the driver would then share a user with every guest of every sandbox on the system.
    _give_up(machine, policies.SERVER, nobody=False)
    _required("a seccomp filter", Filter(policies.DRIVER, machine).install)


def _load_libraries(settings: Settings, image: int) -> None:
    standard_library.install(image)
    if settings.numpy_folder is not None:
        sys.path.append(settings.numpy_folder)
        # All that NumPy would load on first use.
        for name in ("", ".fft", ".linalg", ".ma", ".polynomial", ".random", ".testing"):
            importlib.import_module(f"numpy{name}")
    standard_library.forget_files()
    os.environ.clear()


def _known_machine() -> Machine:
    machine = this_machine()
    if machine is None:
        raise Unavailable(f"a table of system calls for {os.uname().machine}; x86_64 and aarch64 have one")
    return machine


def _enter_namespaces(machine: Machine, keep: int) -> dict[str, str]:
    report = {}
    entered = _optional("namespaces", namespaces.unshare, report)
    if not entered:
        return report
    _optional("empty file system", lambda: namespaces.empty_root(machine), report)
    pid = os.fork()
    if pid:
        os.close(keep)
        _wait_and_exit(pid)
    return report


def _wait_and_exit(pid: int) -> NoReturn:
    """What remains of the process that began: the first process of the new namespace is its child."""
    privileges.hide_memory()
    privileges.die_with_parent()
    os.waitpid(pid, 0)
    os._exit(0)


def _give_up(machine: Machine, policy: Policy, *, nobody: bool) -> dict[str, str]:
    report: dict[str, str] = {}
    if nobody and os.getuid() == 0:
        _optional("unprivileged user", privileges.become_nobody, report)
    else:
        report["unprivileged user"] = "on" if os.getuid() else "no: the driver keeps its user"
    _required("dropping capabilities", privileges.drop_capabilities)
    os.umask(0o077)
    privileges.hide_memory()
    _required("no_new_privs", privileges.forbid_new_privileges)
    _optional("Landlock", lambda: landlock.renounce(machine), report)
    _required("a seccomp filter", Filter(policy, machine).install)
    return report | dict.fromkeys(("capabilities dropped", "no new privileges", "seccomp", "no files"), "on")


def _required(what: str, put_on: Callable[[], object]) -> None:
    try:
        put_on()
    except OSError as refusal:
        raise Unavailable(f"{what}: {refusal.strerror or refusal}") from refusal


def _optional(what: str, put_on: Callable[[], object], report: dict[str, str]) -> bool:
    try:
        put_on()
    except OSError as refusal:
        report[what] = f"unavailable: {refusal.strerror or errno.errorcode.get(refusal.errno or 0, refusal)}"
        return False
    report[what] = "on"
    return True
