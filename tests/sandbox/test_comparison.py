"""Equal as Python says, but for rounding."""

from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from textgym.sandbox.comparison import holds, same

NAN = float("nan")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1, 1),
        (1, True),
        (1.0, 1),
        (0.1 + 0.2, 0.3),
        (1e300 * (1 + 1e-12), 1e300),
        (NAN, NAN),
        (float("inf"), float("inf")),
        ([1, (2.0, {"a": 0.30000000000000004})], [1, (2, {"a": 0.3})]),
        ({3, 1}, {1, 3}),
        (deque([1]), deque([1])),
        (iter([1, 2]), iter([1, 2])),
        (Fraction(1, 2), 0.5),
        (Decimal("1.0"), Decimal("1")),
        (1j + 1e-12, 1j),
        (None, None),
        (np.array([0.1 + 0.2]), np.array([0.3])),
    ],
)
def test_the_same(answer, expected):
    assert same(answer, expected, tolerance=1e-9)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1, 2),
        (10**20, 10**20 + 1),  # integers have no tolerance
        (1.001, 1.0),
        (NAN, 1.0),
        (1.0, NAN),
        (float("inf"), 1e308),
        (float("inf"), float("-inf")),
        (10**400, 1.0),
        (1.0, 10**400),
        ("1", 1),
        (None, 0),
        (0, None),
        ([1], (1,)),
        ((1,), [1]),
        ([1, 2], [1]),
        ([1], [1, 2]),
        ([], [[]]),
        ({1: 2}, {1: 3}),
        ({1: 2, 3: 4}, {1: 2}),
        ({1}, frozenset()),
        ("ab", ["a", "b"]),
        (b"a", "a"),
        (iter([1]), [1]),
        ([1], iter([1])),
        (iter([1]), iter([2])),
        (True, "True"),
        ("", None),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1, 2]), [1, 2]),
    ],
)
def test_not_the_same(answer, expected):
    assert not same(answer, expected, tolerance=1e-9)


@pytest.mark.parametrize(
    "answer",
    [iter([1]), [iter([])], (1, {2: iter("a")}), {iter([]): 1}, deque([iter([])]), {frozenset([iter([])])}],
)
def test_nothing_holds_of_what_can_be_read_once_where_more_looks_are_possible(answer):
    assert not holds(answer, "True")
    assert not holds(answer, "answer is answer")
    assert not holds(answer, "[True for x in [answer]] == [True]")
    assert not holds(answer, "(lambda: answer is not None)()")


def test_what_looks_once_holds_of_an_iterator():
    assert holds(iter([0, 1]), "list(answer) == [0, 1]")
    assert not holds(iter([0, 2]), "list(answer) == [0, 1]")
    assert holds((0, iter([1])), "list(answer[1]) == [1]")


@pytest.mark.parametrize("answer", [None, 1, "a", [1, (2,)], {1: {2}}, range(3), b"a"])
def test_a_property_of_plain_data_is_what_the_expression_says(answer):
    assert holds(answer, f"answer == {answer!r}")
    assert not holds(answer, f"answer != {answer!r}")
    assert not holds(answer, "1")
