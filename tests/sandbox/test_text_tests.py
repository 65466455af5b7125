"""Programs of known worth, judged by tests as text."""

import pytest

from textgym.sandbox import Sandbox

ADD = "def add(a, b):\n    return a + b\n"
CHECK_ADD = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n"


def check(box, program, test, entry_point="f", **options):
    return box.check(program, entry_point=entry_point, test=test, timeout_s=5.0, **options)


SWALLOWS = """
def check(candidate):
    assert candidate(1) == 1
    try:
        candidate("a")
    except:
        pass
    else:
        assert False
"""


class TestTextTests:
    @pytest.mark.parametrize(
        ("ending", "status"), [("while True: pass", "timeout"), ("import os; os._exit(0)", "crashed")]
    )
    def test_a_test_that_swallows_everything_does_not_pass_a_program_that_was_stopped(
        self, box, ending, status
    ):
        program = f"def f(x):\n    if x == 1: return 1\n    {ending}\n"
        verdict = box.check(program, entry_point="f", test=SWALLOWS, timeout_s=0.3)
        assert (verdict.passed, verdict.status, verdict.passed_cases) == (False, status, 0)

    def test_a_test_that_swallows_everything_passes_a_program_that_raises(self, box):
        program = "def f(x):\n    if x == 1: return 1\n    raise ValueError\n"
        assert check(box, program, SWALLOWS).passed

    def test_a_right_program_passes(self, box):
        verdict = check(box, ADD, CHECK_ADD, "add")
        assert verdict.passed
        assert (verdict.status, verdict.detail, verdict.passed_cases, verdict.total_cases) == (
            "passed",
            "",
            1,
            1,
        )
        assert 0 < verdict.cpu_s < 3
        assert verdict.peak_bytes > 1 << 20

    @pytest.mark.parametrize(
        ("program", "status"),
        [
            ("def add(a, b):\n    return a - b", "failed"),
            ("def add(a, b):\n    return str(a + b)", "failed"),
            ("def add(a, b):\n    raise ValueError", "failed"),
            ("def add(a):\n    return a", "failed"),
            ("def add(a, b):\n    raise SystemExit(0)", "failed"),
            ("def add(a, b):\n    return lambda: 3", "failed"),
            ("def sub(a, b):\n    return a - b", "error"),
            ("def add(a, b)\n    return a + b", "error"),
            ("add = 3 / 0", "error"),
            ("raise SystemExit(0)", "error"),
            ("\0", "error"),
            ("\ud800", "error"),
            ("import os\nos._exit(0)", "crashed"),
            ("def add(a, b):\n    import os\n    os._exit(0)", "crashed"),
            ("", "error"),
            ("#" * (1 << 20) + "#", "error"),
        ],
    )
    def test_a_wrong_one_does_not(self, box, program, status):
        verdict = check(box, program, CHECK_ADD, "add")
        assert not verdict.passed
        assert verdict.status == status

    def test_assertions_may_stand_alone_and_name_the_entry_point(self, box):
        assert check(box, ADD, "assert add(1, 2) == 3\nassert add(b=1, a='x' * 0 or 1) == 2", "add").passed
        assert not check(box, ADD, "assert add(1, 2) == 3\nassert add(2, 2) == 5", "add").passed

    def test_the_entry_point_may_be_an_expression(self, box):
        program = "class Solution:\n    def twice(self, x):\n        return 2 * x"
        assert check(box, program, "def check(c):\n    assert c(2) == 4", "Solution().twice").passed

    def test_helpers_come_from_the_prelude_and_not_from_the_program(self, box):
        prelude = "def double(x):\n    return 2 * x\ndef f(x):\n    pass\n"
        forged = "def double(x):\n    return 0\ndef f(x):\n    return 0"
        test = "def check(c):\n    assert c(1) == double(1)"
        assert not check(box, forged, test, prelude=prelude).passed
        assert check(box, "def f(x):\n    return 2", test, prelude=prelude).passed

    @pytest.mark.parametrize(
        "test", ["def check(c):\n    pass", "", "assert True", "def check(c):\n    return c"]
    )
    def test_a_test_that_calls_nothing_passes_nobody(self, box, test):
        verdict = check(box, ADD, test, "add")
        assert (verdict.status, verdict.passed_cases) == ("error", 0)

    @pytest.mark.parametrize(
        "test",
        [
            "def check(c):\n    try:\n        assert c(1) == 2\n    except:\n        pass",
            "def check(c):\n    try:\n        c(1)\n    except BaseException:\n        pass",
            "def check(c):\n    import contextlib\n    with contextlib.suppress(BaseException):\n        c(1)",
            "def check(c):\n    try:\n        c(1)\n    finally:\n        return",
        ],
    )
    @pytest.mark.parametrize(
        ("program", "status"),
        [
            ("import os\ndef f(x):\n    os._exit(0)", "crashed"),
            ("def f(x:", "error"),
        ],
    )
    def test_a_test_that_swallows_everything_does_not_pass_a_program_that_died(
        self, box, test, program, status
    ):
        assert check(box, program, test).status == status

    def test_a_stop_iteration_does_not_end_the_test_early(self, box):
        test = (
            "cases = [(1, 2), (2, 3)]\ndef check(c):\n    assert all(map(lambda p: c(p[0]) == p[1], cases))"
        )
        assert check(box, "def f(x):\n    return x + 1", test).passed
        for name in ("StopIteration", "StopAsyncIteration", "GeneratorExit"):
            assert not check(box, f"def f(x):\n    raise {name}", test).passed

    def test_expected_exceptions_arrive_as_the_builtin_class(self, box):
        test = "def check(c):\n    try:\n        c(-1)\n    except ValueError as e:\n        assert str(e) == 'no'\n    else:\n        assert False"
        assert check(box, "def f(x):\n    raise ValueError('no')", test).passed
        assert check(box, "class Mine(ValueError): pass\ndef f(x):\n    raise Mine('no')", test).passed
        assert not check(box, "def f(x):\n    raise KeyError('no')", test).passed
        assert not check(box, "def f(x):\n    return 0", test).passed

    def test_answers_that_depend_on_answers(self, box):
        test = "def check(c):\n    assert c(c(5)) == 7\n    assert [c(i) for i in range(3)] == [1, 2, 3]\n    assert c(0) == 1"
        assert check(box, "def f(x):\n    return x + 1", test).passed

    def test_calls_are_made_in_the_order_of_the_test_and_once(self, box):
        program = "calls = []\ndef f(x):\n    calls.append(x)\n    return list(calls)"
        literal = "def check(c):\n    assert c(1) == [1]\n    assert c(2) == [1, 2]"
        assert check(box, program, literal).passed
        mixed = "def check(c):\n    assert c(1) == [1]\n    x = 2\n    assert c(x) == [1, 2]\n    assert c(3) == [1, 2, 3]"
        assert check(box, program, mixed).passed

    def test_a_test_that_takes_another_way_than_its_text_still_gets_its_own_answers(self, box):
        test = "def check(c):\n    if False:\n        assert c(1) == 0\n    assert c(2) == 3\n    assert c(1.0) == 2.0\n    assert c(True) is not True"
        assert check(box, "def f(x):\n    return x + 1", test).passed

    def test_nothing_is_left_for_the_next_program(self, box):
        poison = "import builtins, sys, math\nbuiltins.sum = lambda x: 99\nsys.modules['math'].pi = 3\ndef f(x):\n    return x"
        test = "def check(c):\n    assert c([1]) == [1]"
        assert check(box, poison, test).passed
        fresh = "import math\ndef f(x):\n    return sum(x), math.pi"
        assert check(box, fresh, "def check(c):\n    assert c([1]) == (1, 3.141592653589793)").passed

    def test_sets_and_random_numbers_are_the_same_every_time(self, box):
        program = "import random\ndef f(x):\n    return random.random(), list({str(i) for i in range(20)})"
        recorder = "def check(c):\n    raise AssertionError(repr(c(0)))"
        seen = {check(box, program, recorder).detail for _ in range(3)}
        with Sandbox(workers=1) as another:
            seen.add(check(another, program, recorder).detail)
        assert len(seen) == 1
