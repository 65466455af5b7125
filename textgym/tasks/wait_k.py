"""Wait-k for simultaneous translation: hear k words, then write and hear in turn."""

import numpy as np

from textgym.tasks.simultaneous_translation import FEATURES, MAX_LAG, READ, WRITE

_LAG = FEATURES.index("lag")


def wait_k_action(vector: np.ndarray, mask: np.ndarray, k: int) -> int:
    """What wait-k does in a state: write where at least k words more are heard than written, else hear on.

    Args:
        vector: `SimultaneousTranslationTask.vector` of the state, float32 (d,).
        mask: Which of READ and WRITE are legal, bool (2,).
        k: In [1, 8].

    Returns:
        READ or WRITE.

    References:
        Ma et al., 2019, "STACL", arXiv:1810.08398, section 3.1.
    """
    wanted = WRITE if not mask[READ] or round(float(vector[_LAG]) * MAX_LAG) >= k else READ
    return wanted if mask[wanted] else READ + WRITE - wanted
