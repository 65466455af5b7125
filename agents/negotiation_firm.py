"""A firm negotiator for textgym/Negotiation-v0: asks for all that is of worth, and accepts half of it or more.

Partners who hold out break off:

    textgym evaluate agents/negotiation_firm.py textgym/Negotiation-v0
"""

import numpy as np

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.negotiation.table import KINDS, MOST_OF_A_KIND
from textgym.tasks.negotiation.task import ACCEPT, DIVISIONS


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(_decide)


def _decide(vector: np.ndarray, mask: np.ndarray) -> int:
    counts, worth = vector[:3] * MOST_OF_A_KIND, vector[3:6]
    offered = vector[13]
    if mask[ACCEPT] and offered >= 0.5:
        return ACCEPT
    return DIVISIONS.index(tuple(round(float(counts[k])) if worth[k] > 0 else 0 for k in range(len(KINDS))))
