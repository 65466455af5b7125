"""IBM model 1 against rounds worked out by hand."""

import pytest

from textgym.metrics.word_translation import WordTranslation


def test_two_sentences_of_one_word_are_solved_by_hand():
    # By symmetry the empty word keeps 1/2 for each, and a word that has one translation keeps 1.
    table = WordTranslation([(["dog"], ["Hund"]), (["cat"], ["Katze"])])
    assert table.probability("Hund", "dog") == 1.0
    assert table.probability("Hund", None) == pytest.approx(0.5)
    assert table.probability("Katze", "dog") == 0.0
    assert table.probability("Hund", "bird") == 0.0


def test_a_word_said_alone_explains_the_other():
    # "a" and "b" are said by "x" and "y", "a" alone by "x". Five rounds of the same rule, written as a matrix:
    # rows are none, a, b; columns x, y.
    table = [[1.0, 1.0]] * 3
    for _ in range(5):
        first = [sum(row[word] for row in table) for word in (0, 1)]
        alone = table[0][0] + table[1][0]
        counts = [[row[word] / first[word] for word in (0, 1)] for row in table]
        for origin in (0, 1):
            counts[origin][0] += table[origin][0] / alone
        table = [[x / (x + y), y / (x + y)] for x, y in counts]
    found = WordTranslation([(["a", "b", "a"], ["x", "y"]), (["a"], ["x"])])
    for origin, row in zip((None, "a", "b"), table, strict=True):
        assert [found.probability(word, origin) for word in "xy"] == pytest.approx(row)
    assert table[2][1] > 0.7  # and so "b" is "y"
    assert found.likeliest("b", 1) == ["y"]
    assert found.likeliest("b", 5) == ["y", "x"]


def test_what_is_below_a_thousandth_is_left_out():
    pairs = [(["a"], ["x"])] * 2000 + [(["a"], ["y"])]
    table = WordTranslation(pairs)
    assert table.probability("y", "a") == 0.0
    assert table.likeliest("a", 5) == ["x"]


def test_nothing_counted_knows_nothing():
    assert WordTranslation([]).probability("x", "a") == 0.0
    assert WordTranslation([]).likeliest("a", 3) == []
