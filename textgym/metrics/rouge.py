"""ROUGE by the package rouge-score."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.scoring import fmeasure
from rouge_score.tokenizers import Tokenizer

#: Tokens longer than three letters are stemmed by Porter, everywhere in this package.
SIGNATURE = "rouge-score|rouge1+rouge2+rougeL|fmeasure|stemmer:True|references:best"


_PORTER = PorterStemmer()
_WORD = re.compile("[a-z0-9]+")


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
    scores = _scorer().score_multi(list(references), reply)
    # rouge-score gives the integer 0 for an empty reply, which would make arrays of integers in vector environments.
    return Rouge(*(float(scores[name].fmeasure) for name in ("rouge1", "rouge2", "rougeL")))


def rouge_l(reply: str, references: Sequence[str]) -> float:
    """`rouge(reply, references).rougeL`, from the bits of one long integer instead of a table.

    References:
        Hyyrö, 2004, "Bit-parallel LCS-length computation revisited", AWOCA, section 3.
    """
    tokens, best = rouge_tokens(reply), 0.0
    for reference in map(rouge_tokens, references):
        if tokens and reference:
            common = _common_subsequence(tokens, reference)
            best = max(best, fmeasure(common / len(tokens), common / len(reference)))
    return best


def has_tokens(text: str) -> bool:
    """Whether ROUGE sees anything in a text."""
    return bool(rouge_tokens(text))


@lru_cache(maxsize=16_384)
def rouge_tokens(text: str) -> tuple[str, ...]:
    """What ROUGE counts: the stemmed runs of letters a-z and digits, in order."""
    return tuple(map(_stem, _WORD.findall(text.lower())))


def _common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    places: dict[str, int] = {}
    for place, token in enumerate(a):
        places[token] = places.get(token, 0) | 1 << place
    everywhere = (1 << len(a)) - 1
    # A zero at a place: the subsequence is longer by one from there on.
    rest = everywhere
    for token in b:
        at = rest & places.get(token, 0)
        rest = (rest + at) | (rest - at)
    return len(a) - (rest & everywhere).bit_count()


# Texts repeat most of their words.
@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return _PORTER.stem(word) if len(word) > 3 else word


class _Tokenizer(Tokenizer):
    """`rouge_tokens` for rouge-score."""

    def tokenize(self, text: str) -> Sequence[str]:
        return rouge_tokens(text)


@lru_cache(maxsize=1)
def _scorer() -> RougeScorer:
    return RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Tokenizer())
