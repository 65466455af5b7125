"""chrF by sacrebleu."""

from collections.abc import Sequence
from functools import lru_cache

from sacrebleu.metrics.chrf import CHRF


def sentence_chrf(reply: str, references: Sequence[str]) -> float:
    """Character F-score of a reply against its best reference, with sacrebleu's defaults.

    Args:
        reply: What is scored.
        references: At least one text.

    Returns:
        A score in [0, 100].

    Raises:
        ValueError: If there is no reference.
    """
    if not references:
        raise ValueError("sentence_chrf needs at least one reference, got none")
    return float(_chrf().sentence_score(reply, list(references)).score)


@lru_cache(maxsize=1)
def _chrf() -> CHRF:
    return CHRF()
