"""An honest negotiator: it concedes step by step, where it costs itself least and helps the partner most."""

import numpy as np

from textgym.tasks.negotiation.table import MESSAGES, MOST_OF_A_KIND
from textgym.tasks.negotiation.task import ACCEPT, DIVISIONS

FLOOR = 0.4
"""Share of the worth that it wants in the end."""
STEPS = 6
"""Messages in which it comes down to that."""
_ITEMS = np.array(DIVISIONS)


def expert_action(vector: np.ndarray, mask: np.ndarray) -> int:
    """The expert's action in a state, from what the agent sees.

    It wants all at first and `FLOOR` in the end, in a straight line over `STEPS` messages, and accepts what it would
    ask for next. Among the divisions that give it so much it asks for the one that the partner should like best, who
    values most what it has kept in its own proposals.

    Args:
        vector: `NegotiationTask.vector` of the state, float32 (d,).
        mask: Which actions are legal, bool (n,).

    Returns:
        A legal action.
    """
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
