"""Policies over system calls, and the classic BPF programs that the kernel runs for them.

A policy is data: which calls, under which conditions on their arguments. `compiled` turns it into
instructions; nothing here needs a privilege, so tests interpret the instructions on any machine.
"""

import ctypes
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from textgym.sandbox.kernel import libc
from textgym.sandbox.kernel.syscalls import Machine

# Actions, from <linux/seccomp.h>.
ALLOW = 0x7FFF0000
KILL = 0x80000000
_ERRNO = 0x00050000

# Instruction codes, from <linux/bpf_common.h>: load a word, bitwise and, jump if equal, jump if not below, return.
LOAD, AND, EQUAL, NOT_BELOW, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
# Offsets into struct seccomp_data; the low word of argument n is at 16 + 8 n on a little-endian machine.
NUMBER, AUDIT, ARGUMENTS = 0, 4, 16

_WORD = 0xFFFFFFFF


def error(number: int) -> int:
    """The action that makes a call fail with this errno."""
    return _ERRNO | number


@dataclass(frozen=True)
class Argument:
    """A condition on one word of one argument.

    An argument that the kernel takes as an `int` or as flags below 2^32 is decided by its low word: the kernel
    ignores the other. A pointer needs two conditions.

    Args:
        index: Which argument, from 0.
        values: Values that the word may have after masking.
        mask: Bits that count.
        high: Test the high word.
    """

    index: int
    values: tuple[int, ...]
    mask: int = _WORD
    high: bool = False


@dataclass(frozen=True)
class Rule:
    """A call that is allowed if all conditions of one alternative hold.

    Args:
        alternatives: Conjunctions of conditions.
        otherwise: Action if none holds.
    """

    alternatives: tuple[tuple[Argument, ...], ...]
    otherwise: int


@dataclass(frozen=True)
class Policy:
    """What happens to each system call.

    Args:
        calls: Action or rule by name; names that a machine lacks are skipped.
        default: Action for every other call.
    """

    calls: Mapping[str, "int | Rule"]
    default: int


Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


def compiled(policy: Policy, machine: Machine) -> list[Instruction]:
    """The policy as a BPF program.

    Args:
        policy: What to enforce.
        machine: Whose numbers to use. Calls of any other ABI kill the process: the numbers below would mean
            something else there.

    Returns:
        Instructions, at most a few hundred.
    """
    program = [(LOAD, 0, 0, AUDIT), (EQUAL, 1, 0, machine.audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if machine.first_foreign is not None:
        program += [(NOT_BELOW, 0, 1, machine.first_foreign), (RETURN, 0, 0, KILL)]
    for name, action in policy.calls.items():
        if name in machine.numbers:
            body = _rule(action) if isinstance(action, Rule) else [(RETURN, 0, 0, action)]
            program += [(EQUAL, 0, len(body), machine.numbers[name]), *body]
    return [*program, (RETURN, 0, 0, policy.default)]


def _rule(rule: Rule) -> list[Instruction]:
    body: list[Instruction] = [(RETURN, 0, 0, rule.otherwise)]
    for conditions in reversed(rule.alternatives):
        # Built backwards: what a failed condition jumps to is the alternative that was built before.
        tests: list[Instruction] = [(RETURN, 0, 0, ALLOW)]
        for condition in reversed(conditions):
            tests = [*_condition(condition, behind=len(tests)), *tests]
        body = [*tests, *body]
    return body


def _condition(condition: Argument, *, behind: int) -> list[Instruction]:
    """Falls through if the condition holds, else jumps over the `behind` instructions that follow."""
    load: list[Instruction] = [(LOAD, 0, 0, ARGUMENTS + 8 * condition.index + 4 * condition.high)]
    if condition.mask != _WORD:
        load.append((AND, 0, 0, condition.mask))
    last = len(condition.values) - 1
    return load + [
        (EQUAL, last - i, behind if i == last else 0, value) for i, value in enumerate(condition.values)
    ]


class Filter:
    """A compiled policy in the form that the kernel takes; installed without allocating much, in every guest."""

    def __init__(self, policy: Policy, machine: Machine) -> None:
        program = compiled(policy, machine)
        code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
        self._code = ctypes.create_string_buffer(code, len(code))
        header = struct.pack("@HP", len(program), ctypes.addressof(self._code))
        self._header = ctypes.create_string_buffer(header, len(header))

    def install(self) -> None:
        """Add it to the filters of this process, for good.

        Raises:
            OSError: If the kernel refuses; needs no_new_privs.
        """
        libc.prctl(libc.PR_SET_SECCOMP, 2, self._header)  # 2 is SECCOMP_MODE_FILTER
