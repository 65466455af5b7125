"""What of the kernel a program can reach is what the policies say: every system call number is tried inside."""

import errno
import json

import pytest

from textgym.sandbox.kernel import policies
from textgym.sandbox.kernel.bpf import Rule
from textgym.sandbox.kernel.syscalls import MACHINES

NUMBERS = MACHINES["x86_64"].numbers
REACHED = {
    number
    for name, number in NUMBERS.items()
    if name in policies.SERVER.calls
    and (policies.SERVER.calls[name] == policies.ALLOW or isinstance(policies.SERVER.calls[name], Rule))
}
TAKEN_FROM_PROGRAMS = {NUMBERS[name] for name in policies.PROGRAM.calls if name in NUMBERS}
PRETENDED = {NUMBERS[name]: errno.EACCES for name in policies._NAME_A_FILE} | {
    NUMBERS[name]: errno.ENOSYS for name in policies._PRETEND_ABSENT
}
EAGAIN = {NUMBERS[name]: errno.EAGAIN for name in ("clone", "fork", "vfork")}
# uretprobe and uprobe: no filter sees them since Linux 6.14. They kill who was not traced so (SIGILL).
UNFILTERED = {335, 336}
PROGRAM = """
tried = {}
for number in NUMBERS:
    try: tried[number] = sys_(number, *ARGUMENTS)
    except OSError as e: tried[number] = -e.errno
import json
print(json.dumps(tried))
"""


@pytest.mark.parametrize("arguments", [(0, 0, 0, 0, 0, 0), (1, 2, 3, 4, 5, 6), (-1, -1, -1, -1, -1, -1)])
def test_every_other_call_is_refused(arena, outside, arguments):
    numbers = sorted(set(range(600)) - UNFILTERED - (REACHED - TAKEN_FROM_PROGRAMS))
    assert len(numbers) > 500
    program = f"NUMBERS, ARGUMENTS = {numbers}, {arguments}\n" + outside.prelude() + PROGRAM
    result = arena.run(program, timeout_s=5.0)
    assert result.status == "ok", result
    expected = {number: -errno.EPERM for number in numbers}
    expected |= {number: -code for number, code in (PRETENDED | EAGAIN).items()}
    tried = {int(number): code for number, code in json.loads(result.stdout).items()}
    assert {n: code for n, code in tried.items() if code != expected[n]} == {}


def test_every_call_of_x32_kills(arena, outside):
    for number in (0, 1, 39, 57, 59, 512, 520, 545):
        result = arena.run(outside.prelude() + f"print(sys_(0x40000000 + {number}, 0, 0, 0))", timeout_s=5.0)
        assert (result.status, result.exit_code, result.stdout) == ("crashed", -31, "")


def test_a_program_holds_four_descriptors_and_nothing_else(arena):
    program = """
import fcntl, os, resource, signal, sys
held = []
for fd in range(1 << 16):
    try: held.append((fd, fcntl.fcntl(fd, fcntl.F_GETFD)))
    except OSError: pass
print([fd for fd, _ in held], dict(os.environ), os.getcwd(), sys.path, os.getgroups())
print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_CORE))
"""
    result = arena.run(program, timeout_s=5.0)
    assert result.stdout == "[0, 1, 2, 3] {} / [] []\n(48, 48) (0, 0) (0, 0)\n"
