"""Extractive summarization: the most central sentences that fit the budget (TextRank, Mihalcea and Tarau, 2004)."""

import numpy as np

from textgym import DecisionAgent, as_decision_agent
from textgym.tasks.extractive_summarization import GLOBAL_FEATURES, SENTENCE_FEATURES

_RANK = SENTENCE_FEATURES.index("rank")


def most_central(observation: np.ndarray, mask: np.ndarray) -> int:
    """The legal sentence with the highest rank; stopping when there is none."""
    stop = len(mask) - 1
    ranks = observation[: -len(GLOBAL_FEATURES)].reshape(stop, len(SENTENCE_FEATURES))[:, _RANK]
    return int(np.argmax(np.where(mask[:stop], ranks, -1.0))) if mask[:stop].any() else stop


def make_agent() -> DecisionAgent:
    return as_decision_agent(most_central)
