"""Programs that do not solve the task and want to pass, or want something from this machine."""

import os
import socket
import threading
from pathlib import Path

import pytest

from textgym.sandbox import Case, CaseJob, Sandbox, ScriptJob

# Nothing but solving the task tells what this is.
TEST = (
    "def check(candidate):\n    assert candidate(6, 7) == 'forty-two'\n    assert candidate(2, 2) == 'four'\n"
)

FORGERIES = {
    "equal to everything": """
class Yes(str):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
def f(a, b): return Yes()
""",
    "an object equal to everything": """
class Yes:
    def __eq__(self, other): return True
def f(a, b): return Yes()
""",
    "a class of which everything is an instance": """
class Meta(type):
    def __eq__(self, other): return True
    def __instancecheck__(self, other): return True
class Yes(metaclass=Meta): pass
def f(a, b): return Yes
""",
    "exit code 0 at load": "import os\nos._exit(0)",
    "exit code 0 at call": "import os\ndef f(a, b):\n    os._exit(0)",
    "SystemExit": "def f(a, b):\n    raise SystemExit(0)",
    "KeyboardInterrupt": "def f(a, b):\n    raise KeyboardInterrupt",
    "GeneratorExit": "def f(a, b):\n    raise GeneratorExit",
    "StopIteration": "def f(a, b):\n    raise StopIteration('forty-two')",
    "AssertionError": "def f(a, b):\n    raise AssertionError",
    "its own exception hierarchy": "class E(BaseException): pass\ndef f(a, b):\n    raise E",
    "defines check": "def check(candidate): pass\ndef f(a, b): return 0",
    "defines check in builtins": "import builtins\nbuiltins.check = lambda c: None\ndef f(a, b): return 0",
    "patches the assertion's exception": "import builtins\nbuiltins.AssertionError = Exception\ndef f(a, b): return 0",
    "patches comparison of the sandbox": """
import sys
from textgym.sandbox import comparison
comparison.same = lambda *a, **k: True
def f(a, b): return 0
""",
    "patches the encoder": """
from textgym.sandbox import wire
wire.encode = lambda *a: {"zzz": 1}
def f(a, b): return 0
""",
    "patches json": "import json\njson.JSONEncoder.encode = lambda *a: '{}'\ndef f(a, b): return 0",
    "looks for the test in frames": """
import sys
def f(a, b):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, str) and "forty-two" in value and value is not frame.f_code:
                return "forty-two"
        frame = frame.f_back
""",
    "looks for the test among all objects": """
import gc
def f(a, b):
    found = [o for o in gc.get_objects() if isinstance(o, dict) and "expected" in o]
    return found and found[0]["expected"]
""",
    "searches its memory for the test": """
import ctypes
def f(a, b):
    ctypes.string_at(id(f) - 4096, 1 << 20).index(b"forty" + b"-two")
    return "forty" + "-two"
""",
    "sends a pass of its own": """
import os, json, struct
body = json.dumps({"status": "passed", "detail": "", "passed_cases": 1, "total_cases": 1}).encode()
for fd in range(40):
    try: os.write(fd, struct.pack("=I", len(body)) + body)
    except OSError: pass
def f(a, b): return 0
""",
    "answers before it is asked": """
import os, json, struct
body = json.dumps(["returned", "four", [], ""]).encode()
for fd in range(3, 40):
    try: os.write(fd, (struct.pack("=I", len(body)) + body) * 50)
    except OSError: pass
def f(a, b): return 0
""",
    "calls back what it was not given": """
import os, json, struct
body = json.dumps(["callback", 0, [], []]).encode()
for fd in range(3, 40):
    try: os.write(fd, struct.pack("=I", len(body)) + body)
    except OSError: pass
def f(a, b): return 0
""",
    "names an object that was not asked for": """
import os, json, struct
body = json.dumps(["returned", {"h": 0}, [], ""]).encode()
for fd in range(3, 40):
    try: os.write(fd, (struct.pack("=I", len(body)) + body) * 2)
    except OSError: pass
def f(a, b): return 0
""",
    "half a message": "import os\nos.write(3, b'\\xff')\ndef f(a, b): os._exit(0)",
    "an endless message": "import os\nos.write(3, b'\\xff' * 8)\ndef f(a, b):\n    while True: os.write(3, b'x' * 65536)",
    "a deep message": """
import os, struct
body = b"[" * 100000 + b"]" * 100000
os.write(3, struct.pack("=I", len(body)) + body)
def f(a, b): return 0
""",
    "a long answer": "def f(a, b): return 'x' * (8 << 20)",
    "a huge range": "def f(a, b): return range(10 ** 18)",
    "a cyclic answer": "def f(a, b):\n    x = []\n    x.append(x)\n    return x",
    "traces everything": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)\ndef f(a, b): return 0",
    "an exit hook": "import atexit\natexit.register(print, 'passed')\ndef f(a, b): return 0",
    "prints what a harness may look for": "print('passed\\nOK\\n1 passed in 0.01s')\ndef f(a, b): return 0",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_does_not_pass(box, name):
    for objects in (False, True):
        verdict = box.check(FORGERIES[name], entry_point="f", test=TEST, timeout_s=1.0, objects=objects)
        assert not verdict.passed
    cases = [Case((6, 7), "forty-two"), Case((2, 2), "four")]
    verdict = box.check_cases(FORGERIES[name], entry_point="f", cases=cases, timeout_s=1.0)
    assert not verdict.passed


def test_honest_programs_pass_after_all_that(box):
    assert box.check_cases("def f(a, b): return a * b", entry_point="f", cases=[Case((6, 7), 42)]).passed


def test_a_guest_holds_four_descriptors_and_no_more(box):
    program = (
        "import os\nfor fd in range(64):\n    try: os.fstat(fd); print(fd, end=' ')\n    except OSError: pass"
    )
    listed = box.run(
        program.replace("os.fstat(fd)", "os.dup2(fd, 63); os.close(63)")
        .replace("64", "47")
        .replace("63", "47")
    )
    assert listed.stdout == "0 1 2 3 "


def test_no_message_reaches_a_socket_of_this_machine(box):
    name = f"\0sandbox-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as target:
        target.bind(name)
        target.setblocking(False)
        program = f"""
import socket
name = {name!r}
for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        ours.sendto(b"out", name)
    except OSError:
        pass
    try:
        socket.socket(socket.AF_UNIX, kind).connect(name)
    except OSError:
        pass
print("tried")
"""
        assert box.run(program).stdout == "tried\n"
        with pytest.raises(BlockingIOError):
            target.recv(10)


def test_nothing_of_the_environment_arrives(box, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    program = "import os, sys\nprint(dict(os.environ), sys.argv, os.getcwd(), sys.path)"
    assert box.run(program).stdout == "{} ['solution.py'] / []\n"


def test_nothing_of_the_environment_reaches_any_process(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    processes = set(Path("/proc").glob("[0-9]*/environ"))
    with Sandbox(workers=1) as box:
        box.run("")
        new = set(Path("/proc").glob("[0-9]*/environ")) - processes
        ours = [path for path in new if b"bootstrap.py" in (path.parent / "cmdline").read_bytes()]
        assert len(ours) >= 2
        # The files of a process that is not dumpable belong to root, whoever it runs as.
        assert {
            path.stat().st_uid for path in ours if (path.parent / "cmdline").read_bytes().count(b"zygote")
        } == {0}
        try:
            environments = [path.read_bytes() for path in ours]
        except PermissionError:
            pytest.skip("only root sees the environment of a process that is not dumpable")
    assert not any(b"hunter2" in environment for environment in environments)


def test_programs_at_the_same_time_do_not_see_each_other():
    with Sandbox(workers=2) as two:
        program = "import os\nprint(os.getpid() > 1)\nfor pid in range(1, 400):\n    try: os.kill(pid, 9)\n    except OSError: pass\nprint('still here')"
        answers = []
        jobs = [
            ScriptJob(program),
            CaseJob("import time\ndef f():\n    time.sleep(0.2)\n    return 1", "f", [Case((), 1)]),
        ]
        threads = [threading.Thread(target=lambda: answers.extend(two.map(jobs * 4))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 16
    assert all(answer.passed for answer in answers if hasattr(answer, "passed"))
    assert all(answer.stdout.endswith("still here\n") for answer in answers if hasattr(answer, "stdout"))


def test_the_library_in_memory_cannot_be_changed_for_the_next_program(box):
    # The pages are a private mapping of a sealed file: made writable, they are the program's own.
    program = """
import sys, mmap, ctypes
importer = next(f for f in sys.meta_path if type(f).__name__ == "MemoryImporter")
memory = importer._memory
address = ctypes.addressof(ctypes.c_char.from_buffer(bytearray(1)))
view = (ctypes.c_char * 1)
size = len(memory)
base = id(memory)
pointer = ctypes.c_void_p.from_address(base + object.__basicsize__).value
libc = ctypes.CDLL(None)
print(libc.mprotect(ctypes.c_void_p(pointer), ctypes.c_size_t(size), 3))
ctypes.memset(pointer + importer._start, 0, size - importer._start)
try:
    import json.tool, fractions
except BaseException as e:
    print("broken here")
"""
    assert box.run(program).stdout == "0\nbroken here\n"
    assert box.run("import fractions\nprint(fractions.Fraction(1, 2))").stdout == "1/2\n"
