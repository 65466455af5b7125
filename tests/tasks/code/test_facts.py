"""What each production meets with the plainest parts: by hand, and against expressions tried one by one."""

import numpy as np
import pytest

from textgym.data.expressions.derivation import Derivation, unfinished, values_of
from textgym.data.expressions.grammar import KINDS, PRODUCTIONS
from textgym.data.expressions.targets import draw_arguments
from textgym.tasks.code.facts import facts
from textgym.tasks.code.goal import Goal

ENVS = (([1, 2], 5, None), ([4, -1, 0], 2, None))


def number(text, gives):
    return next(i for i, p in enumerate(PRODUCTIONS) if (p.text, p.gives) == (text, gives))


PLAIN = {
    k: {
        "int": [number(k, "int")],
        "list": [number("xs", "list")],
        "bool": [number("({0} in {1})", "bool"), number(k, "int"), number("xs", "list")],
    }
    for k in ("n", "0", "1", "2", "3", "10")
}


def shares(kind, wanted, line=""):
    """By text of the production; None if nothing was looked at."""
    derivation = Derivation.begin(kind, 30)
    for text in (part.strip() for part in line.split("|") if part.strip()):
        derivation = derivation.then(number(text, derivation.holes[0].kind))
    goal = Goal.of(kind, list(zip(ENVS, wanted, strict=True)), derivation.productions)
    found = facts(goal, derivation.legal)
    if found is None:
        return None
    assert not found[~derivation.legal].any()
    return {PRODUCTIONS[i].text: found[i] for i in np.flatnonzero(derivation.legal)}


@pytest.mark.parametrize(
    "kind, wanted, line, expected",
    [
        ("int", [3, 3], "", {"3": 1, "sum({0})": 1, "len({0})": 0.5, "n": 0, "({0} + {1})": 0}),
        # n + n in both; 2 * 2 in the second.
        ("int", [10, 4], "", {"({0} + {1})": 1, "({0} * {1})": 0.5, "max({0})": 0.5, "({0} // {1})": 0}),
        ("list", [[2, 1], [-1, 0, 4]], "", {"sorted({0})": 0.5, "{0}[::-1]": 0.5, "xs": 0}),
        ("list", [[1, 2], [4, -1]], "", {"xs": 0.5, "{0}[:{1}]": 1, "{0}[{1}:]": 0.5, "({0} + {1})": 0}),
        # Of conditions the plainest is whether k is in the list: 1 or 2 in xs, not (0 in xs).
        (
            "bool",
            [True, False],
            "",
            {"({0} in {1})": 1, "(not {0})": 1, "({0} and {1})": 1, "({0} < {1})": 0.5},
        ),
        # 1 + ? is to be 3 and 5: 1 + 1 in the first, 2 + 2 in the second.
        ("int", [3, 5], "({0} + {1}) | 1", {"2": 0.5, "({0} + {1})": 0.5, "max({0})": 1, "3": 0}),
        # ? + k, with the same k in ?: max(xs) + 3, (1 + 1) + 1, (n - n) + 3.
        ("int", [5, 7], "({0} + {1})", {"max({0})": 1, "({0} + {1})": 0, "3": 0.5, "n": 0.5}),
        # ? in xs; (? < k), of which len(xs) < 3 and max(xs) < 3 are right.
        ("bool", [True, False], "({0} in {1})", {"1": 1, "2": 1, "0": 0, "n": 0.5, "({0} - {1})": 0}),
        ("bool", [True, False], "({0} < {1})", {"len({0})": 1, "max({0})": 1, "min({0})": 0.5, "1": 0.5}),
        ("list", [[1, 2] * 2, [-1, 0, 4, 4, -1, 0]], "({0} + {1})", {"xs": 0.5, "sorted({0})": 1}),
        # Rows are the items 1, 2, 4 and -1: whatever times 0 is 0.
        ("list", [[2, 4], [8, -2, 0]], "[{0} for x in {1}] | ({0} * {1}) | x", {"2": 1, "x": 0.25, "n": 0.5}),
    ],
)
def test_by_hand(kind, wanted, line, expected):
    found = shares(kind, wanted, line)
    assert {text: found[text] for text in expected} == pytest.approx(expected)


def test_what_raises_in_one_row_is_right_in_none():
    # 10 // xs[-1] is 5 and an error, as is a comparison with n // xs[-1].
    assert shares("int", [5, 3], "({0} // {1}) | 10")["{0}[-1]"] == 0
    assert shares("int", [5, 3], "({0} // {1}) | 10")["2"] == 0.5
    assert not any(shares("bool", [True, True], "({0} < {1}) | ({0} // {1}) | n | {0}[-1] | xs").values())


def test_nothing_is_looked_at_without_a_row_or_in_a_comprehension():
    assert shares("int", [3, 4], "({0} * {1}) | 0") is None
    assert shares("list", [[1, 2], [4]], "[x for x in {0} if {1}]") is None
    assert shares("int", [3, 3], "sum({0}) | [{0} for x in {1}]") is None
    found = shares("list", [[1, 2], [4, -1, 0]])
    assert found["xs"] == 1
    assert found["[x for x in {0} if {1}]"] == 0


def test_the_largest_share_is_that_of_expressions_tried_one_by_one():
    rng = np.random.default_rng(0)
    compared = set()
    while len(compared) < 40:
        kind = KINDS[int(rng.integers(3))]
        envs = [(*draw_arguments(rng), None) for _ in range(3)]
        before = Derivation.begin(kind, 30)
        for _ in range(int(rng.integers(4))):
            if before.is_complete:
                break
            before = before.then(int(rng.choice(np.flatnonzero(before.legal))))
        if before.is_complete or any(PRODUCTIONS[i].binds is not None for i in before.productions):
            continue
        tried = {i: [finished(before.then(i), k) for k in PLAIN] for i in np.flatnonzero(before.legal)}
        wanted = values_of(tried[int(rng.choice(list(tried)))][0], envs)
        goal = Goal.of(kind, list(zip(envs, wanted, strict=True)), before.productions)
        # Only where nothing is deduced: the goal is the whole expression.
        if None in wanted or len(goal.within) < len(unfinished(before.productions)):
            continue
        found = facts(goal, before.legal)
        for i, expressions in tried.items():
            results = [values_of(expression, envs) for expression in expressions]
            right = [sum(map(np.array_equal, r, wanted)) for r in results if None not in r]
            expected = 0 if PRODUCTIONS[i].binds is not None else max(right, default=0) / 3
            assert found[i] == pytest.approx(expected), (before.text, PRODUCTIONS[i].text)
        compared.add((kind, before.productions))


def finished(derivation, k):
    """All holes filled with the plainest parts."""
    while not derivation.is_complete:
        for i in PLAIN[k][derivation.holes[0].kind]:
            derivation = derivation.then(i)
    return derivation.productions
