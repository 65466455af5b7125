"""An honest questioner: it asks what tells most."""

import numpy as np

from textgym.tasks.twenty_questions.task import binary_entropy
from textgym.tasks.twenty_questions.world import MOST_THINGS, QUESTIONS


def expert_action(vector: np.ndarray, mask: np.ndarray) -> int:
    """The question whose answer has the largest entropy.

    A guess counts as the question that it is, and goes first among equals, for it may end the game. With 2 ** k things
    that k attributes tell apart evenly this takes k + 1/2 questions in the mean, the least possible.

    Args:
        vector: `TwentyQuestionsTask.vector` of the state, float32 (d,).
        mask: Which actions are legal, bool (n,).

    Returns:
        A legal action.
    """
    size = len(QUESTIONS)
    possible = vector[2 * size : 2 * size + MOST_THINGS] == 1
    shares = np.concatenate([possible / possible.sum(), vector[:size]])
    gains = np.where(np.concatenate([possible, mask[:size]]), binary_entropy(shares).round(6), -1.0)
    best = int(np.argmax(gains))
    return size + best if best < MOST_THINGS else best - MOST_THINGS
