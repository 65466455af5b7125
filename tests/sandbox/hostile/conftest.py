"""What hostile programs are run against, and what outside of the sandbox must not have changed afterwards.

The programs are in `corpus/`, one after the other: a line `### name options: what it tries`, then the source. Options:
`refused=REGEX` is what must be found in the status and detail of the verdict, so that an attack that fails by an
accident of its wording is no success here; `timeout=SECONDS`; `slow`.
"""

import os
import platform
import re
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CORPUS = Path(__file__).parent / "corpus"
NOBODY = 65534
SECRET_NAME = "TEXTGYM_HOSTILE_SECRET"
HEAD = re.compile(r"^### (\w+)((?: refused=\S.*?| timeout=[\d.]+| slow)*): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """A hostile program.

    Args:
        name: Of the attack.
        source: As it is in the corpus.
        refused: What the verdict must say.
        timeout_s: Processor time that it gets.
        is_slow: Whether it is left out of the default run.
    """

    name: str
    source: str
    refused: str
    timeout_s: float
    is_slow: bool


def read_corpus(kind: str) -> list[Attack]:
    """The attacks of one class."""
    pieces = HEAD.split((CORPUS / f"{kind}.txt").read_text())[1:]
    attacks = []
    for name, options, _, source in zip(*[iter(pieces)] * 4, strict=True):
        refused = re.search(r"refused=(.*?)(?= timeout=| slow|$)", options)
        timeout = re.search(r"timeout=([\d.]+)", options)
        attacks.append(
            Attack(
                name,
                source,
                refused[1] if refused else "",
                float(timeout[1]) if timeout else 0.4,
                " slow" in options,
            )
        )
    return attacks


def pytest_generate_tests(metafunc):
    """One test for each attack of the class that a test names."""
    if marker := metafunc.definition.get_closest_marker("parametrize_corpus"):
        attacks = read_corpus(marker.args[0])
        metafunc.parametrize(
            "attack",
            [
                pytest.param(attack, id=attack.name, marks=[pytest.mark.slow] if attack.is_slow else [])
                for attack in attacks
            ],
        )


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "parametrize_corpus(kind): runs once for each attack of `corpus/kind.txt`"
    )


def children(pid: int) -> set[int]:
    """Process ids of the children of a process, of all its threads."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def drivers() -> set[int]:
    """Drivers of the sandboxes of this process."""
    names = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(os.getpid())}
    return {pid for pid, name in names.items() if b"bootstrap.py\0driver" in name}


def family(pid: int) -> int:
    """How many processes descend from one."""
    return sum(1 + family(child) for child in children(pid))


@pytest.fixture
def driver(box):
    """Gives the drivers that run now; those that ran when the test began are its attribute `before`."""
    box.report  # noqa: B018 - starts it

    def now() -> set[int]:
        return drivers()

    now.before = drivers()  # type: ignore[attr-defined]
    return now


class Outside:
    """Things outside of the sandbox that attacks aim at.

    Args:
        folder: A new one that everyone can read and write.
    """

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_hex(8)
        self.answer = f"answer-{self.token}"
        self._folder = folder
        folder.chmod(0o777)
        self._file = folder / "secret"
        self._file.write_text(f"secret-{self.token}")
        self._file.chmod(0o666)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._abstract = f"\0textgym-hostile-{self.token}"
        self._mailbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._mailbox.bind(self._abstract)
        for end in (self._listener, self._mailbox):
            end.setblocking(False)
        # Of this user, and of the user that a guest becomes when this one is root.
        users = [os.getuid()] + ([NOBODY] if os.getuid() == 0 else [])
        self._siblings = [
            subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(3600)"])
            if user == os.getuid()
            else subprocess.Popen(["/bin/sleep", "3600"], user=user, group=user, extra_groups=[])
            for user in users
        ]
        self._file_list = self._files()

    def prelude(self) -> str:
        """Where these things are, and what attacks have in common."""
        names = {
            "SECRET_FILE": str(self._file),
            "SECRET_NAME": SECRET_NAME,
            "PORT": self._listener.getsockname()[1],
            "ABSTRACT": self._abstract,
            "SIBLINGS": [process.pid for process in self._siblings],
            "HOST_NAME": platform.node(),
        }
        lines = [f"{name} = {value!r}\n" for name, value in names.items()]
        return "".join(lines) + (CORPUS / "lib.py.txt").read_text()

    def check_untouched(self) -> None:
        """Fail if anything happened to them."""
        assert self._file.read_text() == f"secret-{self.token}"
        assert self._file.stat().st_mode & 0o7777 == 0o666
        assert self._files() == self._file_list
        for receive in (self._listener.accept, lambda: self._mailbox.recv(10)):
            with pytest.raises(BlockingIOError):
                receive()
        assert [process.poll() for process in self._siblings] == [None] * len(self._siblings)
        for process in self._siblings:
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            assert re.search(r"Max cpu time +unlimited +unlimited", limits)
            assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0)

    def _files(self) -> list[str]:
        left = [
            str(path)
            for folder in ("/tmp", "/dev/shm", "/var/tmp")
            for path in Path(folder).glob("*textgym-hostile*")
        ]
        return left + sorted(str(path) for path in self._folder.iterdir())

    def close(self) -> None:
        """Take them away."""
        for process in self._siblings:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._listener.close()
        self._mailbox.close()


@pytest.fixture(scope="session")
def outside(tmp_path_factory):
    """Things outside of the sandbox that attacks aim at."""
    if platform.machine() != "x86_64":
        pytest.skip("the attacks know the numbers of x86-64")
    things = Outside(tmp_path_factory.mktemp("outside"))
    yield things
    things.close()


@pytest.fixture(scope="session")
def attacks_of():
    """The attacks of a class."""
    return read_corpus


@pytest.fixture(scope="session")
def hostile_box(outside):
    """A strict sandbox with one worker that was started with a secret in the environment."""
    from textgym.errors import SandboxUnavailable
    from textgym.sandbox import Sandbox

    os.environ[SECRET_NAME] = f"secret-{outside.token}"
    try:
        with Sandbox(workers=1) as sandbox:
            try:
                assert sandbox.report["seccomp"] == "on"
            except SandboxUnavailable as missing:
                # Anything else is a fault of the sandbox and not of this system.
                if "isolation 'strict' needs" not in str(missing):
                    raise
                pytest.skip(str(missing))
            yield sandbox
    finally:
        del os.environ[SECRET_NAME]


@pytest.fixture
def arena(hostile_box, outside):
    """The sandbox; after the test nothing outside has changed, and an honest program passes."""
    hostile_box.report  # noqa: B018 - starts a worker
    processes, descriptors = family(os.getpid()), len(os.listdir("/proc/self/fd"))
    yield hostile_box
    outside.check_untouched()
    honest = "import math, re, json\ndef f(x):\n    return [x + 1, math.pi, sum([x, 1]), json.dumps('a'), len('abc')]"
    test = (
        "def check(c):\n    assert c(3) == [4, 3.141592653589793, 4, '\"a\"', 3]\n    assert c(10)[0] == 11"
    )
    verdict = hostile_box.check(honest, entry_point="f", test=test, timeout_s=10.0)
    assert verdict.passed, verdict
    assert not hostile_box.check(
        honest, entry_point="f", test=test.replace("11", "12"), timeout_s=10.0
    ).passed
    assert hostile_box.run("print(input())", "x", timeout_s=10.0).stdout == "x\n"
    # The waiting guest may or may not have been reaped and replaced yet.
    assert abs(family(os.getpid()) - processes) <= 1
    assert len(os.listdir("/proc/self/fd")) == descriptors
