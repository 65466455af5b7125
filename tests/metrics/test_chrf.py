"""chrF is that of sacrebleu."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from textgym.metrics.chrf import chrf_signature, corpus_chrf, sentence_chrf

TEXTS = st.lists(st.sampled_from(["der", "Hund", "Hunde", "läuft", ".", "中文"]), max_size=8).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_equals_sacrebleu_to_the_last_digit(reply, reference):
    assert sentence_chrf(reply, [reference]) == CHRF().sentence_score(reply, [reference]).score


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_corpus_score_equals_sacrebleu_to_the_last_digit(pairs):
    replies, references = [r for r, _ in pairs], [r for _, r in pairs]
    expected = CHRF().corpus_score(replies, [references]).score
    assert corpus_chrf(replies, [[r] for r in references]) == expected


def test_hand_computed():
    # "ab" against "ac": one of two letters, no pair of letters; longer n-grams do not exist and do not count.
    assert sentence_chrf("ab", ["ac"]) == pytest.approx((50 + 0) / 2)


def test_hand_computed_with_recall_counting_four_times():
    # "ab" against "abc": precision 1; recall is the mean of 2/3 (letters) and 1/2 (pairs); F2 = 5PR / (4P + R).
    recall = (2 / 3 + 1 / 2) / 2
    assert sentence_chrf("ab", ["abc"]) == pytest.approx(100 * 5 * recall / (4 + recall))


def test_best_of_several_references():
    assert sentence_chrf("ein Haus", ["eine Maus", "ein Haus"]) == pytest.approx(100.0)


def test_corpus_takes_different_numbers_of_references():
    assert corpus_chrf(["ein Haus", "der Hund"], [["eine Maus", "ein Haus"], ["der Hund"]]) == pytest.approx(
        100
    )


def test_no_reference_is_an_error():
    with pytest.raises(ValueError, match="at least one reference"):
        sentence_chrf("a", [])
    with pytest.raises(ValueError, match="at least one reference"):
        corpus_chrf(["a", "b"], [["a"], []])
    with pytest.raises(ValueError, match="got 1 and 2"):
        corpus_chrf(["a"], [["a"], ["b"]])


def test_signature_names_the_settings():
    assert "nc:6|nw:0" in chrf_signature()
    assert "version:" in chrf_signature()
