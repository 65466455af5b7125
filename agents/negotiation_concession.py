"""Concedes step by step for textgym/Negotiation-v0, where it costs itself least and helps the partner most.

It wants all at first and `FLOOR` in the end, in a straight line over `STEPS` messages, and accepts what it would ask for
next. Among the divisions that give it so much it asks for the one that the partner should like best, who values most
what it has kept in its own proposals:

    textgym evaluate agents/negotiation_concession.py textgym/Negotiation-v0
"""

import numpy as np

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.negotiation.table import MESSAGES, MOST_OF_A_KIND
from textgym.tasks.negotiation.task import ACCEPT, DIVISIONS

FLOOR = 0.4
STEPS = 6
_ITEMS = np.array(DIVISIONS)


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(_decide)


def _decide(vector: np.ndarray, mask: np.ndarray) -> int:
    counts, worth = np.rint(vector[:3] * MOST_OF_A_KIND), vector[3:6]
    offered, kept, message = vector[13], vector[16:19], float(vector[24]) * MESSAGES
    wanted = max(FLOOR, 1.0 - (1.0 - FLOOR) * message / STEPS)
    if mask[ACCEPT] and offered >= wanted - 1e-6:
        return ACCEPT
    own = _ITEMS @ worth
    partner = (counts - _ITEMS) @ (kept + 0.1)
    # Enough for the agent first, then the partner's liking, then what is left for the agent.
    merit = np.where(own >= wanted - 1e-6, partner + 0.01 * own, own - 100.0)
    return int(np.argmax(np.where(mask[:ACCEPT], merit, -np.inf)))
