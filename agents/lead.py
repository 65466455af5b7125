"""Extractive summarization: the first sentences of the text, as long as they fit the budget (lead-k)."""

import numpy as np

from textgym import DecisionAgent, as_decision_agent


def make_lead(k: int | None = None) -> DecisionAgent:
    """Picks the sentences in their order and stops before the first that does not fit.

    Args:
        k: Most sentences; None for as many as fit.
    """

    def act(observation: np.ndarray, mask: np.ndarray) -> int:
        stop = len(mask) - 1
        picked = round(float(observation[-1]) * stop)
        return picked if mask[picked] and picked != k else stop

    return as_decision_agent(act)


def make_agent() -> DecisionAgent:
    return make_lead()
