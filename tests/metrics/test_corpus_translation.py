"""Corpus scores agree with sacrebleu to the last digit and carry its signatures."""

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from textgym.metrics.corpus_translation import corpus_scores
from textgym.tokenization import load_tokenizer

REPLIES = ["Der Hund schläft heute.", "Die Katze isst", ""]
REFERENCES = [["Der Hund schläft heute nicht."], ["Die Katze isst Fisch.", "Die Katze frisst."], ["Ja."]]


def streams(rank):
    return [texts[rank] if rank < len(texts) else None for texts in REFERENCES]


def test_they_are_those_of_sacrebleu():
    bleu, chrf = BLEU(), CHRF()
    expected = {
        "BLEU": bleu.corpus_score(REPLIES, [streams(0), streams(1)]).score,
        "chrF2": chrf.corpus_score(REPLIES, [streams(0), streams(1)]).score,
    }
    scores = corpus_scores(REPLIES, REFERENCES, ["de"] * 3)
    assert {name: score for name, score in scores.items() if not name.startswith("spBLEU")} == {
        f"BLEU|{bleu.get_signature()}": expected["BLEU"],
        f"chrF2|{chrf.get_signature()}": expected["chrF2"],
    }
    assert expected["BLEU"] > 0
    assert "BLEU|nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|version:" in next(iter(scores))


def test_brevity_by_hand():
    # 4 of 4 words right, one missing: every n-gram precision is 1, the brevity penalty exp(1 - 5/4).
    scores = corpus_scores(["a b c d"], [["a b c d e"]], ["de"])
    assert next(iter(scores.values())) == pytest.approx(100 * 2.718281828459045 ** (-0.25))


def test_subwords_are_those_of_the_tokenizer():
    # Two words differ, and share subwords: only spBLEU sees that.
    tokenizer = load_tokenizer("tiny")
    reply, reference = "das große Gartenhaus dort", "das große Gartenhäuser dort"
    cut = [[" ".join(map(str, tokenizer.encode(text)))] for text in (reply, reference)]
    metric = BLEU(tokenize="none")
    expected = metric.corpus_score(cut[0], [cut[1]]).score
    scores = corpus_scores([reply], [[reference]], ["de"])
    (name,) = (name for name in scores if name.startswith("spBLEU-tiny"))
    assert "|tok:tiny-" in name
    assert scores[name] == expected
    assert expected > next(iter(scores.values()))


def test_languages_that_are_cut_otherwise_have_their_own_bleu():
    scores = corpus_scores(["Ja.", "猫 です"], [["Ja."], ["猫 です"]], ["de", "ja"])
    assert [name.partition("|")[0] for name in scores] == ["BLEU", "BLEU", "spBLEU-tiny", "chrF2"]
    assert [name.split("tok:")[1].split("|")[0] for name in list(scores)[:2]] == ["13a", "char"]


def test_composed_and_decomposed_characters_are_the_same():
    scores = corpus_scores(["scho\u0308n ist das Haus"], [["schön ist das Haus"]], ["de"])
    assert list(scores.values()) == pytest.approx([100, 100, 100])
    scores = corpus_scores(["schön ist das Haus"], [["scho\u0308n ist das Haus"]], ["de"])
    assert list(scores.values()) == pytest.approx([100, 100, 100])


def test_lengths_must_agree():
    assert corpus_scores([], [], []) == {}
    with pytest.raises(ValueError, match="a language for each"):
        corpus_scores(["a"], [["a"]], [])
    with pytest.raises(ValueError, match="at least one reference"):
        corpus_scores(["a"], [[]], ["de"])
