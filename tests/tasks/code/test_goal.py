"""What is wanted of the first hole, deduced by hand."""

import numpy as np
import pytest

from textgym.data.expressions.derivation import Derivation, values_of
from textgym.data.expressions.drawing import draw_expression
from textgym.data.expressions.grammar import KINDS, PRODUCTIONS
from textgym.data.expressions.targets import draw_arguments
from textgym.tasks.code.goal import Goal

ENVS = (([1, 2], 5, None), ([4, -1, 0], 2, None))


def numbered(line, gives="int"):
    """Production numbers; of two with the same text that of the kind, where it is the first."""
    numbers = []
    for text in (part.strip() for part in line.split("|") if part.strip()):
        same = [i for i, p in enumerate(PRODUCTIONS) if p.text == text]
        numbers.append(next((i for i in same if not numbers and PRODUCTIONS[i].gives == gives), same[0]))
    return numbers


def goal(kind, wanted, line):
    return Goal.of(kind, list(zip(ENVS, wanted, strict=True)), numbered(line, kind))


@pytest.mark.parametrize(
    "kind, wanted, line, expected",
    [
        ("int", [3, 3], "", [3, 3]),
        ("int", [3, 3], "({0} + {1}) | n", [-2, 1]),
        ("int", [3, 3], "({0} - {1}) | n", [2, -1]),
        ("int", [3, 3], "({0} - {1}) | n | ({0} + {1}) | 1", [1, -2]),
        ("int", [10, 6], "({0} * {1}) | n", [2, 3]),
        ("int", [5, 3], "({0} if {1} else {2}) | n", [True, False]),
        ("list", [[1, 2, 3], []], "{0}[::-1]", [[3, 2, 1], []]),
        ("list", [[1, 2, 7], [4, -1, 0]], "({0} + {1}) | xs", [[7], []]),
        ("bool", [True, False], "(not {0})", [False, True]),
    ],
)
def test_what_a_part_must_give_for_the_whole_to_be_right(kind, wanted, line, expected):
    found = goal(kind, wanted, line)
    assert (list(found.wanted), found.met, found.within) == (expected, 1.0, ())
    assert found.envs == ENVS
    assert found.kind == {bool: "bool", int: "int", list: "list"}[type(expected[0])]


@pytest.mark.parametrize(
    "kind, wanted, line, rows, met",
    [
        # 5 does not divide 3.
        ("int", [3, 4], "({0} * {1}) | n", [2], 0.5),
        # Whatever times 0 is 0.
        ("int", [0, 1], "({0} * {1}) | 0", [], 0.5),
        # n is not 3 where the condition holds; where it does not, the rest must be right.
        ("int", [3, 4], "({0} if {1} else {2}) | n | ({0} < {1}) | 3 | n", [4], 0.5),
        ("list", [[1, 2, 7], [4]], "({0} + {1}) | xs", [[7]], 0.5),
        # As many items as xs has, of which something is said.
        ("list", [[3, 4], [9]], "[{0} for x in {1}]", [3, 4], 0.5),
        # False and anything is False; True and something is that.
        ("bool", [True, False], "({0} and {1}) | ({0} < {1}) | 3 | n", [True], 1.0),
        ("bool", [True, True], "({0} and {1}) | ({0} < {1}) | 3 | n", [True], 0.5),
        ("bool", [True, False], "({0} or {1}) | ({0} < {1}) | 3 | n", [False], 1.0),
        ("bool", [False, False], "({0} or {1}) | ({0} < {1}) | 3 | n", [False], 0.5),
        # It raises.
        ("int", [3, 3], "({0} + {1}) | ({0} % {1}) | n | 0", [], 0.0),
    ],
)
def test_examples_that_cannot_be_right_any_more_or_are_so_anyway_ask_for_nothing(
    kind, wanted, line, rows, met
):
    found = goal(kind, wanted, line)
    assert (list(found.wanted), found.met) == (rows, met)


def test_what_is_said_of_items_is_asked_item_by_item():
    found = goal("list", [[2, 3], [5, 0, 1]], "[{0} for x in {1}]")
    assert found.envs == tuple((xs, n, x) for xs, n, _ in ENVS for x in xs)
    assert found.wanted == (2, 3, 5, 0, 1)


def test_an_item_is_kept_if_it_comes_next_in_the_result():
    found = goal("list", [[2], [4, 0]], "[x for x in {0} if {1}] | xs")
    assert [x for _, _, x in found.envs] == [1, 2, 4, -1, 0]
    assert found.wanted == (False, True, True, False, True)
    assert goal("list", [[2, 1], [0]], "[x for x in {0} if {1}] | xs").met == 0.5


def test_beyond_what_can_be_deduced_the_goal_stays():
    found = goal("int", [3, 3], "({0} + {1}) | 1 | ({0} - {1}) | len({0}) | xs | max({0})")
    # 1 + (len(xs) - max(?)): wanted are 0 and 1 of max(?).
    assert (found.kind, list(found.wanted)) == ("int", [0, 1])
    ((number, parts),) = found.within
    assert (PRODUCTIONS[number].text, parts) == ("max({0})", ())
    found = goal("bool", [True, False], "({0} < {1}) | len({0}) | xs | ({0} + {1}) | n")
    assert (found.kind, list(found.wanted)) == ("bool", [True, False])
    levels = [(PRODUCTIONS[number].text, [part(ENVS[1]) for part in parts]) for number, parts in found.within]
    assert levels == [("({0} < {1})", [3]), ("({0} + {1})", [2])]


def test_deducing_from_right_results_loses_no_example_of_the_reference():
    rng = np.random.default_rng(0)
    asked = 0
    while asked < 60:
        kind = KINDS[int(rng.integers(3))]
        expression = draw_expression(rng, kind, int(rng.integers(3, 9)))
        envs = [(*draw_arguments(rng), None) for _ in range(4)]
        cases = list(zip(envs, values_of(expression, envs), strict=True))
        # Comprehensions may be over other lists than xs; conditions are guessed.
        left_out = any(PRODUCTIONS[i].binds is not None or "if" in PRODUCTIONS[i].text for i in expression)
        if left_out or None in [result for _, result in cases]:
            continue
        asked += 1
        derivation = Derivation.begin(kind, 12)
        for number in expression:
            assert Goal.of(kind, cases, derivation.productions).met == 1.0
            derivation = derivation.then(number)
