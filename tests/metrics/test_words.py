"""Cutting after some words, and the share of different ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.metrics.words import distinct_share, first_words


@pytest.mark.parametrize(
    "text, n, kept",
    [
        ("one two three", 2, "one two"),
        ("one two three", 3, "one two three"),
        ("one two ", 2, "one two "),
        ("  one\n two\tthree", 2, "  one\n two"),
        ("", 1, ""),
    ],
)
def test_known_cuts(text, n, kept):
    assert first_words(text, n) == kept


@given(st.text(), st.integers(1, 5))
def test_a_cut_is_a_prefix_with_the_same_first_words(text, n):
    cut = first_words(text, n)
    assert text.startswith(cut)
    assert cut.split() == text.split()[:n]


def test_n_below_one_is_an_error():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        first_words("a", 0)


@pytest.mark.parametrize("text, share", [("", 0.0), ("a b c", 1.0), ("The the THE cat", 0.5)])
def test_distinct_share(text, share):
    assert distinct_share(text) == share
