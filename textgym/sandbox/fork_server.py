"""The driver's side of the zygote."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass

from textgym.sandbox import zygote
from textgym.sandbox.lockdown import Settings, Unavailable

# Python needs these two in some installations to find itself; nothing else of the surroundings is passed on.
_PASSED_ON = ("LD_LIBRARY_PATH", "PYTHONHOME")
_ENVIRONMENT = {
    # The order of sets is the same in every run.
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    # A program has one thread.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_START_S = 60.0


class ForkFailed(OSError):
    """The system is out of processes or memory: not the program's fault."""


@dataclass(frozen=True)
class Ended:
    """What the kernel says of a guest that is no more.

    Args:
        exit_code: As in `subprocess`: a negative number is the signal that killed it.
        cpu_s: User and system time.
        peak_bytes: Largest resident memory, with what it shares with the zygote.
    """

    exit_code: int
    cpu_s: float
    peak_bytes: int


def environment() -> dict[str, str]:
    """Environment of every process of the sandbox."""
    return _ENVIRONMENT | {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def command(role: str, *arguments: str) -> list[str]:
    """Command line of a process of the sandbox: no site-packages, no user folder, no folder of the caller's."""
    bootstrap = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bootstrap.py")
    byte_code = ["-B"] if sys.dont_write_bytecode else []
    return [sys.executable, "-S", "-s", "-P", *byte_code, bootstrap, role, *arguments]


class ForkServer:
    """A running zygote.

    Args:
        settings: How to lock it.
        image: Descriptor of the standard library.
    """

    def __init__(self, settings: Settings, image: int) -> None:
        # Packets: a request and the descriptors with it are taken as a whole.
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                command("zygote", str(theirs.fileno()), str(image), json.dumps(asdict(settings))),
                env=environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), image],
            )
        self._spawned = 0

    def wait_until_ready(self) -> dict[str, str]:
        """State of each protection of the guests.

        Raises:
            Unavailable: If a required one is refused.
            OSError: If it did not start.
        """
        self._control.settimeout(_START_S)
        answer = json.loads(self._received())
        self._control.settimeout(None)
        if "unavailable" in answer:
            raise Unavailable(answer["unavailable"])
        return answer

    def spawn(self, *streams: int) -> tuple[int, socket.socket]:
        """Fork a guest.

        Args:
            streams: Descriptors of its standard input, output and error, or none for /dev/null.

        Returns:
            Its number and the driver's end of its socket, which does not block.
        """
        self._spawned += 1
        ours, theirs = socket.socketpair()
        with theirs:
            request = zygote.REQUEST.pack(zygote.SPAWN, self._spawned)
            socket.send_fds(self._control, [request], [theirs.fileno(), *streams])
        ours.setblocking(False)
        return self._spawned, ours

    def cpu_s(self, number: int) -> float:
        """Processor time that a guest has used so far."""
        self._control.send(zygote.REQUEST.pack(zygote.CPU_TIME, number))
        return zygote.SECONDS.unpack(self._received())[0]

    def start_ending(self, number: int) -> None:
        """Have a guest killed. `finish_ending` must be the next request that is answered."""
        self._control.send(zygote.REQUEST.pack(zygote.KILL, number))

    def finish_ending(self) -> Ended:
        """What became of the guest that is being killed.

        Raises:
            ForkFailed: If it had never been born.
        """
        error, status, user_s, system_s, peak_bytes = zygote.ENDED.unpack(self._received())
        if error:
            raise ForkFailed(error, f"fork: {os.strerror(error)}")
        return Ended(os.waitstatus_to_exitcode(status), user_s + system_s, peak_bytes)

    def _received(self) -> bytes:
        answer = self._control.recv(1 << 16)
        if not answer:
            raise ConnectionError("the zygote has ended")
        return answer

    def close(self) -> None:
        """End the zygote and every guest."""
        self._control.close()
        self._process.wait()
