import math

import numpy as np
import pytest

from textgym.metrics.text_rank import text_rank


def test_no_sentence_has_no_rank():
    assert text_rank([]).shape == (0,)


def test_sentences_that_share_nothing_are_equal():
    np.testing.assert_allclose(text_rank([["a"], ["b"], ["c"], []]), [0.25] * 4)


def test_the_sentence_between_two_others_is_solved_by_hand():
    # a - b - c with equal weights: b = 0.05 + 0.85 * 2 a, a = 0.05 + 0.85 b / 2, where 0.05 = 0.15 / 3.
    ranks = text_rank([["x", "p"], ["x", "y"], ["y", "q"]])
    middle = (0.05 + 1.7 * 0.05) / (1 - 1.7 * 0.425)
    assert ranks[1] == pytest.approx(middle, abs=0.01)
    assert ranks[0] == pytest.approx(ranks[2])
    assert ranks.sum() == pytest.approx(1)


def test_weights_are_shared_words_by_logarithms_of_lengths():
    # From b, c gets 1 / log 4 of 2 / log 4 + ..., by the paper's similarity; a and c share nothing.
    a, b, c = ["x", "y"], ["x", "y", "z", "w"], ["z", "v", "u", "t"]
    weight_ab, weight_bc = 2 / (math.log(2) + math.log(4)), 1 / (math.log(4) + math.log(4))
    matrix = np.array([[0, 1, 0], np.array([weight_ab, 0, weight_bc]) / (weight_ab + weight_bc), [0, 1, 0]])
    exact = np.linalg.solve(np.eye(3) - 0.85 * matrix.T, np.full(3, 0.05))
    np.testing.assert_allclose(text_rank([a, b, c]), exact, atol=0.01)
