"""chrF by sacrebleu."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sacrebleu.metrics.chrf import CHRF


def sentence_chrf(reply: str, references: Sequence[str]) -> float:
    """Character F-score of a reply against its best reference, with sacrebleu's defaults (chrF2).

    Args:
        reply: What is scored.
        references: At least one text.

    Returns:
        A score in [0, 100].

    Raises:
        ValueError: If there is no reference.

    References:
        Popović, 2015, "chrF: character n-gram F-score for automatic MT evaluation".
    """
    if not references:
        raise ValueError("sentence_chrf needs at least one reference, got none")
    return float(_chrf().sentence_score(reply, list(references)).score)


def corpus_chrf(replies: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Character F-score of many replies: their n-gram counts are summed before the score is formed.

    Args:
        replies: What is scored.
        references: The references of each reply, at least one each.

    Returns:
        A score in [0, 100].

    Raises:
        ValueError: If the lengths differ, or a reply has no reference.
    """
    return float(CHRF().corpus_score(list(replies), reference_streams(replies, references)).score)


def chrf_signature() -> str:
    """The signature of both scores, for tables: settings and version of sacrebleu."""
    metric = CHRF()
    metric.corpus_score(["a"], [["a"]])
    return str(metric.get_signature())


def reference_streams(replies: Sequence[str], references: Sequence[Sequence[str]]) -> list[Any]:
    """References by rank instead of by reply, as sacrebleu takes them; missing ones are None.

    sacrebleu's annotations leave out the None that it documents, hence Any.

    Raises:
        ValueError: If the lengths differ, there is no reply, or a reply has no reference.
    """
    if len(replies) != len(references) or not replies:
        raise ValueError(f"expected references for each reply, got {len(replies)} and {len(references)}")
    if not all(references):
        raise ValueError("every reply needs at least one reference, got none for some")
    most = max(len(r) for r in references)
    return [[r[rank] if rank < len(r) else None for r in references] for rank in range(most)]


@lru_cache(maxsize=1)
def _chrf() -> CHRF:
    return CHRF()
