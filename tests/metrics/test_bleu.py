"""BLEU is that of sacrebleu."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from textgym.metrics.bleu import bleu_signature, bleu_tokenizer, corpus_bleu, sentence_bleu

TEXTS = st.lists(st.sampled_from(["der", "Hund", "Hunde", "läuft", ".", "nicht"]), max_size=8).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_equals_sacrebleu_to_the_last_digit(reply, reference):
    expected = BLEU(effective_order=True).sentence_score(reply, [reference]).score
    assert sentence_bleu(reply, [reference]) == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_corpus_score_equals_sacrebleu_to_the_last_digit(pairs):
    replies, references = [r for r, _ in pairs], [r for _, r in pairs]
    expected = BLEU().corpus_score(replies, [references]).score
    assert corpus_bleu(replies, [[r] for r in references]) == expected


def test_hand_computed():
    # Three of four words, two of three pairs, one of two triples, no quadruple: smoothed to 1 / (2 * 1).
    expected = 100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** (1 / 4)
    assert sentence_bleu("a b c x", ["a b c d"]) == pytest.approx(expected)


def test_brevity_penalty():
    assert sentence_bleu("a b", ["a b c d"]) == pytest.approx(100 * math.exp(1 - 4 / 2))


@pytest.mark.parametrize(
    ("language", "tokenizer"),
    [("de", "13a"), ("zh_Hans", "zh"), ("zh-hant", "zh"), ("ja", "char"), ("th", "char"), ("pt_BR", "13a")],
)
def test_tokenizer_of_a_language(language, tokenizer):
    assert bleu_tokenizer(language) == tokenizer


def test_characters_count_where_no_spaces_are_written():
    assert sentence_bleu("我喜欢猫", ["我喜欢狗"]) == 0.0
    assert sentence_bleu("我喜欢猫", ["我喜欢狗"], tokenizer="zh") > 50


def test_no_reference_is_an_error():
    with pytest.raises(ValueError, match="at least one reference"):
        sentence_bleu("a", [])


def test_signature_names_the_settings():
    assert "eff:yes|tok:zh" in bleu_signature(effective_order=True, tokenizer="zh")
    assert "eff:no|tok:13a" in bleu_signature()
