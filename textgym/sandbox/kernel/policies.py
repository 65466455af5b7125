"""Which system calls the processes of the sandbox may make.

Two filters are stacked, and the stricter answer counts. `SERVER` is an allow-list that the fork server and the
driver put on once; programs inherit it. `PROGRAM` is put on in each program's process before the program is
read and takes away what the server needs to fork and reap; `DRIVER` does so for the driver.

No one may open or look at a file: all code that will ever be imported is in memory by then.
"""

# ruff: noqa: SIM905 - blocks of names read better than lists of strings
import errno

from textgym.sandbox.kernel.bpf import ALLOW, Argument, Policy, Rule, error

_NOT_PERMITTED = error(errno.EPERM)

_AF_UNIX = 1
_SOCK_STREAM = 1
_SOCKET_TYPE_MASK = 0xF  # the rest are flags: SOCK_CLOEXEC, SOCK_NONBLOCK
_MSG_DONTWAIT, _MSG_WAITALL, _MSG_NOSIGNAL = 0x40, 0x100, 0x4000
_PROT_EXEC = 4
_MAP_HUGETLB = 0x40000
# The access mode, O_APPEND, O_NONBLOCK, and what F_GETFL shows in addition: O_LARGEFILE of x86-64 and of aarch64. Not
# O_ASYNC, see below, nor O_DIRECT.
_SETTABLE_FLAGS = 0x3 | 0x400 | 0x800 | 0x8000 | 0x20000
_O_NONBLOCK, _O_CLOEXEC = 0x800, 0x80000
_FUTEX_WAIT, _FUTEX_WAKE, _FUTEX_WAIT_BITSET, _FUTEX_WAKE_BITSET = 0, 1, 9, 10
_FUTEX_FLAGS = 128 | 256  # FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME
_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 1030
_TCGETS, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX = 0x5401, 0x541B, 0x5421, 0x5450, 0x5451
# CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, and THREAD: a fork sets none of them.
_CLONE_REFUSED = 0x80 | 0x20000 | 0x7E000000 | 0x10000

# Memory, signals of the process itself, clocks, waiting, identity: nothing that reaches another process.
_HARMLESS = """
    brk mremap munmap madvise
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack
    clock_gettime clock_getres clock_nanosleep gettimeofday time times nanosleep pause alarm getitimer setitimer
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2
    getpid getppid gettid getpgrp getuid geteuid getgid getegid getgroups uname getcwd umask sysinfo getrlimit
    getrusage sched_getaffinity sched_yield set_robust_list set_tid_address rseq getrandom restart_syscall
    exit exit_group
""".split()

# On descriptors that are already open. A guest has its socket, /dev/null or the pipes of its run, no more.
_ON_DESCRIPTORS = """
    read write readv writev pread64 lseek close close_range dup dup2 dup3 pipe fstat shutdown
""".split()

# These name a file. EACCES and not EPERM: it is what programs expect of a file they may not see. Among them is
# newfstatat, with which newer C libraries make fstat: the filter cannot tell an empty path from another.
_NAME_A_FILE = """
    open openat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat chdir
""".split()

# The C library falls back to an older call on ENOSYS alone: clone3 to clone, which can be checked (the flags
# of clone3 lie in memory, out of a filter's sight), openat2 to openat.
_PRETEND_ABSENT = ("clone3", "openat2")

# What a server does with its children and sockets.
_SERVE = ("fork", "vfork", "wait4", "kill", "prctl", "seccomp", "sendmsg", "recvmsg")

SERVER = Policy(
    {
        **dict.fromkeys([*_HARMLESS, *_ON_DESCRIPTORS, *_SERVE], ALLOW),
        **dict.fromkeys(_NAME_A_FILE, error(errno.EACCES)),
        **dict.fromkeys(_PRETEND_ABSENT, error(errno.ENOSYS)),
        "clone": Rule(((Argument(0, (0,), _CLONE_REFUSED),),), _NOT_PERMITTED),
        # Executable memory is needed to load libraries, and all of them are loaded by now.
        # Huge pages come from a pool that the system keeps for others.
        "mmap": Rule(((Argument(2, (0,), _PROT_EXEC), Argument(3, (0,), _MAP_HUGETLB)),), _NOT_PERMITTED),
        "mprotect": Rule(((Argument(2, (0,), _PROT_EXEC),),), _NOT_PERMITTED),
        # Locks of one thread only wait and wake. Those that hand priority over have had holes in the kernel
        # (CVE-2014-3153, CVE-2021-3347).
        "futex": Rule(
            (
                (
                    Argument(
                        1,
                        (_FUTEX_WAIT, _FUTEX_WAKE, _FUTEX_WAIT_BITSET, _FUTEX_WAKE_BITSET),
                        ~_FUTEX_FLAGS & 0xFFFFFFFF,
                    ),
                ),
            ),
            error(errno.ENOSYS),
        ),
        # Not packets, nor notifications of the kernel.
        "pipe2": Rule(((Argument(1, (0,), ~(_O_NONBLOCK | _O_CLOEXEC) & 0xFFFFFFFF),),), _NOT_PERMITTED),
        # Limits of this process only; pid 0 is the caller.
        "prlimit64": Rule(((Argument(0, (0,)),),), _NOT_PERMITTED),
        # asyncio wakes itself through a pair of streams. A pair of datagram sockets could `sendto` any datagram
        # socket of the host by its name, without `socket` or `connect`.
        "socketpair": Rule(
            ((Argument(0, (_AF_UNIX,)), Argument(1, (_SOCK_STREAM,), _SOCKET_TYPE_MASK)),), _NOT_PERMITTED
        ),
        # To the peer of the socket and nobody else: no address. Out-of-band data over Unix sockets, which the
        # flags would ask for, has had holes in the kernel (CVE-2025-38236).
        "sendto": Rule(
            (
                (
                    Argument(3, (0,), ~(_MSG_DONTWAIT | _MSG_NOSIGNAL) & 0xFFFFFFFF),
                    Argument(4, (0,)),
                    Argument(4, (0,), high=True),
                ),
            ),
            _NOT_PERMITTED,
        ),
        "recvfrom": Rule(
            ((Argument(3, (0,), ~(_MSG_DONTWAIT | _MSG_WAITALL) & 0xFFFFFFFF),),), _NOT_PERMITTED
        ),
        # F_SETOWN with F_SETSIG and O_ASYNC makes the kernel send any signal, SIGKILL too, to any process of the
        # same user without `kill`. F_SETPIPE_SZ and leases have no use here.
        "fcntl": Rule(
            (
                (Argument(1, (_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_DUPFD_CLOEXEC)),),
                (Argument(1, (_F_SETFL,)), Argument(2, (0,), ~_SETTABLE_FLAGS & 0xFFFFFFFF)),
            ),
            _NOT_PERMITTED,
        ),
        # isatty, and the modes of descriptors. ENOTTY is what isatty takes for "no".
        "ioctl": Rule(
            ((Argument(1, (_TCGETS, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX)),),), error(errno.ENOTTY)
        ),
    },
    default=_NOT_PERMITTED,
)

# Neither starts a process, sends a signal or adds a filter once it is at work. EAGAIN is what Python reports as
# "can't start new thread". Without a signal of its own to send, a process that dies of SIGKILL was killed from
# outside: by the driver, or by the kernel for want of memory.
_SETTLED = {
    **dict.fromkeys(("clone", "fork", "vfork"), error(errno.EAGAIN)),
    **dict.fromkeys(("kill", "prctl", "seccomp"), _NOT_PERMITTED),
}
DRIVER = Policy(_SETTLED, default=ALLOW)
# sendmsg and recvmsg pass descriptors from process to process; wait4 has no child to wait for; the rest is what
# the C library does at the start of a process or thread.
_NOT_FOR_PROGRAMS = ("sendmsg", "recvmsg", "wait4", "set_robust_list", "set_tid_address", "rseq")
PROGRAM = Policy({**_SETTLED, **dict.fromkeys(_NOT_FOR_PROGRAMS, _NOT_PERMITTED)}, default=ALLOW)
