"""ROUGE-N of a text that changes by a few n-grams at a time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rouge_score.scoring import fmeasure as _fmeasure

Ngram = tuple[str, ...]


def ngrams(tokens: Sequence[str], n: int) -> list[Ngram]:
    """All runs of `n` tokens, in order."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


@dataclass(frozen=True)
class RougeCounter:
    """The n-grams of a text, counted, beside those of its references. `change` gives a new one.

    Args:
        references: For each reference its n-grams with their numbers; never written to.
        counts: N-grams of the text with their numbers; never written to.
        total: Number of n-grams of the text.
        overlaps: For each reference the number of n-grams shared with it, each at most as often as it has it.
    """

    references: tuple[Mapping[Ngram, int], ...]
    counts: Mapping[Ngram, int]
    total: int
    overlaps: tuple[int, ...]

    @classmethod
    def empty(cls, references: Iterable[Sequence[str]], n: int) -> "RougeCounter":
        """That of an empty text.

        Args:
            references: The tokens of each.
            n: Length of the n-grams.
        """
        counted = tuple(Counter(ngrams(tokens, n)) for tokens in references)
        return cls(counted, {}, 0, (0,) * len(counted))

    def change(self, *, added: Sequence[Ngram], removed: Sequence[Ngram] = ()) -> "RougeCounter":
        """What it is after some n-grams were removed, all of which the text has, and others added."""
        counts, overlaps = dict(self.counts), list(self.overlaps)
        for gram in removed:
            counts[gram] -= 1
            for which, reference in enumerate(self.references):
                overlaps[which] -= counts[gram] < reference.get(gram, 0)
        for gram in added:
            number = counts.get(gram, 0)
            counts[gram] = number + 1
            for which, reference in enumerate(self.references):
                overlaps[which] += number < reference.get(gram, 0)
        total = self.total + len(added) - len(removed)
        return RougeCounter(self.references, counts, total, tuple(overlaps))

    @property
    def fmeasure(self) -> float:
        """ROUGE-N F in [0, 1], the best over the references; equal to that of rouge-score to the last digit."""
        best = 0.0
        for reference, overlap in zip(self.references, self.overlaps, strict=True):
            precision = overlap / max(self.total, 1)
            recall = overlap / max(sum(reference.values()), 1)
            best = max(best, _fmeasure(precision, recall))
        return best
