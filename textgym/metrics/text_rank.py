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
        after 30 rounds of the power iteration.

    References:
        Mihalcea and Tarau, 2004, "TextRank: Bringing Order into Texts", sections 2 and 4.2.
    """
    size = len(sentences)
    if size == 0:
        return np.zeros(0)
    words = [set(tokens) for tokens in sentences]
    weights = np.zeros((size, size))
    for i in range(size):
        for j in range(i):
            weights[i, j] = weights[j, i] = _similarity(words[i], words[j], sentences[i], sentences[j])
    outgoing = weights.sum(1, keepdims=True)
    # A sentence that shares nothing passes its rank to all alike, so that the ranks keep their sum.
    passed = np.divide(weights, outgoing, out=np.full_like(weights, 1 / size), where=outgoing > 0)
    ranks = np.full(size, 1 / size)
    for _ in range(_ITERATIONS):
        ranks = (1 - DAMPING) / size + DAMPING * (ranks @ passed)
    return ranks


def _similarity(a: set[str], b: set[str], tokens_a: Sequence[str], tokens_b: Sequence[str]) -> float:
    shared = len(a & b)
    if not shared:
        return 0.0
    # Two sentences of one word each have logarithms of 0; the paper does not say what then.
    return shared / max(log(len(tokens_a)) + log(len(tokens_b)), 1.0)
