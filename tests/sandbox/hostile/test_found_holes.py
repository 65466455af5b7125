"""Holes that attacks found: each was open once."""

import pytest

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

    @pytest.mark.parametrize("end", ["sys.exit(1)", "sys.exit(0)", "raise KeyboardInterrupt", "raise GeneratorExit"])
    def test_when_the_test_leaves_in_its_own_way(self, box, driver, end):
        test = f"import sys\ndef check(c):\n    if c(3) != 4:\n        {end}"
        verdict = box.check("def f(x):\n    return 5", entry_point="f", test=test)
        assert (verdict.passed, verdict.status) == (False, "failed")
        assert driver() == driver.before


def test_details_are_one_printable_line(box):
    program = "def f(x):\n    raise ValueError('\\ud800 a\\nb \\x1b[2J\\x00\\u2028 é')"
    verdict = box.check(program, entry_point="f", test="def check(c):\n    c(1)")
    assert verdict.detail == "ValueError:   a b  [2J   é"
