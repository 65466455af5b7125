"""Programs of known worth, judged by cases and by the examples of a session."""

from collections import deque

import pytest

from textgym.errors import InvalidValue, NotPlainData
from textgym.sandbox import Case

ADD = "def add(a, b):\n    return a + b\n"
CHECK_ADD = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n"


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

    @pytest.mark.parametrize(
        ("result", "passes"),
        [
            ("[2, 1]", True),
            ("[1, 2]", True),
            ("[True, 2.0]", True),
            ("[1, 2, 3]", False),
            ("[]", False),
            ("None", False),
            ("1 / 0", False),
            ("object()", False),
            ("print('True')", False),
            ("iter([9, 9])", False),
            ("(n for n in [2, 1])", False),
            ("Liar([3])", True),
            ("Liar([1])", False),
            ("Truth()", False),
        ],
    )
    def test_a_property_is_looked_at_outside_the_program(self, box, result, passes):
        program = (
            "import builtins\nbuiltins.sorted = lambda *a: [1, 2]\nbuiltins.all = lambda *a: True\n"
            "class Liar(list):\n    def __eq__(self, other): return True\n    def __len__(self): return 2\n"
            "    def __iter__(self): return iter([1, 2]) if super().__len__() and self[0] == 3 else iter([])\n"
            "class Truth:\n    def __eq__(self, other): return True\n    def __bool__(self): return True\n"
            f"def f(): return {result}\n"
        )
        case = Case(holds="sorted(answer) == [1, 2] and all(n > 0 for n in answer)")
        verdict = box.check_cases(program, entry_point="f", cases=[case], timeout_s=5.0)
        assert (verdict.passed, verdict.status) == (passes, "passed" if passes else "failed")

    def test_what_holds_must_be_true_and_not_like_it(self, box):
        program = "def f(x):\n    return x"
        expressions = ("answer", "answer is not None", "answer[None]")
        cases = [Case((x,), holds=text) for x in (1, "a", []) for text in expressions]
        verdict = box.check_cases(program, entry_point="f", cases=cases, timeout_s=5.0)
        assert (verdict.passed_cases, verdict.detail) == (3, "case 0: what must hold of the answer does not")

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("[", "expression in `answer`"),
            ("answer = 2", "expression in `answer`"),
            ("1 == 1", "does not name it"),
            ("-" * 20_000 + "answer", "expression in `answer`"),
            (5, "holds must be"),
            ("sorte(answer) == [1]", "with sorte"),
            ("[x for x in answer if x in y] == z", "with y, z"),
        ],
    )
    def test_what_would_never_hold_is_refused(self, expression, message):
        with pytest.raises(InvalidValue, match=message):
            Case(holds=expression)

    def test_names_of_an_expression_are_its_own(self):
        Case(holds="(n := len(answer)) > 2 and all((lambda x: x < n)(y) for y in answer)")

    @pytest.mark.parametrize(("after", "passes"), [([1, 2, 3], True), ([3, 1, 2], False)])
    def test_arguments_afterwards(self, box, after, passes):
        cases = [Case(([3, 1, 2],), None, args_after=(after,)), Case(([],), None)]
        verdict = box.check_cases("def f(xs):\n    xs.sort()\n", entry_point="f", cases=cases, timeout_s=5.0)
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


def test_double_ended_queues_stay_what_they_are(box):
    program = "from collections import deque\ndef f(q):\n    return q"
    assert box.check_cases(program, entry_point="f", cases=[Case((deque([1]),), deque([1]))]).passed
    assert not box.check_cases(program, entry_point="f", cases=[Case((deque([1]),), [1])]).passed


LAMBDA = "def f(x):\n    return lambda: 0\n"


def test_what_cannot_be_compared_is_no_exception_of_the_program(box):
    for name in ("TypeError", "CandidateError", "NotPlainData", "Exception"):
        verdict = box.check_cases(LAMBDA, entry_point="f", cases=[Case((1,), raises=name)])
        assert (verdict.passed, verdict.status) == (False, "failed")
        assert "a function is not plain data" in verdict.detail
    traceback = ">>> f(3)\nTraceback (most recent call last):\nTypeError: a function is not plain data\n"
    assert box.check_doctest(LAMBDA, entry_point="f", examples=traceback).status == "failed"
    swallows = "def check(c):\n    try:\n        c(1)\n    except Exception:\n        pass\n"
    assert box.check(LAMBDA, entry_point="f", test=swallows).status == "failed"


def test_what_an_iterator_raises_is_an_exception_of_the_program(box):
    program = "def f(x):\n    yield x\n    raise TypeError('bad')\n"
    assert box.check_cases(program, entry_point="f", cases=[Case((1,), raises="TypeError")]).passed


@pytest.mark.parametrize(
    ("example", "passes"), [("f(x) and f(x) > 2", True), ("bool(f(x) and f(x) > 2)", False)]
)
def test_what_is_printed_counts_as_shown_and_bool_settles_it(box, example, passes):
    program = "def f(x):\n    print('True')\n"
    session = f">>> x = 3\n>>> {example}\nTrue\n"
    assert box.check_doctest(program, entry_point="f", examples=session).passed is passes
