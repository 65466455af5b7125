"""chrF is that of sacrebleu."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from textgym.metrics.chrf import sentence_chrf

TEXTS = st.lists(st.sampled_from(["der", "Hund", "Hunde", "läuft", ".", "中文"]), max_size=8).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_equals_sacrebleu_to_the_last_digit(reply, reference):
    assert sentence_chrf(reply, [reference]) == CHRF().sentence_score(reply, [reference]).score


def test_hand_computed():
    # "ab" against "ac": one of two letters, no pair of letters; longer n-grams do not exist and do not count.
    assert sentence_chrf("ab", ["ac"]) == pytest.approx((50 + 0) / 2)


def test_best_of_several_references():
    assert sentence_chrf("ein Haus", ["eine Maus", "ein Haus"]) == pytest.approx(100.0)


def test_no_reference_is_an_error():
    with pytest.raises(ValueError, match="at least one reference"):
        sentence_chrf("a", [])
