"""Asks in a fixed order for textgym/TwentyQuestions-v0 and guesses when one thing is left.

Questions that tell nothing any more are asked all the same:

    textgym evaluate agents/twenty_questions_in_order.py textgym/TwentyQuestions-v0
"""

import numpy as np

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.twenty_questions.world import MOST_THINGS, QUESTIONS


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(_decide)


def _decide(vector: np.ndarray, mask: np.ndarray) -> int:
    size = len(QUESTIONS)
    possible = vector[2 * size : 2 * size + MOST_THINGS] == 1
    questions = np.flatnonzero(mask[:size])
    if possible.sum() == 1 or not len(questions):
        return size + int(np.argmax(possible))
    return int(questions[0])
