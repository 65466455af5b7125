"""ROUGE by the package rouge-score."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer, Tokenizer

#: Porter stemming of tokens longer than three letters, on everywhere in this package.
USE_STEMMER = True
SIGNATURE = f"rouge-score|rouge1+rouge2+rougeL|fmeasure|stemmer:{USE_STEMMER}|references:best"


@dataclass(frozen=True)
class Rouge:
    """F-measures of ROUGE-1, ROUGE-2 and ROUGE-L, each in [0, 1]."""

    rouge1: float
    rouge2: float
    rougeL: float

    @property
    def mean(self) -> float:
        """Mean of the three, in [0, 1]."""
        return (self.rouge1 + self.rouge2 + self.rougeL) / 3


def rouge(reply: str, references: Sequence[str]) -> Rouge:
    """ROUGE of a reply; with several references the best F-measure of each variant.

    The tokens are runs of the letters a-z and digits after lower-casing, stemmed (`SIGNATURE`). Text in
    other scripts has no tokens and scores 0. ROUGE-2 of a reference with a single token is 0, even for the
    reference itself.

    Args:
        reply: What is scored.
        references: At least one text.

    Returns:
        The three scores.

    Raises:
        ValueError: If there is no reference.
    """
    if not references:
        raise ValueError("rouge needs at least one reference, got none")
    scores = _scorer("rouge1", "rouge2", "rougeL").score_multi(list(references), reply)
    # rouge-score gives an integer where there is no token.
    return Rouge(*(float(scores[name].fmeasure) for name in ("rouge1", "rouge2", "rougeL")))


def rouge_l(reply: str, references: Sequence[str]) -> float:
    """ROUGE-L alone, as in `rouge`."""
    return float(_scorer("rougeL").score_multi(list(references), reply)["rougeL"].fmeasure)


def has_tokens(text: str) -> bool:
    """Whether ROUGE sees anything in a text."""
    return bool(rouge_tokens(text))


@lru_cache(maxsize=16_384)
def rouge_tokens(text: str) -> tuple[str, ...]:
    """What ROUGE counts: the stemmed runs of letters a-z and digits, in order."""
    return tuple(_tokenizer().tokenize(text))


class _RememberingTokenizer(Tokenizer):
    """The default tokenizer of rouge-score with a memory for stems, which take most of its time."""

    def __init__(self) -> None:
        self._words = DefaultTokenizer(False).tokenize
        self._stems = lru_cache(maxsize=65_536)(DefaultTokenizer(USE_STEMMER).tokenize)

    def tokenize(self, text: str) -> list[str]:
        return [stem for word in self._words(text) for stem in self._stems(word)]


@lru_cache(maxsize=2)
def _scorer(*variants: str) -> RougeScorer:
    return RougeScorer(list(variants), tokenizer=_tokenizer())


@lru_cache(maxsize=1)
def _tokenizer() -> _RememberingTokenizer:
    return _RememberingTokenizer()
