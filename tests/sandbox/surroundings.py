"""Run as a process: judges the jobs on its standard input as root or another user, maybe inside a container.

`surroundings.py REPOSITORY plain|container|no-seccomp`. Only the standard library is needed, so that any interpreter can
run it, one outside a folder that belongs to root for instance.
"""

import json
import os
import sys
import types

# Docker's capabilities: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw,
# sys_chroot, mknod, audit_write, setfcap; from <linux/capability.h>.
CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)


def enter_container(profile: dict[str, int]) -> None:
    """What a container with Docker's defaults does to the system calls and capabilities of its processes."""
    import ctypes
    import errno
    import struct

    from textgym.sandbox.kernel import libc, privileges
    from textgym.sandbox.kernel.bpf import ALLOW, Argument, Filter, Policy, Rule, error
    from textgym.sandbox.kernel.syscalls import MACHINES, Machine

    refused = error(errno.EPERM)
    numbers = profile | {"clone": 56, "socket": 41, "personality": 135, "clone3": 435}
    policy = Policy(
        {
            **dict.fromkeys(profile, ALLOW),
            "clone": Rule(((Argument(0, (0,), 0x7E020000),),), refused),
            "socket": Rule(((Argument(0, tuple(range(40))),),), refused),
            "personality": Rule(((Argument(0, (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)),),), refused),
            "clone3": error(errno.ENOSYS),
        },
        default=refused,
    )
    if os.geteuid() == 0:
        for capability in set(range(41)) - set(CAPABILITIES):
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        bits = sum(1 << capability for capability in CAPABILITIES)
        words = [bits & 0xFFFFFFFF] * 3
        data = ctypes.create_string_buffer(struct.pack("=3I3I", *words, 0, 0, 0), 24)
        header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8)
        libc.checked("capset", header, data)
    privileges.forbid_new_privileges()
    machine = Machine("x86_64", MACHINES["x86_64"].audit, numbers, 0x40000000)
    Filter(policy, machine).install()


def refuse_filters() -> None:
    """What a system does whose kernel was built without filters."""
    import errno

    from textgym.sandbox.kernel import libc, privileges
    from textgym.sandbox.kernel.bpf import ALLOW, Argument, Filter, Policy, Rule, error
    from textgym.sandbox.kernel.syscalls import this_machine

    machine = this_machine()
    assert machine is not None
    others = tuple(option for option in range(80) if option != libc.PR_SET_SECCOMP)
    policy = Policy({"prctl": Rule(((Argument(0, others),),), error(errno.EINVAL))}, default=ALLOW)
    privileges.forbid_new_privileges()
    Filter(policy, machine).install()


def main() -> None:
    repository, kind = sys.argv[1:]
    for name in ("textgym", "textgym.sandbox"):
        # Without their __init__, which needs Gymnasium.
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(repository, *name.split("."))]
        sys.modules[name] = package
    request = json.load(sys.stdin)
    if kind == "container":
        enter_container(request["profile"])
    elif kind == "no-seccomp":
        refuse_filters()
    from textgym.sandbox.jobs import TestJob
    from textgym.sandbox.sandbox import Sandbox

    with Sandbox(workers=2) as box:
        verdicts = box.map([TestJob(**job) for job in request["jobs"]])
        print(json.dumps({"report": dict(box.report), "verdicts": [vars(verdict) for verdict in verdicts]}))


if __name__ == "__main__":
    main()
