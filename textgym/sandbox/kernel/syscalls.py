"""Numbers of the system calls that the policies name, for both supported machines."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

# fmt: off
# From <asm/unistd_64.h> of Linux 6.1.
_X86_64 = dict(
    read=0, write=1, open=2, close=3, stat=4, fstat=5, lstat=6, poll=7, lseek=8, mmap=9, mprotect=10,
    munmap=11, brk=12, rt_sigaction=13, rt_sigprocmask=14, rt_sigreturn=15, ioctl=16, pread64=17,
    readv=19, writev=20, access=21, pipe=22, select=23, sched_yield=24, mremap=25, madvise=28, dup=32,
    dup2=33, pause=34, nanosleep=35, getitimer=36, alarm=37, setitimer=38, getpid=39, sendto=44,
    recvfrom=45, sendmsg=46, recvmsg=47, shutdown=48, socketpair=53, clone=56, fork=57, vfork=58, exit=60,
    wait4=61, kill=62, uname=63, fcntl=72, getcwd=79, chdir=80, readlink=89, umask=95, gettimeofday=96,
    getrlimit=97, getrusage=98, sysinfo=99, times=100, getuid=102, getgid=104, geteuid=107, getegid=108,
    getppid=110, getpgrp=111, getgroups=115, rt_sigpending=127, rt_sigtimedwait=128, rt_sigsuspend=130,
    sigaltstack=131, pivot_root=155, prctl=157, gettid=186, tkill=200, time=201, futex=202,
    sched_getaffinity=204, epoll_create=213, set_tid_address=218, restart_syscall=219, clock_gettime=228,
    clock_getres=229, clock_nanosleep=230, exit_group=231, epoll_wait=232, epoll_ctl=233, tgkill=234,
    openat=257, newfstatat=262, readlinkat=267, faccessat=269, pselect6=270, ppoll=271,
    set_robust_list=273, epoll_pwait=281, eventfd2=290, epoll_create1=291, dup3=292, pipe2=293,
    prlimit64=302, seccomp=317, getrandom=318, statx=332, rseq=334, clone3=435, close_range=436,
    openat2=437, faccessat2=439, epoll_pwait2=441, landlock_create_ruleset=444, landlock_add_rule=445,
    landlock_restrict_self=446,
)
# From <asm-generic/unistd.h> of Linux 6.1; calls that this table lacks do not exist on the machine.
_AARCH64 = dict(
    getcwd=17, eventfd2=19, epoll_create1=20, epoll_ctl=21, epoll_pwait=22, dup=23, dup3=24, fcntl=25,
    ioctl=29, pivot_root=41, faccessat=48, chdir=49, openat=56, close=57, pipe2=59, lseek=62, read=63,
    write=64, readv=65, writev=66, pread64=67, pselect6=72, ppoll=73, readlinkat=78, newfstatat=79,
    fstat=80, exit=93, exit_group=94, set_tid_address=96, futex=98, set_robust_list=99, nanosleep=101,
    getitimer=102, setitimer=103, clock_gettime=113, clock_getres=114, clock_nanosleep=115,
    sched_getaffinity=123, sched_yield=124, restart_syscall=128, kill=129, tkill=130, tgkill=131,
    sigaltstack=132, rt_sigsuspend=133, rt_sigaction=134, rt_sigprocmask=135, rt_sigpending=136,
    rt_sigtimedwait=137, rt_sigreturn=139, times=153, getgroups=158, uname=160, getrlimit=163,
    getrusage=165, umask=166, prctl=167, gettimeofday=169, getpid=172, getppid=173, getuid=174,
    geteuid=175, getgid=176, getegid=177, gettid=178, sysinfo=179, socketpair=199, sendto=206,
    recvfrom=207, shutdown=210, sendmsg=211, recvmsg=212, brk=214, munmap=215, mremap=216, clone=220,
    mmap=222, mprotect=226, madvise=233, wait4=260, prlimit64=261, seccomp=277, getrandom=278, statx=291,
    rseq=293, clone3=435, close_range=436, openat2=437, faccessat2=439, epoll_pwait2=441,
    landlock_create_ruleset=444, landlock_add_rule=445, landlock_restrict_self=446,
)
# fmt: on


@dataclass(frozen=True)
class Machine:
    """A processor architecture as the kernel's filters see it.

    Args:
        name: As `uname` gives it.
        audit: `AUDIT_ARCH_*` of its 64-bit calls, from <linux/audit.h>.
        numbers: System call numbers by name.
        first_foreign: Numbers from here on belong to another ABI under the same audit value (x32), or none.
    """

    name: str
    audit: int
    numbers: Mapping[str, int]
    first_foreign: int | None = None


MACHINES = {
    "x86_64": Machine("x86_64", 0xC000003E, _X86_64, first_foreign=0x40000000),
    "aarch64": Machine("aarch64", 0xC00000B7, _AARCH64),
}


def this_machine() -> Machine | None:
    """The machine that runs this process, if its calls are known."""
    return MACHINES.get(os.uname().machine)
