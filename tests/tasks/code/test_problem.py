"""Tests of a problem: which form they have, and what is refused."""

import pytest

from textgym.errors import MalformedData
from textgym.sandbox import Case, CaseJob, DoctestJob, TestJob
from textgym.tasks.code.problem import Problem, check_problem, literal_cases, visible_examples

PROMPT = 'def f(x):\n    """Double.\n\n    >>> f(2)\n    4\n    >>> g(1)\n    1\n    >>> f([1])  # twice\n    [1, 1]\n    """\n'


def problem(tests):
    return Problem(PROMPT, "f", tests)


def test_calls_in_literals_become_cases():
    tests = ">>> f(2)\n4\n>>> f(x=(1,), y={'a'})\n{1: [None]}\n>>> f('')\nTraceback (most recent call last):\n    ...\nValueError: no\n"
    assert literal_cases(tests, "f") == (
        Case((2,), 4),
        Case((), {1: [None]}, {"x": (1,), "y": {"a"}}),
        Case(("",), raises="ValueError"),
    )


@pytest.mark.parametrize(
    "example, holds",
    [
        ("sorted(f(2, y=[1])) == [4]", "sorted(answer) == [4]"),
        ("(lambda a: a == sorted(a))(f(2, y=[1]))", "(lambda a: a == sorted(a))(answer)"),
        ("not f(2, y=[1]).x", "not answer.x"),
    ],
)
def test_what_must_be_true_of_one_call_is_a_property(example, holds):
    assert literal_cases(f">>> {example}\nTrue\n", "f") == (Case((2,), kwargs={"y": [1]}, holds=holds),)
    prompt = f'def f(x):\n    """Any.\n\n    >>> {example}\n    True\n    """\n'
    # What an agent is told are results.
    assert visible_examples(prompt, "f") == ()


@pytest.mark.parametrize(
    "tests",
    [
        ">>> sorted(f(2)) == [4]\nFalse",
        ">>> sorted(f(2)) == [4]\n1",
        ">>> f(f(2)) == 8\nTrue",
        ">>> f(2) == f(2)\nTrue",
        ">>> [f(2) for _ in range(3)] == [4, 4, 4]\nTrue",
        ">>> all(n > 3 for n in f(2))\nTrue",
        ">>> (lambda: f(2) == 4)()\nTrue",
        ">>> callable(f) and f(2) == 4\nTrue",
        ">>> sorted(f(x)) == [4]\nTrue",
        ">>> sorted(f(2))\n[4]",
        ">>> f(2 + y)\n4",
        ">>> f(2)\n<object>",
        ">>> x = 2\n>>> f(2)\n4",
        ">>> f(*[2])\n4",
        ">>> f(**{})\n4",
        ">>> f(2)  # doctest: +NORMALIZE_WHITESPACE\n4",
        ">>> f(2)\n[0, ...]",
        ">>> f(2)\nTraceback (most recent call last):\nmodule.Unknown: no",
    ],
)
def test_other_examples_are_run_as_a_session(tests):
    assert literal_cases(tests, "f") is None
    assert isinstance(problem(tests).job("", 1.0), DoctestJob)


def test_each_form_of_tests_has_its_job():
    assert isinstance(problem(">>> f(2)\n4").job("p", 1.0), CaseJob)
    job = problem("def check(candidate):\n    assert candidate(2) == 4").job("p", 1.0)
    assert isinstance(job, TestJob)
    assert (job.program, job.prelude) == ("p", PROMPT)


def test_preparations_earn_nothing():
    prepared = problem(">>> x = 2\n>>> y = 3\n>>> f(x)\n4\n>>> f(y)\n6")
    assert [prepared.share(passed, 4) for passed in (0, 1, 2, 3, 4)] == [0, 0, 0, 0.5, 1]
    assert problem("assert f(2) == 4").share(1, 1) == 1.0


def test_visible_examples_are_those_that_call_the_function_in_literals():
    assert visible_examples(PROMPT, "f") == (("f(2)", "4"), ("f([1])  # twice", "[1, 1]"))
    assert visible_examples("no examples", "f") == ()
    assert visible_examples('def f(x):\n    """\n    >>> f(1)\n  2\n    """', "f") == ()
    assert visible_examples("def f(x):", "f") == ()


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"entry_point": "f g"}, "rec: entry_point must be a name, got 'f g'"),
        ({"tests": "nothing"}, "rec: tests must hold lines '>>> f"),
        ({"tests": "assert f(2) =="}, "rec: the tests are no Python"),
        ({"tests": ">>> x = 1\n"}, "rec: the examples of the tests must show results"),
        ({"tests": ">>> 1 + 1\n2\n"}, r"each of f\(\.\.\.\)"),
        ({"tests": "    >>> f(1)\n  2"}, "rec: no interactive session"),
        (
            {"prompt": "def add(x):\n"},
            "rec: entry_point is 'f', which neither the prompt nor the solution defines",
        ),
        ({"solution": "def add(f):\n    return f(2)"}, "rec: entry_point is 'f', which neither"),
    ],
)
def test_what_cannot_be_judged_is_refused(changed, message):
    fields = {"prompt": PROMPT, "entry_point": "f", "tests": ">>> f(2)\n4", **changed}
    with pytest.raises(MalformedData, match=message):
        check_problem(Problem(**fields), where="rec")


@pytest.mark.parametrize(
    "prompt, solution",
    [
        ("Write a function f that doubles.", ""),
        ("Double.", "def f(x):\n    return x + x"),
        ("Double.", "class f:\n    pass"),
        ("Double.", "g, f = len, lambda x: x + x"),
        ("Double.", "from operator import neg as f"),
        ("Double.", "from functions import *"),
        ("Double.", "print 'of another Python'"),
    ],
)
def test_the_function_may_be_given_in_other_forms(prompt, solution):
    problem = Problem(prompt, "f", ">>> f(2)\n4", solution)
    assert check_problem(problem, where="rec") is problem


def test_the_function_may_be_named_by_the_program_to_repair_alone():
    problem = Problem("Double.", "f", ">>> f(2)\n4", broken="def f(x):\n    return x\n")
    assert check_problem(problem, where="rec") is problem
