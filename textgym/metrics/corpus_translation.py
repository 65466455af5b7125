"""Corpus-level scores of translations with their signatures, as papers report them."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from unicodedata import normalize

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from textgym.metrics.bleu import bleu_tokenizer
from textgym.metrics.chrf import reference_streams
from textgym.tokenization import load_tokenizer, tokenizer_folder


def corpus_scores(
    replies: Sequence[str], references: Sequence[Sequence[str]], languages: Sequence[str]
) -> dict[str, float]:
    """BLEU, spBLEU and chrF of many translations by sacrebleu; not the means of their sentence scores.

    Both sides are brought into Unicode's NFC. Languages that sacrebleu cuts into words differently have a BLEU
    each. As spBLEU does with SentencePiece, `spBLEU-tiny` cuts all languages with one subword vocabulary, that of the
    tokenizer `"tiny"`: it compares systems with each other, and not with spBLEU figures of papers.

    Args:
        replies: What is scored, N texts.
        references: The references of each, at least one each.
        languages: Code of the language of each.

    Returns:
        Scores in [0, 100] by name and signature, such as `"BLEU|nrefs:1|case:mixed|eff:no|tok:13a|..."`; empty for
        no replies.

    Raises:
        ValueError: If the lengths differ, or a reply has no reference.

    References:
        Post, 2018, "A call for clarity in reporting BLEU scores", arXiv:1804.08771.
        Goyal et al., 2021, "The FLORES-101 evaluation benchmark", arXiv:2106.03193, for spBLEU.
    """
    if not replies:
        return {}
    if len(languages) != len(replies):
        raise ValueError(f"expected a language for each reply, got {len(languages)} and {len(replies)}")
    normal = [normalize("NFC", reply) for reply in replies]
    answers = [[normalize("NFC", text) for text in texts] for texts in references]
    tokenizers = [bleu_tokenizer(language) for language in languages]
    scores: dict[str, float] = {}
    for tokenizer in dict.fromkeys(tokenizers):
        rows = [i for i, name in enumerate(tokenizers) if name == tokenizer]
        scores |= _scored(
            BLEU(tokenize=tokenizer), "BLEU", [normal[i] for i in rows], [answers[i] for i in rows]
        )
    # Forced: sacrebleu would warn of what looks cut into words already.
    subwords = BLEU(tokenize="none", force=True)
    found = _scored(subwords, "spBLEU-tiny", _pieces(normal), [_pieces(texts) for texts in answers])
    scores |= {name.replace("tok:none", f"tok:tiny-{_vocabulary()}"): score for name, score in found.items()}
    return scores | _scored(CHRF(), "chrF2", normal, answers)


@cache
def _vocabulary() -> str:
    """The beginning of the hash of the tokenizer's file."""
    return sha256((tokenizer_folder("tiny") / "tokenizer.json").read_bytes()).hexdigest()[:8]


def _pieces(texts: Sequence[str]) -> list[str]:
    """Subwords as words; their numbers stand for them."""
    return [" ".join(map(str, ids)) for ids in load_tokenizer("tiny").encode_batch(texts)]


def _scored(
    metric: BLEU | CHRF, name: str, replies: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    score = metric.corpus_score(list(replies), reference_streams(replies, references)).score
    return {f"{name}|{metric.get_signature()}": float(score)}
