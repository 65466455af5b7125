"""Time limits, many jobs at once, and what programs can import."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from textgym.sandbox import Case, CaseJob, Sandbox, ScriptJob, TestJob

ADD = "def add(a, b):\n    return a + b\n"
CHECK_ADD = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n"


def check(box, program, test, entry_point="f", **options):
    return box.check(program, entry_point=entry_point, test=test, timeout_s=5.0, **options)


class TestTime:
    @pytest.mark.parametrize(
        "program",
        [
            "def f(x):\n    while True:\n        pass",
            "import time\ndef f(x):\n    time.sleep(60)",
            "while True:\n    pass",
            "def f(x):\n    return list(iter(int, 1))",
            "def f(x):\n    return 9 ** 9 ** 9",
            "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ndef f(x):\n    while True:\n        pass",
            "def f(x):\n    while True:\n        try:\n            f(x)\n        except BaseException:\n            pass",
        ],
    )
    def test_endless_programs_end(self, box, program):
        verdict = box.check(
            program, entry_point="f", test="def check(c):\n    assert c(1) == 1", timeout_s=0.3
        )
        assert verdict.status in ("timeout", "failed")
        assert verdict.cpu_s < 30

    def test_answers_that_make_the_test_slow_end_too(self, box):
        program = "def f():\n    return range(10 ** 15)"
        test = "def check(c):\n    n = 0\n    for i in c():\n        n += i\n    assert n"
        assert "of its own" in check(box, program, test).detail

    def test_a_wrong_first_answer_is_not_followed_by_waiting_for_the_rest(self, box):
        program = "def f(x):\n    while x:\n        pass\n    return 5"
        verdict = box.check(
            program, entry_point="f", test="assert f(0) == 1\nassert f(1) == 1", timeout_s=30.0
        )
        assert verdict.status == "failed"

    def test_the_limit_comes_from_the_reference(self, box):
        slow = "def f(n):\n    return sum(i * i for i in range(n))"
        job = CaseJob(slow, "f", [Case((2_000_000,), sum(i * i for i in range(2_000_000)))], timeout_s=60.0)
        cpu_s = box.map([job])[0].cpu_s
        assert box.timeout_from_reference(job, factor=20.0, at_least_s=0.5) > 5 * cpu_s
        assert box.timeout_from_reference(ScriptJob("print(1)"), factor=1.0, at_least_s=2.5) == 2.5
        with pytest.raises(ValueError, match="reference"):
            box.timeout_from_reference(replace(job, program="def f(n):\n    return 0"))


class TestMap:
    def test_answers_come_by_position_whatever_their_kind_and_duration(self):
        jobs = []
        for i in range(12):
            nap = "import time; time.sleep(0.1)\n" if i % 3 == 0 else ""
            jobs.append(CaseJob(f"{nap}def f():\n    return {i}", "f", [Case((), i if i % 2 else -1)]))
            jobs.append(ScriptJob(f"print({i})"))
        with Sandbox(workers=3) as box:
            answers = box.map(jobs)
            assert box.map([]) == []
        assert [a.passed for a in answers[::2]] == [i % 2 == 1 for i in range(12)]
        assert [a.stdout for a in answers[1::2]] == [f"{i}\n" for i in range(12)]

    @pytest.mark.parametrize("timeout_s", [0, -1.0, float("nan"), float("inf")])
    def test_a_time_limit_must_be_one(self, box, timeout_s):
        with pytest.raises(ValueError, match="timeout_s"):
            box.map([TestJob(ADD, "add", CHECK_ADD, timeout_s=timeout_s)])


class TestNumPy:
    def test_programs_and_tests_may_use_it(self):
        program = "import numpy as np\ndef f(xs):\n    return np.asarray(xs) * 2"
        test = "import numpy as np\ndef check(c):\n    np.testing.assert_allclose(c([1, 2]), [2, 4])\n    assert c(np.eye(2)).shape == (2, 2)"
        with Sandbox(workers=1, numpy=True) as box:
            assert check(box, program, test).passed
            assert box.check_cases(program, entry_point="f", cases=[Case(([1, 2],), np.array([2, 4]))]).passed
            random = "import numpy as np\ndef f():\n    return float(np.random.default_rng(0).random()), np.linalg.det(np.eye(2))"
            assert check(box, random, "assert f()[1] == 1.0").passed

    def test_they_may_not_unless_asked(self, box):
        verdict = check(box, "import numpy\ndef f():\n    return 1", "assert f() == 1")
        assert "ModuleNotFoundError" in verdict.detail


def test_standard_library_is_there(box):
    program = """
import asyncio, collections, contextlib, csv, dataclasses, datetime, decimal, difflib, email.message, enum, fractions
import functools, hashlib, heapq, html, inspect, io, itertools, json, logging, math, pathlib, pickle, pprint, queue
import random, re, secrets, statistics, string, struct, textwrap, threading, types, typing, unicodedata, urllib.parse
import uuid, xml.etree.ElementTree, zlib, zoneinfo

@dataclasses.dataclass
class Point:
    x: int

def f():
    async def later():
        await asyncio.sleep(0)
        return hashlib.sha256(b"x").hexdigest()[:4]
    return (asyncio.run(later()), str(decimal.Decimal("0.1") + 1), Point(1) == Point(1), statistics.mean([1, 2]),
            str(datetime.date(2020, 1, 1)), re.sub("a", "b", "aa"), pickle.loads(pickle.dumps([1])), "é".encode("cp1252"))
"""
    test = "assert f() == ('2d71', '1.1', True, 1.5, '2020-01-01', 'bb', [1], b'\\xe9')"
    assert check(box, program, test).detail == ""


def test_a_sandbox_is_copied_as_its_arguments(box):
    copy = pickle.loads(pickle.dumps(box))
    with copy:
        assert check(copy, ADD, CHECK_ADD, "add").passed
    assert check(box, ADD, CHECK_ADD, "add").passed
