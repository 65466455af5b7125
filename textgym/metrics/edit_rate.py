"""Translation edit rate by sacrebleu."""

from functools import lru_cache

from sacrebleu.metrics.ter import TER


def edit_rate(text: str, revision: str) -> float:
    """Edits (insertions, deletions, substitutions, shifts) that turn a text into its revision, in % of its words.

    With a machine's draft as the text and a person's revision of it this is HTER.

    Args:
        text: The draft.
        revision: What became of it; its words are what the edits are counted by.

    Returns:
        At least 0; above 100 where more is changed than the revision has words, 100 where it is empty.

    References:
        Snover et al., 2006, "A study of translation edit rate with targeted human annotation".
    """
    return float(_ter().sentence_score(text, [revision]).score)


def edit_rate_signature() -> str:
    """The signature for tables: settings and version of sacrebleu."""
    metric = TER()
    metric.corpus_score(["a"], [["a"]])
    return str(metric.get_signature())


@lru_cache(maxsize=1)
def _ter() -> TER:
    return TER()
