"""Neighbours counted in three sentences, worked out by hand."""

from math import exp, log

import pytest

from textgym.metrics.word_neighbours import END, START, WordNeighbours

COUNTED = WordNeighbours([["a", "b"], ["a", "b"], ["a", "c"]])
# Nine words with the ends of sentences, 0.1 more for each of four words and of what is not seen.
B, NEW = 2.1 / 9.5, 0.1 / 9.5


def test_both_distances_are_discounted():
    near = (2 - 0.75 + 0.75 * 2 * B) / 3  # a: b twice, c once
    far = (2 - 0.75 + 0.75 * 3 * B) / 6  # two behind the start: a three times, b twice, c once
    assert COUNTED.log_score(START, "a", "b") == pytest.approx(log(near) + log(far / B))
    assert COUNTED.log_score("new", "a", "b") == pytest.approx(log(near))


def test_the_first_word_follows_the_start():
    first = 3.1 / 9.5
    near, far = (3 - 0.75 + 0.75 * first) / 3, (3 - 0.75 + 0.75 * 3 * first) / 6
    assert COUNTED.log_score(START, START, "a") == pytest.approx(log(near) + log(far / first))


def test_what_was_never_met_shares_the_discount():
    near, far = 0.75 * 2 * NEW / 3, 0.75 * 3 * NEW / 6
    assert COUNTED.log_score(START, "a", "new") == pytest.approx(log(near) + log(far / NEW))
    assert COUNTED.log_score("new", "new", "b") == pytest.approx(log(B))


def test_shares_of_all_words_add_up_to_one():
    total = sum(exp(COUNTED.log_score("new", "a", word)) for word in ("a", "b", "c", END, "new"))
    assert total == pytest.approx(1.0)


def test_only_neighbours_have_met():
    assert COUNTED.met("a", "c")
    assert COUNTED.met(START, "a")
    assert COUNTED.met("c", END)
    assert not COUNTED.met("c", "a")
    assert not COUNTED.met(START, "b")


def test_nothing_counted_scores_all_words_alike():
    assert WordNeighbours([]).log_score(START, START, "a") == pytest.approx(0.0)
