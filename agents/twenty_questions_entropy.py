"""Asks what tells most for textgym/TwentyQuestions-v0: the question whose answer has the largest entropy.

A guess counts as the question that it is, and goes first among equals, for it may end the game. With 2 ** k things that
k attributes tell apart evenly this takes k + 1/2 questions in the mean, the least possible:

    textgym evaluate agents/twenty_questions_entropy.py textgym/TwentyQuestions-v0
"""

import numpy as np

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.twenty_questions.task import binary_entropy
from textgym.tasks.twenty_questions.world import MOST_THINGS, QUESTIONS


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(_decide)


def _decide(vector: np.ndarray, mask: np.ndarray) -> int:
    size = len(QUESTIONS)
    possible = vector[2 * size : 2 * size + MOST_THINGS] == 1
    shares = np.concatenate([possible / possible.sum(), vector[:size]])
    gains = np.where(np.concatenate([possible, mask[:size]]), binary_entropy(shares).round(6), -1.0)
    best = int(np.argmax(gains))
    return size + best if best < MOST_THINGS else best - MOST_THINGS
