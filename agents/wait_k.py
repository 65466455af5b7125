"""Wait-k for textgym/SimultaneousTranslation-v0: hear k words, then write and hear in turn (Ma et al., 2019).

    textgym evaluate agents/wait_k.py:wait_3 textgym/SimultaneousTranslation-v0
    textgym evaluate agents/wait_k.py:offline textgym/SimultaneousTranslation-v0

`offline` hears everything before it writes: the best quality, the worst latency.
"""

from functools import partial

import numpy as np

from textgym import DecisionAgent, as_decision_agent
from textgym.tasks.simultaneous_translation import FEATURES, MAX_LAG, READ, WRITE

_LAG = FEATURES.index("lag")


def wait_k(k: int) -> DecisionAgent:
    """The agent for one k, from 1 to 8: it writes where it has heard at least k words more than it has written."""
    if not 1 <= k <= MAX_LAG:
        raise ValueError(f"k must be in [1, {MAX_LAG}], got {k}")
    return as_decision_agent(lambda vector, mask: _decide(vector, mask, k))


def offline() -> DecisionAgent:
    """The agent that hears all first."""
    return as_decision_agent(lambda vector, mask: READ if mask[READ] else WRITE)


def _decide(vector: np.ndarray, mask: np.ndarray, k: int) -> int:
    wanted = WRITE if not mask[READ] or round(float(vector[_LAG]) * MAX_LAG) >= k else READ
    return wanted if mask[wanted] else READ + WRITE - wanted


wait_1, wait_2, wait_3, wait_4, wait_5, wait_6, wait_7, wait_8 = (partial(wait_k, k) for k in range(1, 9))
make_agent = wait_3
