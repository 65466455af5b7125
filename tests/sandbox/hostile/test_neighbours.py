"""Hostile programs beside honest ones, on several workers: verdicts go to whom they belong."""

import random

from textgym.sandbox import Case, CaseJob, Sandbox, ScriptJob, TestJob

KINDS = (
    "import os\nos.closerange(0, 99)\nwhile True: pass",
    "import os\nfor fd in range(3, 48):\n    try: os.write(fd, b'\\xff' * 999)\n    except OSError: pass\ndef f(x): return 0",
    "import os, json, struct\nbody = json.dumps(['returned', 7, [], '']).encode()\nos.write(3, (struct.pack('=I', len(body)) + body) * 99)\ndef f(x): return 0",
    "def f(x): return 10 ** 6000",
    "def f(x):\n    while True: pass",
    "import os\ndef f(x): os._exit(0)",
    "def f(x): return [[]] * 200000",
    "def f(x): raise SystemExit(0)",
)


def test_answers_of_one_program_are_nobody_elses():
    rng = random.Random(0)
    jobs, expected = [], []
    for number in range(90):
        kind = rng.randrange(4)
        if kind == 0:
            jobs.append(
                TestJob(
                    rng.choice(KINDS),
                    "f",
                    "def check(c):\n    x = c(1)\n    assert x == -5, x",
                    timeout_s=0.2,
                )
            )
            expected.append(False)
        elif kind == 1:
            jobs.append(
                CaseJob(f"def f(x):\n    return x + {number}", "f", [Case((1,), number + 1)], timeout_s=20.0)
            )
            expected.append(True)
        elif kind == 2:
            jobs.append(
                CaseJob(f"def f(x):\n    return {number}", "f", [Case((1,), number + 1)], timeout_s=20.0)
            )
            expected.append(False)
        else:
            jobs.append(ScriptJob(f"print(input(), {number})", str(number), timeout_s=20.0))
            expected.append(f"{number} {number}\n")
    with Sandbox(workers=3) as box:
        answers = box.map(jobs)
    assert [a.stdout if hasattr(a, "stdout") else a.passed for a in answers] == expected


def test_a_program_can_be_wrong_in_every_case_but_one(box):
    """Each case counts for itself, whatever the others did to the process."""
    program = """
import os
n = 0
def f(x):
    global n
    n += 1
    if n == 2: raise SystemExit(0)
    if n == 3: return [None] * 10
    if n == 4: return float("nan")
    if n == 5: return True
    return 1 if n == 1 else os._exit(0)
"""
    verdict = box.check_cases(
        program, entry_point="f", cases=[Case((1,), 1)] * 4 + [Case((1,), 2)] * 3, timeout_s=5.0
    )
    assert (verdict.passed, verdict.passed_cases, verdict.status) == (False, 1, "crashed")
