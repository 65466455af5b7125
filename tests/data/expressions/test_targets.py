from collections import Counter

import numpy as np
import pytest

from textgym.data.base import SPLITS, draw_from_split, split_of
from textgym.data.expressions.derivation import end_of, text_of
from textgym.data.expressions.drawing import all_expressions, draw_expression
from textgym.data.expressions.grammar import KINDS, PRODUCTIONS
from textgym.data.expressions.targets import ExpressionTargets, behaviour, is_worthwhile
from textgym.tasks.code.problem import literal_cases

TARGETS = ExpressionTargets()


def drawn(difficulty, number, seed=0):
    rng = np.random.default_rng(seed)
    return [TARGETS.draw(rng, difficulty) for _ in range(number)]


@pytest.mark.parametrize(
    "kind, size, number",
    # Size 3 of truth values: two comparisons of 6 x 6 terms, and 6 terms in xs.
    [("int", 1, 6), ("list", 1, 1), ("bool", 1, 0), ("int", 2, 6), ("list", 2, 2), ("bool", 3, 2 * 36 + 6)],
)
def test_all_expressions_of_a_size(kind, size, number):
    texts = [text_of(expression) for expression in all_expressions(kind, size)]
    assert len(texts) == len(set(texts)) == number


def test_all_expressions_with_x():
    texts = [text_of(expression) for expression in all_expressions("int", 1, bound=True)]
    assert sorted(texts) == ["0", "1", "10", "2", "3", "n", "x"]
    maps = [text_of(e) for e in all_expressions("list", 3) if PRODUCTIONS[e[0]].binds == 0]
    assert sorted(maps) == [f"[{t} for x in xs]" for t in sorted(texts)]


@pytest.mark.parametrize(
    "kind, sizes", [("int", range(1, 13)), ("list", range(1, 13)), ("bool", range(3, 13))]
)
def test_a_drawn_expression_has_its_size_and_kind(kind, sizes):
    rng = np.random.default_rng(0)
    for size in sizes:
        expression = draw_expression(rng, kind, size)
        assert (len(expression), PRODUCTIONS[expression[0]].gives) == (size, kind)
        assert end_of(expression, 0) == size


@pytest.mark.parametrize(
    "line",
    [
        "xs",
        "n",
        "3",
        "({0} + {1}) | 1 | 2",
        "({0} - {1}) | n | n",
        "({0} + {1}) | n | 0",
        "sum({0}) | sorted({0}) | xs",
        "{0}[::-1] | {0}[::-1] | xs",
        "{0}[0] | sorted({0}) | xs",
        "[x for x in {0} if {1}] | xs | ({0} == {1}) | x | x",
        "({0} // {1}) | n | ({0} - {1}) | n | 2",
        "({0} * {1}) | ({0} * {1}) | sum({0}) | xs | sum({0}) | xs | n",
        "{0}[:{1}] | xs | 10",
        "({0} < {1}) | n | 10",
        "[x for x in {0} if {1}] | xs | (not {0}) | (not {0}) | ({0} < {1}) | x | n",
        "({0} if {1} else {2}) | n | ({0} < {1}) | n | 2 | n",
    ],
)
def test_degenerate_targets_are_refused(numbered, line):
    assert not is_worthwhile(numbered(line))


@pytest.mark.parametrize(
    "line",
    [
        "sum({0}) | xs",
        "max({0}) | xs",
        "({0} + {1}) | n | 3",
        "sorted({0}) | xs",
        "({0} in {1}) | n | xs",
        "[{0} for x in {1}] | ({0} * {1}) | x | n | xs",
        "[x for x in {0} if {1}] | xs | ({0} < {1}) | x | n",
        "({0} if {1} else {2}) | sum({0}) | xs | ({0} in {1}) | n | xs | len({0}) | xs",
    ],
)
def test_others_are_not(numbered, line):
    assert is_worthwhile(numbered(line))


def test_behaviour_tells_by_results_and_kind(numbered):
    double, other = numbered("({0} + {1}) | n | n"), numbered("({0} * {1}) | 2 | n")
    assert behaviour(double) == behaviour(other) != behaviour(numbered("({0} + {1}) | n | 2"))
    # 1 == True in Python.
    assert behaviour(numbered("len({0}) | {0}[:{1}] | xs | 1")) != behaviour(numbered("({0} == {1}) | n | n"))


@pytest.mark.parametrize(
    "difficulty, sizes, budget", [(0.0, (2, 4), 8), (0.5, (4, 8), 12), (1.0, (6, 12), 16)]
)
def test_difficulty_is_the_size(difficulty, sizes, budget):
    records = drawn(difficulty, 30)
    counts = [len(record.fields["productions"].split()) for record in records]
    assert sizes[0] <= min(counts) < max(counts) <= sizes[1]
    assert {record.fields["budget"] for record in records} == {str(budget)}
    assert {record.fields["kind"] for record in records} == set(KINDS)


def test_cases_are_what_python_says_and_leave_a_constant_little():
    for record in drawn(0.5, 40):
        function = eval(f"lambda xs, n: {record.fields['expression']}")
        visible, hidden = (literal_cases(record.fields[name], "f") for name in ("visible", "hidden"))
        assert (len(visible), len(hidden)) == (5, 12)
        assert all(function(*case.args) == case.expected for case in (*visible, *hidden))
        assert len({repr(case.args) for case in (*visible, *hidden)}) == 17
        frequent = Counter(repr(case.expected) for case in hidden).most_common(1)[0][1]
        assert frequent == 6 if record.fields["kind"] == "bool" else frequent <= 4


def test_a_part_that_could_be_smaller_shows_in_visible_and_hidden_cases():
    for record in drawn(0.5, 40, seed=1):
        text = record.fields["expression"]
        for part in ("sorted(xs)", "xs[::-1]"):
            if part in text:
                smaller = eval(f"lambda xs, n: {text.replace(part, 'xs', 1)}")
                for name in ("visible", "hidden"):
                    assert any(
                        smaller(*c.args) != c.expected for c in literal_cases(record.fields[name], "f")
                    )


def test_no_behaviour_is_in_two_splits():
    rng = np.random.default_rng(0)
    groups = {s: {draw_from_split(TARGETS, rng, s, 0.0).group for _ in range(60)} for s in SPLITS}
    assert all(split_of(group) == split for split, found in groups.items() for group in found)
    assert all(len(found) >= 5 for found in groups.values())
    for record in drawn(0.0, 20):
        assert record.group == behaviour([int(i) for i in record.fields["productions"].split()])
