import math

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated
from nltk.util import everygrams

from textgym.algorithms.kneser_ney import KneserNey


def test_agrees_with_nltk() -> None:
    rng = np.random.default_rng(0)
    text = rng.integers(0, 6, size=60)
    row = np.concatenate([text, text])  # so that every n-gram at the start also has a token before it
    theirs = KneserNeyInterpolated(3, discount=0.3)
    words = [str(i) for i in row]
    theirs.fit([everygrams(words, max_len=3)], vocabulary_text=words)
    ours = KneserNey(row[None], vocab_size=6, order=3, discounts=(0.0, 0.3, 0.3))
    probe = rng.integers(0, 6, size=40)
    expected = [
        theirs.score(str(word), [str(i) for i in probe[max(0, position - 2) : position]])
        for position, word in enumerate(probe)
    ]
    assert np.exp(ours.log_probabilities(probe)) == pytest.approx(expected, rel=1e-9)


def test_known_bigram_values() -> None:
    # Rows "0 1 0 1 2": bigrams 01 twice, 10 and 12 once. Token 1 and 0 and 2 each follow one kind of token.
    model = KneserNey(np.array([[0, 1, 0, 1, 2]]), vocab_size=4, order=2, discounts=(0.5, 0.5))
    unigram_1 = (1 - 0.5) / 3 + 0.5 * 3 / 3 / 4
    after_0 = (2 - 0.5) / 2 + 0.5 * 1 / 2 * unigram_1
    assert np.exp(model.log_probabilities([0, 1])) == pytest.approx([unigram_1, after_0])


def test_probabilities_sum_to_one() -> None:
    rng = np.random.default_rng(1)
    model = KneserNey(rng.integers(0, 8, size=(5, 40)), vocab_size=9, order=4)
    for context in ([], [3], [8, 1], [1, 2, 3], [5, 1, 2, 3]):
        total = sum(math.exp(model.log_probabilities([*context, word])[-1]) for word in range(9))
        assert total == pytest.approx(1.0)


def test_too_long_ngrams_are_refused() -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        KneserNey(np.zeros((1, 8), np.int64), vocab_size=4096, order=6)


def test_wrong_number_of_discounts_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 3 discounts"):
        KneserNey(np.zeros((1, 8), np.int64), vocab_size=4, order=3, discounts=(0.1, 0.1))
