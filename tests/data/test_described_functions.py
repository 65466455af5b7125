import ast
import json

import pytest

from textgym.data.described_functions import described_function

ROW = {
    "task": "Add.",
    "solution": "def plus(a, b=1):\n    return a + b",
    "tests": "assert plus(2, 3) == 5\nassert plus(2) == 3",
}


def calls(**values):
    return json.dumps({"fn_name": "plus", "inputs": [[2, 3], [2]], "outputs": [[5], 3]} | values)


def run(fields, program):
    """Whether a program passes the tests, where all of it is trusted."""
    names: dict = {}
    exec(program, names)
    try:
        exec(fields["tests"], names)
        if "check" in names:
            names["check"](names[fields["entry_point"]])
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(
    ("row", "shown"),
    [(ROW, "assert plus(2, 3) == 5"), ({**ROW, "calls": calls()}, "plus(2, 3) is 5")],
    ids=["assertions", "calls"],
)
def test_a_function_gets_a_signature_and_a_docstring_and_its_tests_tell_right_from_wrong(row, shown):
    fields = described_function(row)
    assert fields is not None
    assert fields["prompt"] == f'def plus(a, b=1):\n    """Add.\n\n    {shown}\n    """\n'
    assert (fields["entry_point"], fields["solution"]) == ("plus", ROW["solution"])
    assert run(fields, fields["solution"])
    assert not run(fields, "def plus(a, b=1):\n    return a - b")


def test_the_function_is_the_one_that_is_tested():
    solution = (
        "def half(x):\n    return x // 2\ndef both(x: int, *, y: int = 0) -> int:\n    return half(x) + y"
    )
    fields = described_function({**ROW, "solution": solution, "tests": "assert set([both(4)]) == {2}"})
    assert fields is not None
    assert fields["entry_point"] == "both"
    assert fields["prompt"].startswith("def both(x, *, y=0):\n")


def test_a_method_of_solution_becomes_a_function():
    solution = "class Solution:\n    def plus(self, a: List[int], b=1):\n        return reduce(lambda x, y: x + y, [a, b])"
    fields = described_function({**ROW, "solution": json.dumps([solution, "other"]), "calls": calls()})
    assert fields is not None
    assert fields["prompt"].startswith("def plus(a, b=1):\n")
    assert run(fields, fields["solution"])


def test_results_may_be_tuples_for_lists_and_lists_around_them():
    row = {**ROW, "calls": calls(inputs=[[1, 2]], outputs=[[[1, 2]]])}
    fields = described_function(row)
    assert fields is not None
    assert run(fields, "def plus(a, b):\n    return a, b")
    assert not run(fields, "def plus(a, b):\n    return b, a")


def test_setup_stands_before_the_tests():
    fields = described_function({**ROW, "setup": "five = 5", "tests": "assert plus(2, 3) == five"})
    assert fields is not None
    assert fields["tests"] == "five = 5\nassert plus(2, 3) == five"


def test_words_cannot_end_the_docstring():
    words = 'A """ and \\ and \\n, "'
    fields = described_function({**ROW, "task": words})
    assert fields is not None
    [function] = ast.parse(fields["prompt"]).body
    assert isinstance(function, ast.FunctionDef)
    assert (ast.get_docstring(function) or "").startswith("A ''' and \\ and \\n, \"\n")


@pytest.mark.parametrize(
    "changes",
    [
        {"solution": "def plus(a, b:\n"},
        {"solution": "[]"},
        {"solution": "plus = max"},
        {"solution": "def plus(a, b=A):\n    return a"},
        {"tests": "plus(2, 3)"},
        {"tests": "assert other(2)"},
        {"calls": json.dumps({"inputs": ["2 3"], "outputs": ["5"]})},
        {"calls": calls(inputs=["2 3"], outputs=["5"])},
        {"calls": calls(outputs=[])},
        {"calls": calls(inputs=[], outputs=[])},
        {"calls": '{"fn_name": "plus", "inputs": [[NaN]], "outputs": [1]}'},
        {"calls": "["},
        {"calls": ""},
    ],
)
def test_a_row_that_asks_for_no_function_gives_none(changes):
    assert described_function(ROW | changes) is None


@pytest.mark.parametrize("absent", ROW)
def test_a_row_without_a_part_gives_none(absent):
    assert described_function({name: text for name, text in ROW.items() if name != absent}) is None
