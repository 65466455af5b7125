"""Cutting after some words, and the share of different ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.metrics.words import count_words, distinct_share, first_words


@pytest.mark.parametrize(
    "text, n, kept",
    [
        ("one two three", 2, "one two"),
        ("one two three", 3, "one two three"),
        ("one two ", 2, "one two "),
        ("  one\n two\tthree", 2, "  one\n two"),
        ("", 1, ""),
        ("one, (two)", 1, "one,"),
        ("I do. You do.", 2, "I do."),
        ("one-two-three", 2, "one-two-"),
        ("one_two_three", 1, "one_"),
        ("one\u200btwo\u200bthree", 1, "one\u200b"),
        ("don't", 1, "don'"),
    ],
)
def test_known_cuts(text, n, kept):
    assert first_words(text, n) == kept


@given(st.text(), st.integers(1, 5))
def test_a_cut_is_a_prefix_with_the_same_first_words(text, n):
    cut = first_words(text, n)
    assert text.startswith(cut)
    assert count_words(cut) == min(n, count_words(text))


def test_n_below_one_is_an_error():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        first_words("a", 0)


@pytest.mark.parametrize("text, number", [("", 0), ("a-b_c d\u200be", 5), ("it's 3.5", 4)])
def test_words_are_runs_of_letters_and_digits(text, number):
    assert count_words(text) == number


@pytest.mark.parametrize("text, share", [("", 0.0), ("a b c", 1.0), ("The the THE cat", 0.5)])
def test_distinct_share(text, share):
    assert distinct_share(text) == share
