"""Holes that attacks found: each was open once."""

import re
from pathlib import Path

import numpy as np
import pytest

from textgym.sandbox import Case, Sandbox
from textgym.sandbox.comparison import same

ANSWERS_AN_OBJECT = "class A:\n    def __str__(self):\n        {}\ndef f(x):\n    return A()"


class TestTheDriverOutlivesEveryAnswer:
    """None of these may take the driver down: restarts are slow, and a crash reads as trouble of the system."""

    @pytest.mark.parametrize(
        ("program", "status"),
        [
            ("def f(x):\n    return 10 ** 5000", "failed"),
            (ANSWERS_AN_OBJECT.format("import os; os._exit(0)"), "crashed"),
            (ANSWERS_AN_OBJECT.format("while True: pass"), "timeout"),
            (ANSWERS_AN_OBJECT.format("return 5"), "failed"),
            (ANSWERS_AN_OBJECT.format("raise SystemExit(0)"), "failed"),
        ],
    )
    def test_when_a_failed_assertion_is_put_into_words(self, box, driver, program, status):
        test = "def check(c):\n    answer = c(3)\n    assert answer == 4, answer"
        verdict = box.check(program, entry_point="f", test=test, timeout_s=0.5, objects=True)
        assert (verdict.passed, verdict.status) == (False, status)
        assert driver() == driver.before

    @pytest.mark.parametrize(
        "end", ["sys.exit(1)", "sys.exit(0)", "raise KeyboardInterrupt", "raise GeneratorExit"]
    )
    def test_when_the_test_leaves_in_its_own_way(self, box, driver, end):
        test = f"import sys\ndef check(c):\n    if c(3) != 4:\n        {end}"
        verdict = box.check("def f(x):\n    return 5", entry_point="f", test=test)
        assert (verdict.passed, verdict.status) == (False, "failed")
        assert driver() == driver.before


def test_details_are_one_printable_line(box):
    program = "def f(x):\n    raise ValueError('\\ud800 a\\nb \\x1b[2J\\x00\\u2028 é')"
    verdict = box.check(program, entry_point="f", test="def check(c):\n    c(1)")
    assert verdict.detail == "ValueError:   a b  [2J   é"


class TestAssertionsInCallbacks:
    """A program that swallowed them passed, and could read in their text what was expected."""

    TEST = "def check(c):\n    def g(x):\n        assert x == 7, 'seven is expected'\n    assert c(g) == 4"

    @pytest.mark.parametrize("caught", ["AssertionError", "BaseException"])
    def test_cannot_be_swallowed(self, box, caught):
        program = f"def f(g):\n    try:\n        g(1)\n    except {caught}:\n        pass\n    return 4"
        verdict = box.check(program, entry_point="f", test=self.TEST)
        assert (verdict.passed, verdict.status) == (False, "failed")
        assert verdict.detail == "AssertionError in a callback: seven is expected"
        assert box.check("def f(g):\n    g(7)\n    return 4", entry_point="f", test=self.TEST).passed

    def test_cannot_be_read(self, box):
        program = "def f(g):\n    try:\n        g(1)\n    except BaseException as e:\n        return str(e)"
        test = self.TEST.replace("== 4", "== 'seven is expected'")
        assert not box.check(program, entry_point="f", test=test).passed

    def test_with_a_text_that_cannot_be_made(self, box, driver):
        program = "def f(g):\n    try:\n        g(10 ** 5000)\n    except BaseException:\n        pass\n    return 4"
        for error in ("assert x == 7, x", "raise KeyError(x)"):
            test = f"def check(c):\n    def g(x):\n        {error}\n    assert c(g) == 5"
            assert box.check(program, entry_point="f", test=test).status == "failed"
        assert driver() == driver.before


class TestNothingGoesFromOneProgramToTheNext:
    FLAGS = (
        "import fcntl\ndef f(x):\n    return [fcntl.fcntl(fd, fcntl.F_GETFL) & 0o2006000 for fd in range(3)]"
    )

    def test_by_flags_of_dev_null(self, box):
        leave = "import fcntl\ndef f(x):\n    for fd in range(3): fcntl.fcntl(fd, fcntl.F_SETFL, 0o6000)\n    return fcntl.fcntl(0, fcntl.F_GETFL) & 0o6000"
        for _ in range(2):
            assert box.check(leave, entry_point="f", test=f"assert f(1) == {0o6000}").passed
            assert box.check(self.FLAGS, entry_point="f", test="assert f(1) == [0, 0, 0]").passed

    def test_by_flags_that_a_script_sets_while_the_next_process_waits(self, box):
        box.check(self.FLAGS, entry_point="f", test="assert f(1) == [0, 0, 0]")
        box.run("import fcntl\nfor fd in range(3): fcntl.fcntl(fd, fcntl.F_SETFL, 0o6000)")
        assert box.check(self.FLAGS, entry_point="f", test="assert f(1) == [0, 0, 0]").passed


class TestAFloatIsNotAnInteger:
    """A float near a long integer, or near True, was the same as that."""

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ("((1 + 5 ** 0.5) / 2) ** x / 5 ** 0.5 + 1e-5", 12586269025),  # a Fibonacci number, nearly
            ("12586269025.5", 12586269025),
            ("1 + 1e-12", True),
            ("1e-12", False),
            ("complex(4, 1e-12)", 4),
        ],
    )
    def test_in_cases(self, box, answer, expected):
        verdict = box.check_cases(
            f"def f(x):\n    return {answer}", entry_point="f", cases=[Case((50,), expected)]
        )
        assert verdict.detail == "case 0: wrong answer"

    def test_but_equal_numbers_are(self, box):
        cases = [Case((1,), 1.0), Case((2.0,), 2), Case((0.1 + 0.2,), 0.3), Case((True,), 1)]
        assert box.check_cases("def f(x):\n    return x", entry_point="f", cases=cases).passed


def test_a_number_is_not_an_array_of_one():
    assert not same(3, np.array([3]), tolerance=0.0)
    assert not same(np.array([3]), 3, tolerance=0.0)


def test_a_program_of_any_length_fails_and_is_no_trouble_of_the_system(box, driver):
    # 12 bytes each, more than a message may hold: the driver ended, eight times, and the trainer got an exception.
    program = "\U0001f40d" * (24 << 20)
    verdict = box.check(program, entry_point="f", test="assert f(1) == 1")
    assert (verdict.passed, verdict.status) == (False, "error")
    assert "longer than" in verdict.detail
    assert driver() == driver.before
    assert box.run(program).status == "error"


class TestMemoryOfTheDriver:
    # 9 bytes each on the way and 700 in the driver, in pieces that the C library keeps when they are freed.
    PROGRAM = """
import os, struct
body = b'["returned",[' + b",".join([b'{"e":[]}'] * 400000) + b'],[],""]'
def f(x):
    left = struct.pack("=I", len(body)) + body
    while left: left = left[os.write(3, left):]
"""

    def test_is_given_back_after_a_wide_answer(self, driver):
        with Sandbox(workers=1) as box:
            box.report  # noqa: B018 - starts it
            (pid,) = driver() - driver.before
            before = resident_bytes(pid)
            verdict = box.check(self.PROGRAM, entry_point="f", test="assert len(f(1)) == 1", timeout_s=10.0)
            assert verdict.status == "failed"
            assert driver() - driver.before == {pid}
            assert resident_bytes(pid) < before + (32 << 20)

    def test_is_taken_from_it_before_the_trainer_is_killed(self, driver):
        assert {int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in driver()} == {900}


def resident_bytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


RAISES = {
    "StopIteration": "next(iter([]))",
    "UnicodeDecodeError": "b'\\xff'.decode()",
    "SystemExit": "raise SystemExit(1)",
    "ExceptionGroup": "raise ExceptionGroup('a', [ValueError()])",
    "KeyError": "{}[x]",
}


class TestExceptionsThatAreNotRaisedInTests:
    """A case could not ask for them, so that right programs failed."""

    @pytest.mark.parametrize("name", RAISES)
    def test_cases_may_ask_for_them(self, box, name):
        for asked in RAISES:
            cases = [Case((1,), raises=asked)]
            verdict = box.check_cases(f"def f(x):\n    {RAISES[name]}", entry_point="f", cases=cases)
            assert verdict.passed is (asked == name)

    def test_a_name_is_that_of_its_own_answer(self, box):
        program = "def f(x):\n    if x: raise KeyError(x)\n    return 1"
        cases = [Case((1,), raises="KeyError"), Case((0,), raises="KeyError")]
        assert box.check_cases(program, entry_point="f", cases=cases).passed_cases == 1

    def test_tests_catch_their_bases(self, box):
        test = "def check(c):\n    try:\n        c(1)\n    except ValueError as e:\n        assert 'codec' in str(e)\n    else:\n        assert False"
        assert box.check("def f(x):\n    b'\\xff'.decode()", entry_point="f", test=test).passed
