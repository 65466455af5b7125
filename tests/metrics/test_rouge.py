"""ROUGE is that of rouge-score."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from textgym.metrics.rouge import SIGNATURE, has_tokens, rouge, rouge_l

WORDS = st.sampled_from(
    [
        "the",
        "cat",
        "cats",
        "sat",
        "sitting",
        "on",
        "a",
        "mat",
        "12",
        "12,000",
        "running",
        "runs",
        "Ärger",
        "中文",
        "-",
        "!",
        "\n",
    ]
)
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=40)


def test_hand_computed():
    # 5 of 6 words, 3 of 5 word pairs ("the cat", "on the", "the mat"), 5 of 6 words in order.
    scores = rouge("The cat lay on the mat.", ["the cat sat on the mat"])
    assert scores.rouge1 == pytest.approx(5 / 6)
    assert scores.rouge2 == pytest.approx(3 / 5)
    assert scores.rougeL == pytest.approx(5 / 6)
    assert scores.mean == pytest.approx((5 / 6 + 3 / 5 + 5 / 6) / 3)


def test_order_matters_to_rouge_l():
    scores = rouge("mat the on", ["on the mat"])
    assert (scores.rouge1, scores.rouge2, scores.rougeL) == pytest.approx((1.0, 0.0, 1 / 3))


def test_stems_are_compared():
    assert rouge("running", ["runs"]).rouge1 == 1.0
    assert "stemmer:True" in SIGNATURE


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_equals_rouge_score_to_the_last_digit(reply, reference):
    expected = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(reference, reply)
    scores = rouge(reply, [reference])
    assert scores.rouge1 == expected["rouge1"].fmeasure
    assert scores.rouge2 == expected["rouge2"].fmeasure
    assert scores.rougeL == expected["rougeL"].fmeasure


def test_best_of_several_references():
    assert rouge("a b c", ["x y z", "a b c"]).mean == 1.0


@pytest.mark.parametrize("reply", ["", "\ud800 \udfff", "\0", "中文", "😀" * 50, "a" * 1_000_000])
def test_odd_replies_score_zero(reply):
    assert rouge(reply, ["the cat sat on the mat"]).mean == 0.0


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_rouge_l_alone_is_the_same(reply, references):
    assert rouge_l(reply, references) == rouge(reply, references).rougeL


def test_an_empty_reply_scores_a_float():
    # The integer of rouge-score made the infos of vector environments arrays of integers, in which 0.9 was 0.
    assert isinstance(rouge("", ["a"]).rougeL, float)


def test_no_reference_is_an_error():
    with pytest.raises(ValueError, match="at least one reference"):
        rouge("a", [])


def test_has_tokens_sees_what_rouge_counts():
    assert has_tokens("Äpfel 中文")
    assert not has_tokens("中文 !")
