"""The filters, interpreted instruction by instruction over tables of calls. Needs no privilege and no Linux."""

import errno
import re
import struct
from pathlib import Path

import pytest

from textgym.sandbox.kernel import bpf, policies
from textgym.sandbox.kernel.bpf import ALLOW, KILL, Argument, Policy, Rule, compiled, error
from textgym.sandbox.kernel.syscalls import MACHINES, Machine

BOTH = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
EPERM, EACCES, ENOSYS, EAGAIN, ENOTTY = (
    error(number) for number in (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EAGAIN, errno.ENOTTY)
)
HIGHEST_NUMBER = 600  # Linux 6.18 has fewer than 480


def interpret(program, *, audit, number, arguments=()):
    """What the kernel's interpreter returns for a call; unset arguments are zero."""
    padded = [argument & (1 << 64) - 1 for argument in (*arguments, *[0] * (6 - len(arguments)))]
    data = struct.pack("<IIQ6Q", number, audit, 0, *padded)
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == bpf.LOAD:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif code == bpf.AND:
            accumulator &= operand
        elif code == bpf.EQUAL:
            at += if_true if accumulator == operand else if_false
        elif code == bpf.NOT_BELOW:
            at += if_true if accumulator >= operand else if_false
        else:
            assert code == bpf.RETURN
            return operand


def decide(machine, number, *arguments):
    """What a program meets: of both filters the stricter action, which is the smaller as a signed word."""
    answers = [
        interpret(compiled(policy, machine), audit=machine.audit, number=number, arguments=arguments)
        for policy in (policies.SERVER, policies.PROGRAM)
    ]
    return KILL if KILL in answers else min(answers)


# What programs must not reach, whatever the arguments, and numbers that neither table names.
FORBIDDEN_ON_X86_64 = dict(
    socket=41, connect=42, accept=43, bind=49, listen=50, execve=59, ptrace=101, setuid=105, mount=165,
    unshare=272, setns=308, memfd_create=319, bpf=321, execveat=322, userfaultfd=323, pkey_mprotect=329,
    io_uring_setup=425, pidfd_send_signal=424, pidfd_open=434, pidfd_getfd=438, rt_sigqueueinfo=129,
    process_vm_readv=310, process_vm_writev=311, perf_event_open=298, keyctl=250, add_key=248, shmget=29,
    mq_open=240, inotify_init1=294, timer_create=222, timerfd_create=283, signalfd4=289, personality=135,
    setpriority=141, sched_setaffinity=203, setrlimit=160, chroot=161, pivot_root=155,
    landlock_add_rule=445, rename=82, unlink=87, mkdir=83, truncate=76, ftruncate=77, getdents64=217,
    sendmmsg=307, recvmmsg=299, splice=275, vmsplice=278, tee=276, sendfile=40, name_to_handle_at=303,
    open_by_handle_at=304, kcmp=312, modify_ldt=154, iopl=172, fanotify_init=300, futex_waitv=449,
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN_ON_X86_64)
def test_programs_do_not_reach(name):
    assert decide(MACHINES["x86_64"], FORBIDDEN_ON_X86_64[name]) == EPERM


def test_exactly_these_calls_have_an_argument_with_which_a_program_may_make_them():
    machine = MACHINES["x86_64"]
    names = {number: name for name, number in machine.numbers.items()}
    plain = {
        names[number] for number in range(HIGHEST_NUMBER) if decide(machine, number) == ALLOW
    }  # fmt: skip
    assert plain == set(
        """
        read write readv writev pread64 lseek close close_range dup dup2 dup3 pipe pipe2 fstat shutdown sendto
        recvfrom fcntl mmap mprotect prlimit64
        brk mremap munmap madvise rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait
        rt_sigsuspend sigaltstack clock_gettime clock_getres clock_nanosleep gettimeofday time times nanosleep pause
        alarm getitimer setitimer poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
        epoll_pwait epoll_pwait2 eventfd2 getpid getppid gettid getpgrp getuid geteuid getgid getegid getgroups
        uname getcwd umask sysinfo getrlimit getrusage sched_getaffinity sched_yield futex getrandom restart_syscall
        exit exit_group
        """.split()  # noqa: SIM905
    )


@BOTH
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("socketpair", (1, 1), ALLOW),
        ("socketpair", (1, 1 | 0o2000000 | 0o4000), ALLOW),  # SOCK_CLOEXEC | SOCK_NONBLOCK
        ("socketpair", (1, 2), EPERM),  # datagrams reach any named socket through sendto
        ("socketpair", (1, 5), EPERM),
        ("socketpair", (1, 3), EPERM),
        ("socketpair", (2, 1), EPERM),
        ("socketpair", (16, 3), EPERM),
        ("sendto", (3, 0x1000, 8, 0, 0, 0), ALLOW),
        ("sendto", (3, 0x1000, 8, 0x4000, 0, 0), ALLOW),
        ("sendto", (3, 0x1000, 8, 1, 0, 0), EPERM),  # MSG_OOB
        ("sendto", (3, 0x1000, 8, 0, 0x7000, 16), EPERM),  # an address
        ("sendto", (3, 0x1000, 8, 0, 0x7F00_0000_0000, 16), EPERM),  # one whose low word is zero
        ("recvfrom", (3, 0x1000, 8, 0), ALLOW),
        ("recvfrom", (3, 0x1000, 8, 0x100), ALLOW),
        ("recvfrom", (3, 0x1000, 8, 1), EPERM),
        ("fcntl", (3, 0), ALLOW),
        ("fcntl", (3, 3), ALLOW),
        ("fcntl", (3, 1030), ALLOW),
        ("fcntl", (3, 4, 0o4000), ALLOW),  # O_NONBLOCK
        ("fcntl", (3, 4, 0x2000), EPERM),  # O_ASYNC
        ("fcntl", (3, 4, 0x2000 | 0o4000), EPERM),
        ("fcntl", (3, 8, 1), EPERM),  # F_SETOWN
        ("fcntl", (3, 10, 9), EPERM),  # F_SETSIG
        ("fcntl", (3, 15, 1), EPERM),  # F_SETOWN_EX
        ("fcntl", (3, 1031, 1 << 20), EPERM),  # F_SETPIPE_SZ
        ("fcntl", (3, 1033, 8), EPERM),  # F_ADD_SEALS
        ("fcntl", (3, 1024, 1), EPERM),  # F_SETLEASE
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), ENOTTY),  # TIOCSTI
        ("ioctl", (0, 0x541C), ENOTTY),  # TIOCLINUX
        ("ioctl", (0, 0x5452), ENOTTY),  # FIOASYNC
        ("ioctl", (0, 0x8901), ENOTTY),  # FIOSETOWN
        ("prlimit64", (0, 7), ALLOW),
        ("prlimit64", (1, 7), EPERM),
        ("mmap", (0, 4096, 3), ALLOW),
        ("mmap", (0, 4096, 7), EPERM),
        ("mmap", (0, 4096, 4), EPERM),
        ("mmap", (0, 4096, 3, 0x40022), EPERM),  # MAP_HUGETLB
        ("futex", (0x1000, 128), ALLOW),  # FUTEX_WAIT_PRIVATE
        ("futex", (0x1000, 9 | 128 | 256), ALLOW),
        ("futex", (0x1000, 6), ENOSYS),  # FUTEX_LOCK_PI
        ("futex", (0x1000, 11 | 128), ENOSYS),  # FUTEX_WAIT_REQUEUE_PI
        ("pipe2", (0x1000, 0o2004000), ALLOW),
        ("pipe2", (0x1000, 0o200), EPERM),  # O_NOTIFICATION_PIPE
        ("fcntl", (3, 4, 0o102002), ALLOW),  # what F_GETFL of an open file shows
        ("mprotect", (0x1000, 4096, 1), ALLOW),
        ("mprotect", (0x1000, 4096, 5), EPERM),
        ("mprotect", (0x1000, 4096, 0x01000004), EPERM),  # PROT_GROWSDOWN beside PROT_EXEC
        ("clone", (17,), EAGAIN),
        ("clone3", (), ENOSYS),
        ("openat2", (), ENOSYS),
        ("kill", (0, 9), EPERM),
        ("tgkill", (1, 1, 9), EPERM),
        ("tkill", (1, 9), EPERM),
        ("prctl", (8, 1), EPERM),
        ("seccomp", (1, 0), EPERM),
        ("sendmsg", (3,), EPERM),
        ("recvmsg", (3,), EPERM),
        ("wait4", (-1,), EPERM),
        ("openat", (-100, 0x1000, 0), EACCES),
        ("newfstatat", (0, 0x1000, 0, 0x1000), EACCES),
        ("statx", (0,), EACCES),
        ("faccessat", (0,), EACCES),
        ("readlinkat", (0,), EACCES),
    ],
)
def test_arguments_decide(machine, name, arguments, expected):
    assert decide(machine, machine.numbers[name], *arguments) == expected


@pytest.mark.parametrize("name", ["open", "stat", "lstat", "access", "readlink", "fork", "vfork"])
def test_older_names_of_the_same_calls_are_refused_too(name):
    expected = EAGAIN if "fork" in name else EACCES
    assert decide(MACHINES["x86_64"], MACHINES["x86_64"].numbers[name]) == expected


@BOTH
def test_a_junk_high_word_does_not_change_an_answer_that_the_kernel_takes_from_the_low_word(machine):
    junk = 0xDEAD << 32
    assert decide(machine, machine.numbers["socketpair"], junk | 1, junk | 2) == EPERM
    assert decide(machine, machine.numbers["fcntl"], 3, junk | 8) == EPERM
    assert decide(machine, machine.numbers["prlimit64"], junk | 1) == EPERM
    assert decide(machine, machine.numbers["mmap"], 0, 1, junk | 4) == EPERM


@BOTH
@pytest.mark.parametrize("policy", [policies.SERVER, policies.PROGRAM, policies.DRIVER])
def test_other_abis_are_killed(machine, policy):
    program = compiled(policy, machine)
    others = [0x40000003, *(m.audit for m in MACHINES.values() if m is not machine)]  # i386, and each other
    assert {interpret(program, audit=audit, number=1) for audit in others} == {KILL}


@pytest.mark.parametrize("number", [0x40000000, 0x40000001, 0x40000000 + 59, 0x40000000 + 520, 0xFFFFFFFF])
def test_x32_numbers_are_killed(number):
    assert decide(MACHINES["x86_64"], number) == KILL


@BOTH
@pytest.mark.parametrize(
    "flags", [0x10000000, 0x20000000, 0x40000000, 0x20000, 0x2000000, 0x80, 0x10000 | 0x100]
)
def test_the_server_forks_and_no_more(machine, flags):
    program = compiled(policies.SERVER, machine)

    def clone(flags):
        return interpret(program, audit=machine.audit, number=machine.numbers["clone"], arguments=(flags,))

    assert clone(0x1200011) == ALLOW  # what fork() of the GNU C library passes
    assert clone(0x1200011 | flags) == EPERM


@BOTH
def test_the_driver_settles(machine):
    program = compiled(policies.DRIVER, machine)
    for name, expected in {"clone": EAGAIN, "kill": EPERM, "prctl": EPERM, "seccomp": EPERM}.items():
        assert interpret(program, audit=machine.audit, number=machine.numbers[name]) == expected


def test_a_rule_tries_every_alternative_and_needs_every_condition_of_one():
    machine = Machine("toy", 7, {"call": 1})
    alternatives = ((Argument(0, (1, 2)), Argument(1, (8,), 0xC)), (Argument(0, (5,)),))
    program = compiled(Policy({"call": Rule(alternatives, EACCES)}, default=EPERM), machine)
    answers = {
        (a, b): interpret(program, audit=7, number=1, arguments=(a, b))
        for a in range(7)
        for b in (0, 4, 8, 9, 12, 16 + 8)
    }
    assert {key for key, answer in answers.items() if answer == ALLOW} == {
        *((a, b) for a in (1, 2) for b in (8, 9, 24)),
        *((5, b) for b in (0, 4, 8, 9, 12, 24)),
    }
    assert set(answers.values()) == {ALLOW, EACCES}
    assert interpret(program, audit=7, number=2) == EPERM


@pytest.mark.parametrize(
    ("machine", "header", "pattern"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+) (\d+)"),
        ("aarch64", "/usr/include/asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+) (\d+)"),
    ],
)
def test_numbers_are_those_of_the_headers(machine, header, pattern):
    if not Path(header).exists():
        pytest.skip("the kernel's headers are not installed")
    defined = {name: int(number) for name, number in re.findall(pattern, Path(header).read_text())}
    if machine == "aarch64":
        defined["newfstatat"] = defined.pop("fstatat")  # the header names it for 32 and 64 bits at once
    numbers = MACHINES[machine].numbers
    assert {name: defined.get(name) for name in numbers} == dict(numbers)
