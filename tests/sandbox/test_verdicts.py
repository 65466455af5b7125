"""What the sandbox says of programs whose worth is known."""

import pickle
from collections import deque
from dataclasses import replace

import numpy as np
import pytest

from textgym.errors import NotPlainData
from textgym.sandbox import Case, CaseJob, Sandbox, ScriptJob, TestJob

ADD = "def add(a, b):\n    return a + b\n"
CHECK_ADD = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n"


def check(box, program, test, entry_point="f", **options):
    return box.check(program, entry_point=entry_point, test=test, timeout_s=5.0, **options)


class TestTextTests:
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


class TestObjects:
    STACK = """
class Stack:
    limit = 3
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, x):
        self.items.append(x)
        return self
    def __len__(self):
        return len(self.items)
    def __getitem__(self, i):
        return self.items[i]
    def __setitem__(self, i, x):
        self.items[i] = x
    def __str__(self):
        return f"<{self.items}>"
    def __iter__(self):
        return iter(self.items)
"""

    def test_a_class_is_tested_by_its_methods(self, box):
        test = """
def check(Stack):
    s = Stack([1])
    assert s.push(2).push(3) == s
    assert len(s) == 3 and s[2] == 3 and str(s) == "<[1, 2, 3]>" and list(s) == [1, 2, 3]
    s[0] = 7
    s.limit = 9
    assert s.items == [7, 2, 3] and s.limit == 9 and bool(s)
    other = Stack()
    assert other != s and not other and other.push(s).items[0] == s
    try:
        s.pop()
    except AttributeError:
        pass
    else:
        assert False
"""
        assert check(box, self.STACK, test, "Stack", objects=True).passed
        wrong = self.STACK.replace("append(x)", "insert(0, x)")
        assert not check(box, wrong, test, "Stack", objects=True).passed

    def test_iterators_of_the_program_end(self, box):
        program = "class Up:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n    def __next__(self):\n        self.n += 1\n        if self.n > 3: raise StopIteration\n        return self.n"
        assert check(
            box, program, "def check(Up):\n    assert list(Up()) == [1, 2, 3]", "Up", objects=True
        ).passed

    def test_without_asking_no_object_crosses(self, box):
        assert not check(box, self.STACK, "def check(S):\n    assert S() is not None", "Stack").passed

    @pytest.mark.parametrize(
        "claim",
        [
            "c(3) == 4",
            "4 == c(3)",
            "c(3) in (4, 5)",
            "4 in c(3)",
            "abs(c(3) - 4) < 1e-6",
            "4 - c(3) == 0",
            "c(3) <= 4 <= c(3)",
            "not (c(3) < 4 or c(3) > 4)",
            "c(3) + 0 == 4",
            "int(c(3)) == 4",
            "round(c(3)) == 4",
            "math.isclose(c(3), 4)",
            "{4: True}.get(c(3), False)",
            "c(3) | 4",
            "divmod(c(3), 4) == (0, 3)",
            "c(3) @ 4",
            "c(3).real == 4",
            "c(3).value == 4",
            "c(3)() == 4",
            "str(c(3)) == '4'",
            "max(c(3), 4) == 4",
            "sum([c(3)]) == 4",
            "[*c(3)] == [4]",
            "hash(c(3)) == hash(4)",
        ],
    )
    def test_an_object_that_is_equal_to_everything_is_equal_to_nothing_here(self, box, claim):
        forged = """
class Yes:
    def __getattr__(self, name): return Yes()
    def __call__(self, *a, **k): return Yes()
for name in "eq lt le gt ge contains add radd sub rsub or ror and matmul abs".split():
    setattr(Yes, f"__{name}__", lambda self, *a: True if name in ("eq", "le", "ge", "contains") else Yes())
Yes.__hash__ = lambda self: hash(4)
Yes.__ne__ = lambda self, other: False
def f(x):
    return Yes()
"""
        assert not check(box, forged, f"import math\ndef check(c):\n    assert {claim}", objects=True).passed


class TestCallbacks:
    def test_functions_of_the_test_are_called_back(self, box):
        program = "def f(g, xs):\n    return [g(x) for x in xs]"
        test = "seen = []\ndef check(c):\n    assert c(lambda x: seen.append(x) or 2 * x, [1, 2]) == [2, 4]\n    assert seen == [1, 2]"
        assert check(box, program, test).passed

    def test_builtin_functions_are_named(self, box):
        program = "def f(g, xs):\n    return [g(x) for x in xs]"
        test = "import math\ndef check(c):\n    assert c(len, ['ab', '']) == [2, 0]\n    assert c(math.sqrt, [4]) == [2.0]\n    assert c(int, ['3']) == [3]"
        assert check(box, program, test).passed

    def test_their_exceptions_reach_the_program(self, box):
        program = "def f(g):\n    try:\n        g()\n    except KeyError as e:\n        return str(e)"
        test = "def check(c):\n    def g():\n        raise KeyError('gone')\n    assert 'gone' in c(g)"
        assert check(box, program, test).passed

    def test_a_callback_may_call_the_program(self, box):
        program = "def f(n, g=None):\n    return g(n) if g else n + 1"
        test = "def check(c):\n    assert c(3, lambda n: c(n) * 10) == 40\n    assert c(1) == 2"
        assert check(box, program, test).passed

    @pytest.mark.parametrize("builtin", ["eval", "exec", "open", "__import__", "getattr"])
    def test_a_builtin_runs_in_the_program_and_not_here(self, box, builtin):
        # `__name__` of the scope in which it is evaluated would be __tests__ in the driver.
        program = "def f(g):\n    return g.__name__, g is getattr(__import__('builtins'), g.__name__)"
        assert check(box, program, f"def check(c):\n    assert c({builtin}) == ({builtin!r}, True)").passed

    def test_bound_methods_of_builtins_do_not_cross(self, box):
        verdict = check(box, "def f(g):\n    return 1", "def check(c):\n    assert c([].append) == 1")
        assert "not plain data" in verdict.detail


class TestMutation:
    SORT = "def f(xs):\n    xs.sort()\n"

    def test_arguments_change_if_the_test_asks_for_it(self, box):
        test = "def check(c):\n    xs = inner = [3, 1, 2]\n    assert c(xs) is None\n    assert inner == [1, 2, 3]"
        assert check(box, self.SORT, test, mutable_arguments=True).passed
        assert not check(box, self.SORT, test).passed

    def test_nested_containers_keep_their_identity(self, box):
        program = "def f(grid, *, seen, raw, queue):\n    grid[0][0] = 9\n    grid.append([5])\n    seen['a'].add(2)\n    del seen['b']\n    raw[0] = 65\n    queue.popleft()"
        test = """
from collections import deque
def check(c):
    row, members = [1], {1}
    grid, seen, raw, queue = [row], {"a": members, "b": 0}, bytearray(b"xy"), deque([1, 2])
    c(grid, seen=seen, raw=raw, queue=queue)
    assert row == [9] and grid == [[9], [5]] and members == {1, 2} and seen == {"a": {1, 2}}
    assert raw == b"Ay" and queue == deque([2])
"""
        assert check(box, program, test, mutable_arguments=True).passed

    def test_an_argument_cannot_become_of_another_type(self, box):
        # Unable to do so honestly, the program replaces what encodes its arguments.
        program = (
            "import gc, sys\ndef f(xs):\n    sys.modules['textgym.sandbox.wire'].encode = lambda *a: 5\n"
        )
        test = "def check(c):\n    xs = [1]\n    c(xs)\n    assert xs == [1]"
        assert "came back as int" in check(box, program, test, mutable_arguments=True).detail


class TestCases:
    def test_every_case_counts(self, box):
        cases = [
            Case((1, 2), 3),
            Case((1, 2), 4),
            Case(([1], [2]), [1, 2]),
            Case(kwargs={"a": 1, "b": 1}, expected=2),
        ]
        verdict = box.check_cases(ADD, entry_point="add", cases=cases, timeout_s=5.0)
        assert (verdict.passed, verdict.status, verdict.passed_cases, verdict.total_cases) == (
            False,
            "failed",
            3,
            4,
        )
        assert verdict.detail == "case 1: wrong answer"
        right = box.check_cases(ADD, entry_point="add", cases=[cases[0], *cases[2:]], timeout_s=5.0)
        assert (right.passed, right.passed_cases) == (True, 3)

    @pytest.mark.parametrize(
        ("case", "passes"),
        [
            (Case((0,), raises="ZeroDivisionError"), True),
            (Case((0,), raises="ValueError"), False),
            (Case((1,), raises="ZeroDivisionError"), False),
            (Case((0,), 1), False),
            (Case((3,), 1 / 3 + 1e-12), True),
            (Case((3,), 1 / 3 + 1e-12, tolerance=0.0), False),
        ],
    )
    def test_exceptions_and_tolerance(self, box, case, passes):
        verdict = box.check_cases("def f(x):\n    return 1 / x", entry_point="f", cases=[case], timeout_s=5.0)
        assert verdict.passed is passes

    @pytest.mark.parametrize(("after", "passes"), [([1, 2, 3], True), ([3, 1, 2], False)])
    def test_arguments_afterwards(self, box, after, passes):
        cases = [Case(([3, 1, 2],), None, args_after=(after,)), Case(([],), None)]
        verdict = box.check_cases(TestMutation.SORT, entry_point="f", cases=cases, timeout_s=5.0)
        assert verdict.passed is passes

    def test_cases_before_an_endless_one_count(self, box):
        program = "def f(x):\n    while x:\n        pass\n    return x"
        cases = [Case((0,), 0), Case((0,), 0), Case((1,), 1), Case((0,), 0)]
        verdict = box.check_cases(program, entry_point="f", cases=cases, timeout_s=1.0)
        assert (verdict.status, verdict.passed_cases, verdict.total_cases) == ("timeout", 2, 4)
        assert verdict.detail.startswith("case 2: ")

    def test_no_cases_pass_nobody(self, box):
        assert not box.check_cases(ADD, entry_point="add", cases=[]).passed

    def test_cases_hold_plain_data_only(self, box):
        with pytest.raises(NotPlainData, match="object"):
            box.check_cases(ADD, entry_point="add", cases=[Case((object(),), 1)])


class TestDoctests:
    EXAMPLES = """
    Adds.

    >>> f(1)
    2
    >>> x = f(2)
    >>> x, f(0)
    (3, 1)
    >>> f("a")
    Traceback (most recent call last):
    TypeError: can only concatenate str (not "int") to str
    """

    def test_examples(self, box):
        verdict = box.check_doctest("def f(x):\n    return x + 1", entry_point="f", examples=self.EXAMPLES)
        assert (verdict.passed, verdict.passed_cases, verdict.total_cases) == (True, 4, 4)
        wrong = box.check_doctest("def f(x):\n    return 1 + x", entry_point="f", examples=self.EXAMPLES)
        assert (wrong.passed, wrong.passed_cases) == (False, 3)

    def test_what_the_program_prints_is_seen(self, box):
        examples = ">>> f(1)\nhi\n1\n"
        assert box.check_doctest(
            "def f(x):\n    print('hi')\n    return x", entry_point="f", examples=examples
        ).passed
        assert not box.check_doctest("def f(x):\n    return x", entry_point="f", examples=examples).passed

    def test_a_dead_program_fails_all_examples_and_none_is_no_pass(self, box):
        program = "import os\nos._exit(0)"
        assert box.check_doctest(program, entry_point="f", examples=self.EXAMPLES).status == "crashed"
        assert not box.check_doctest("def f(x): pass", entry_point="f", examples="no examples").passed


class TestScripts:
    def test_reads_and_prints(self, box):
        result = box.run("import sys\nprint(sum(map(int, sys.stdin.read().split())))", "1 2 3\n")
        assert (result.status, result.stdout, result.stderr, result.exit_code) == ("ok", "6\n", "", 0)

    @pytest.mark.parametrize("read", ["input()", "open(0).read()", "next(iter(__import__('sys').stdin))"])
    def test_ways_of_reading(self, box, read):
        assert box.run(f"print({read}.strip())", "ä€").stdout == "ä€\n"

    def test_it_is_the_main_module(self, box):
        assert box.run("if __name__ == '__main__':\n    print('yes')").stdout == "yes\n"

    @pytest.mark.parametrize(
        ("program", "status", "code", "error"),
        [
            ("import sys\nsys.exit(3)", "failed", 3, ""),
            ("import sys\nsys.exit()", "ok", 0, ""),
            ("import sys\nsys.exit('why')", "failed", 1, "why\n"),
            ("1 / 0", "failed", 1, "ZeroDivisionError: division by zero\n"),
            ("def f(:", "failed", 1, "SyntaxError: invalid syntax\n"),
            ("import os\nos._exit(7)", "failed", 7, ""),
        ],
    )
    def test_ends(self, box, program, status, code, error):
        result = box.run(f"print('before', flush=True)\n{program}" if "def" not in program else program)
        assert (result.status, result.exit_code) == (status, code)
        assert result.stderr.endswith(error)

    def test_a_traceback_shows_the_program_and_nothing_of_this_installation(self, box):
        result = box.run(
            "import json\ntry:\n    json.loads('{')\nexcept ValueError as e:\n    raise KeyError(1) from e"
        )
        assert result.stderr.splitlines() == [
            "Traceback (most recent call last):",
            '  File "solution.py", line 3, in <module>',
            "    json.loads('{')",
            "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            "",
            "The above exception was the direct cause of the following exception:",
            "",
            "Traceback (most recent call last):",
            '  File "solution.py", line 5, in <module>',
            "    raise KeyError(1) from e",
            "KeyError: 1",
        ]

    def test_much_input_that_is_not_read_and_much_that_is(self, box):
        assert box.run("print('done')", "x" * (1 << 20)).stdout == "done\n"
        assert box.run("import sys\nprint(len(sys.stdin.read()))", "x" * (1 << 20)).stdout == f"{1 << 20}\n"
        assert (
            box.run("import sys\nsys.stdout.write(sys.stdin.read())", "y" * 500_000).stdout == "y" * 500_000
        )

    def test_output_is_bounded(self, box):
        result = box.run("while True:\n    print('x' * 1000)", timeout_s=20.0)
        assert (result.status, len(result.stdout)) == ("output_limit", 1 << 20)

    @pytest.mark.parametrize(
        "program",
        [
            "while True:\n    pass",
            "import time\ntime.sleep(100)",
            "import sys\nwhile True:\n    sys.stderr.write('x' * 1000)",
            "import os\nos.close(1)\nos.close(2)\nwhile True:\n    pass",
            "import os\nos.closerange(0, 99)\nwhile True:\n    pass",
            "import os\nwhile True:\n    os.write(3, b'x' * 1000)",
            "import signal\nfor n in (1, 2, 14, 15, 24):\n    signal.signal(n, signal.SIG_IGN)\nwhile True:\n    pass",
        ],
    )
    def test_time_is_bounded(self, box, program):
        result = box.run(program, timeout_s=0.3)
        assert result.status in ("timeout", "crashed")
        assert len(result.stderr) <= 1 << 16

    def test_what_was_printed_before_the_end_of_time_is_kept(self, box):
        assert box.run("print('early', flush=True)\nwhile True:\n    pass", timeout_s=1.0).stdout == "early\n"


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


def test_double_ended_queues_stay_what_they_are(box):
    program = "from collections import deque\ndef f(q):\n    return q"
    assert box.check_cases(program, entry_point="f", cases=[Case((deque([1]),), deque([1]))]).passed
    assert not box.check_cases(program, entry_point="f", cases=[Case((deque([1]),), [1])]).passed
