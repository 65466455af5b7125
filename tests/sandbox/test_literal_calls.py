"""Which calls may be sent ahead of a test."""

import pytest

from textgym.sandbox.literal_calls import literal_calls


def test_calls_of_the_parameter_and_of_the_entry_point_in_the_order_of_the_text():
    test = "def check(c):\n    assert c(1, k=(2,)) == [f([3])]\n    assert abs(c(-4.5)) == 1\n"
    assert literal_calls(test, "f") == (
        [[1], [["k", {"t": [2]}]]],
        [[[3]], []],
        [[-4.5], []],
    )


@pytest.mark.parametrize(
    "test",
    [
        "assert f(1) == 2",  # one call gains nothing
        "assert f(1) == 2\nx = 3\nassert f(x) == 2",
        "assert f(f(1)) == 2",
        "assert f(1) == 2\nassert f(*[2]) == 3",
        "assert f(1) == 2\nassert f(**{'a': 2}) == 3",
        "assert f(1) == 2\nassert f(lambda: 0) == 3",
        "assert f(1) == 2\nassert f([0] * 10) == 3",
        "assert f(1) == 2 and f(2",
        "\n".join(["assert f(1) == 2"] * 257),
        "",
    ],
)
def test_nothing_is_sent_ahead_if_one_call_may_depend_on_an_answer(test):
    assert literal_calls(test, "f") == ()


def test_other_functions_are_not_the_candidate():
    assert literal_calls("def check(c):\n    assert g(1) == c(2)\n    assert c(3)\n", "f") == (
        [[2], []],
        [[3], []],
    )
