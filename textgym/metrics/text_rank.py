"""How central each sentence of a text is."""

from collections.abc import Sequence
from math import log

import numpy as np

#: Share of rank that a sentence passes on (Mihalcea and Tarau, 2004, section 2).
DAMPING = 0.85
_ITERATIONS = 30


def text_rank(sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """PageRank on the graph of sentences that share words.

    Args:
        sentences: The tokens of each of m sentences.

    Returns:
        Ranks of shape (m,), positive, with sum 1; equal ones where no two sentences share a word. They are those
        after 30 rounds of the power iteration, up to rounding.

    References:
        Mihalcea and Tarau, 2004, "TextRank: Bringing Order into Texts", sections 2 and 4.2.
    """
    size = len(sentences)
    if size == 0:
        return np.zeros(0)
    # Sentences of one word each have logarithms of 0; the paper does not say what then.
    logarithms = np.array([log(max(len(tokens), 1)) for tokens in sentences])
    weights = shared_words(sentences) / np.maximum(np.add.outer(logarithms, logarithms), 1.0)
    np.fill_diagonal(weights, 0.0)
    outgoing = weights.sum(1, keepdims=True)
    # A sentence that shares nothing passes its rank to all alike, so that the ranks keep their sum.
    passed = np.divide(weights, outgoing, out=np.full_like(weights, 1 / size), where=outgoing > 0)
    # One round is the product with a matrix, because the ranks sum to 1; so 30 rounds are products with its powers.
    power, ranks = (1 - DAMPING) / size + DAMPING * passed, np.full(size, 1 / size)
    for bit in range(_ITERATIONS.bit_length()):
        if _ITERATIONS >> bit & 1:
            ranks = ranks @ power
        power = power @ power
    return ranks


def shared_words(sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """How many different tokens each pair of m sentences shares: float64 (m, m); the diagonal counts their own."""
    numbers: dict[str, int] = {}
    places = [[numbers.setdefault(token, len(numbers)) for token in tokens] for tokens in sentences]
    holds = np.zeros((len(sentences), len(numbers)), np.float32)
    for row, place in zip(holds, places, strict=True):
        row[place] = 1.0
    return (holds @ holds.T).astype(np.float64)
