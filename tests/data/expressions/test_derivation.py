import ast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.expressions.derivation import (
    Derivation,
    end_of,
    parts_of,
    text_of,
    unfinished,
    value_of,
    values_of,
)
from textgym.data.expressions.grammar import FEWEST, KINDS, PRODUCTIONS
from textgym.data.expressions.targets import probes
from textgym.errors import InvalidValue


def derived(seed, kind, budget):
    """A complete derivation by legal productions at random; there always is one."""
    rng, derivation = np.random.default_rng(seed), Derivation.begin(kind, budget)
    while not derivation.is_complete:
        legal = np.flatnonzero(derivation.legal)
        assert len(legal)
        derivation = derivation.then(int(rng.choice(legal)))
    return derivation


def pythons_value(text, xs, n):
    """What Python itself says; None for the errors that an expression may raise."""
    try:
        return eval(f"lambda xs, n: {text}")(xs, n)
    except (ZeroDivisionError, ValueError, IndexError):
        return None


@given(seed=st.integers(0, 2**32), kind=st.sampled_from(KINDS), spare=st.integers(0, 20))
@settings(max_examples=300)
def test_every_legal_sequence_ends_within_the_budget_as_python_that_means_what_python_says(seed, kind, spare):
    derivation = derived(seed, kind, FEWEST[kind] + spare)
    assert 1 <= len(derivation.productions) <= FEWEST[kind] + spare
    ast.parse(derivation.text, mode="eval")
    assert derivation.text == text_of(derivation.productions)
    for xs, n in probes()[:6]:
        value, expected = (
            values_of(derivation.productions, [(xs, n, None)])[0],
            pythons_value(derivation.text, xs, n),
        )
        assert (type(value), value) == (type(expected), expected)


def test_every_production_comes_up_in_random_derivations():
    used = {p for seed in range(300) for p in derived(seed, KINDS[seed % 3], 20).productions}
    assert used == set(range(len(PRODUCTIONS)))


def test_the_fewest_productions_of_each_kind():
    assert dict(FEWEST) == {"int": 1, "list": 1, "bool": 3}


@pytest.mark.parametrize("kind, least", [("int", 1), ("list", 1), ("bool", 3)])
def test_a_budget_that_allows_nothing_is_refused(kind, least):
    with pytest.raises(InvalidValue, match=f"at least {least}"):
        Derivation.begin(kind, least - 1)
    assert len(derived(0, kind, least).productions) == least


def test_the_first_hole_is_filled_and_marked(numbered):
    derivation = Derivation.begin("list", 9)
    texts = [derivation.text]
    for production in numbered("[x for x in {0} if {1}] | sorted({0}) | xs | ({0} < {1}) | x | n"):
        derivation = derivation.then(production)
        texts.append(derivation.text)
    assert texts == [
        "<list[int]?>",
        "[x for x in <list[int]?> if <bool>]",
        "[x for x in sorted(<list[int]?>) if <bool>]",
        "[x for x in sorted(xs) if <bool?>]",
        "[x for x in sorted(xs) if (<int?> < <int>)]",
        "[x for x in sorted(xs) if (x < <int?>)]",
        "[x for x in sorted(xs) if (x < n)]",
    ]
    assert (derivation.left, derivation.is_complete, derivation.legal.any()) == (3, True, False)


def legal_texts(derivation):
    return {PRODUCTIONS[i].text for i in np.flatnonzero(derivation.legal)}


def test_a_production_is_legal_while_its_holes_can_be_filled():
    assert legal_texts(Derivation.begin("int", 1)) == {"n", "0", "1", "2", "3", "10"}
    two = legal_texts(Derivation.begin("int", 2))
    assert {"len({0})", "{0}[-1]"} <= two
    assert "({0} + {1})" not in two
    assert "({0} + {1})" in legal_texts(Derivation.begin("int", 3))
    # A conditional expression needs two numbers and a comparison of three productions.
    branches = "({0} if {1} else {2})"
    assert branches not in legal_texts(Derivation.begin("int", 5))
    assert branches in legal_texts(Derivation.begin("int", 6))


def test_other_holes_keep_their_share_of_the_budget(numbered):
    branches, plus = numbered("({0} if {1} else {2}) | ({0} + {1})")
    # One production is left for each of two numbers and three for the comparison, and none to spare.
    assert legal_texts(Derivation.begin("int", 6).then(branches)) == {"n", "0", "1", "2", "3", "10"}
    assert plus in np.flatnonzero(Derivation.begin("int", 8).then(branches).legal)


def test_x_is_known_within_its_comprehension_alone(numbered):
    x, map_, up_to = numbered("x | [{0} for x in {1}] | {0}[:{1}]")
    body = Derivation.begin("list", 9).then(up_to).then(map_)
    assert body.legal[x]
    # Neither what is iterated over nor what stands beside the comprehension knows x.
    assert [hole.bound for hole in body.holes] == [True, False, False]
    assert [hole.bound for hole in body.then(x).holes] == [False, False]
    inner = Derivation.begin("list", 9).then(map_).then(*numbered("len({0})")).then(map_)
    assert [hole.bound for hole in inner.holes] == [True, True, False]
    with pytest.raises(InvalidValue, match="not legal here"):
        Derivation.begin("int", 9).then(x)


@pytest.mark.parametrize("number", [-1, len(PRODUCTIONS)])
def test_a_number_that_is_no_production_is_refused(number):
    with pytest.raises(InvalidValue, match=f"production {number} is not legal"):
        Derivation.begin("int", 9).then(number)


@pytest.mark.parametrize(
    "line", ["({0} // {1}) | n | 0", "max({0}) | {0}[:{1}] | xs | 0", "{0}[0] | {0}[{1}:] | xs | 10"]
)
def test_an_expression_that_raises_gives_nothing(numbered, line):
    assert values_of(numbered(line), [([1, 2], 3, None)]) == [None]


def test_other_errors_are_not_hidden():
    with pytest.raises(TypeError):
        value_of(lambda env: env + 1, ([1], 2, None))


def test_branches_that_are_not_taken_do_not_raise(numbered):
    line = "({0} if {1} else {2}) | n | ({0} or {1}) | ({0} < {1}) | 0 | n | ({0} == {1}) | 1 | ({0} // {1}) | 1 | 0 | max({0}) | xs"
    assert values_of(numbered(line), [([], 3, None), ([7], 0, None)]) == [3, None]


def test_what_an_and_need_not_look_at_does_not_raise(numbered):
    line = "({0} and {1}) | ({0} < {1}) | 0 | n | ({0} == {1}) | 1 | ({0} // {1}) | 3 | n"
    assert values_of(numbered(line), [([1], 0, None), ([1], 2, None), ([1], 3, None)]) == [False, True, True]


def test_parts_in_preorder(numbered):
    expression = numbered("({0} + {1}) | len({0}) | xs | ({0} * {1}) | n | 2")
    assert [end_of(expression, start) for start in range(6)] == [6, 3, 3, 6, 5, 6]
    assert parts_of(expression, 0) == [(1, 3), (3, 6)]


def test_what_is_unfinished_around_the_first_hole(numbered):
    # n + (sum(xs) - max(<list?>))
    levels = unfinished(numbered("({0} + {1}) | n | ({0} - {1}) | sum({0}) | xs | max({0})"))
    assert [PRODUCTIONS[number].text for number, _ in levels] == ["({0} + {1})", "({0} - {1})", "max({0})"]
    assert [[part(([1, 6], 3, None)) for part in parts] for _, parts in levels] == [[3], [7], []]
    assert unfinished(numbered("sum({0}) | xs")) == unfinished([]) == []
