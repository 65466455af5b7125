"""BLEU by sacrebleu."""

from collections.abc import Sequence
from functools import lru_cache

from sacrebleu.metrics.bleu import BLEU

from textgym.metrics.chrf import reference_streams

# Languages written without spaces: word BLEU would see one word in each sentence.
_CHARACTERS = frozenset({"ja", "ko", "th", "km", "lo", "my"})


def bleu_tokenizer(language: str) -> str:
    """Name of sacrebleu's tokenizer for a language code: `"13a"`, for Chinese `"zh"`, for others `"char"`."""
    base = language.replace("-", "_").split("_")[0].lower()
    return "zh" if base == "zh" else "char" if base in _CHARACTERS else "13a"


def sentence_bleu(reply: str, references: Sequence[str], *, tokenizer: str = "13a") -> float:
    """BLEU of one reply, with sacrebleu's exponential smoothing and effective n-gram order.

    Args:
        reply: What is scored.
        references: At least one text.
        tokenizer: Name of a tokenizer of sacrebleu.

    Returns:
        A score in [0, 100].

    Raises:
        ValueError: If there is no reference.
    """
    if not references:
        raise ValueError("sentence_bleu needs at least one reference, got none")
    return float(_sentence_bleu(tokenizer).sentence_score(reply, list(references)).score)


def corpus_bleu(
    replies: Sequence[str], references: Sequence[Sequence[str]], *, tokenizer: str = "13a"
) -> float:
    """BLEU of many replies by sacrebleu's defaults; not the mean of their sentence scores.

    Args:
        replies: What is scored.
        references: The references of each reply, at least one each.
        tokenizer: Name of a tokenizer of sacrebleu.

    Returns:
        A score in [0, 100].

    Raises:
        ValueError: If the lengths differ, or a reply has no reference.
    """
    streams = reference_streams(replies, references)
    return float(BLEU(tokenize=tokenizer).corpus_score(list(replies), streams).score)


def bleu_signature(*, effective_order: bool = False, tokenizer: str = "13a") -> str:
    """The signature for tables; `effective_order` is True for `sentence_bleu`."""
    metric = BLEU(tokenize=tokenizer, effective_order=effective_order)
    metric.corpus_score(["a"], [["a"]])
    return str(metric.get_signature())


@lru_cache(maxsize=4)
def _sentence_bleu(tokenizer: str) -> BLEU:
    return BLEU(tokenize=tokenizer, effective_order=True)
