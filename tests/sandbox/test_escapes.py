"""What programs want from this machine and do not get."""

import pytest

# Each line must raise; what it raises is printed. Otherwise the program prints "done".
REFUSED = {
    "read a file": "open('/etc/passwd').read()",
    "read its own memory file": "open('/proc/self/mem', 'rb')",
    "read the environment of its parent": "open('/proc/%d/environ' % os.getppid(), 'rb').read()",
    "write a file": "open('/tmp/x', 'w')",
    "write into the folder it is in": "os.open('x', os.O_CREAT | os.O_WRONLY)",
    "list files": "os.listdir('/')",
    "look at a file": "os.stat('/etc/passwd')",
    "look at a file by an old call": "ctypes.CDLL(None).syscall(4, b'/etc/passwd', ctypes.create_string_buffer(200)) and fail()",
    "make a folder": "os.mkdir('/tmp/d')",
    "make a memory file": "os.memfd_create('x')",
    "fork": "os.fork()",
    "start a thread": "__import__('threading').Thread(target=print).start()",
    "start a process": "__import__('subprocess').run(['true'])",
    "execute": "os.execv('/bin/true', ['true'])",
    "spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "kill its parent": "os.kill(os.getppid(), 9)",
    "kill everything": "os.kill(-1, 9)",
    "kill its group": "os.killpg(0, 9)",
    "signal itself": "os.kill(os.getpid(), 9)",
    "stop itself": "__import__('signal').raise_signal(19) or fail()",
    "open an internet socket": "socket.socket()",
    "open a datagram socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "open a Unix socket": "socket.socket(socket.AF_UNIX)",
    "open a netlink socket": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "open a pair of datagram sockets": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "resolve a name": "socket.getaddrinfo('localhost', 80)",
    "send a descriptor": "socket.send_fds(socket.socketpair()[0], [b'x'], [0])",
    "send out of band": "socket.socketpair()[0].send(b'x', socket.MSG_OOB)",
    "have its parent signalled": "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
    "choose the signal": "fcntl.fcntl(0, 10, 9)",
    "ask for signals": "fcntl.fcntl(3, fcntl.F_SETFL, os.O_ASYNC)",
    "type into a terminal": "fcntl.ioctl(0, 0x5412, b'x')",
    "trace its parent": "ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0) and fail()",
    "change its user": "os.setuid(0) or fail()",
    "have capabilities again": "ctypes.CDLL(None).capset(ctypes.create_string_buffer(8), None) and fail()",
    "be dumpable again": "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0) and fail()",
    "outlive its parent": "ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) and fail()",
    "add a filter": "ctypes.CDLL(None).prctl(22, 2, 0, 0, 0) and fail()",
    "leave its namespaces": "ctypes.CDLL(None).unshare(0x10000000) and fail()",
    "mount": "ctypes.CDLL(None).mount(b'x', b'/', b'tmpfs', 0, None) and fail()",
    "have executable memory": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "make memory executable": "ctypes.CDLL(None).mprotect(ctypes.c_void_p(id(0) & ~4095), 4096, 7) and fail()",
    "have more memory": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "have more files": "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))",
    "limit its parent": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    "take all memory": "bytearray(4 << 30)",
    "take all memory slowly": "[bytearray(1 << 20) for _ in range(4096)]",
    "take all descriptors": "[os.dup(0) for _ in range(1000)]",
    "take all descriptors by pipes": "[os.pipe() for _ in range(1000)]",
    "load a library": "ctypes.CDLL('libresolv.so.2')",
    "import what is not in the standard library": "__import__('pytest')",
    "set the clock": "time.clock_settime(time.CLOCK_REALTIME, 0)",
    "raise its priority": "os.setpriority(os.PRIO_PROCESS, 0, -5)",
    "choose its processor": "os.sched_setaffinity(0, {0})",
    "see its parent's memory": "ctypes.CDLL(None).process_vm_readv(os.getppid(), 0, 0, 0, 0, 0) and fail()",
    "use an asynchronous ring": "ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(200)) and fail()",
    "use another machine's calls": "ctypes.CDLL(None).syscall(0x40000000 + 39) and fail()",
}
HEAD = """
import os, socket, fcntl, resource, time, mmap, ctypes
def fail(): raise OSError(0, 'refused')
try:
    {}
except (OSError, RuntimeError, MemoryError, ImportError, ValueError) as e:
    print('refused', type(e).__name__)
else:
    print('done')
"""


@pytest.mark.parametrize("name", REFUSED)
def test_may_not(box, name):
    result = box.run(HEAD.format(REFUSED[name]), timeout_s=5.0)
    assert "done" not in result.stdout
    # Refused, or killed by the kernel: never an accident of this test's wording.
    assert result.stdout.startswith("refused ") or result.exit_code < 0
    assert "NameError" not in result.stdout
