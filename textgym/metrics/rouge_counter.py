"""ROUGE-N of a text that changes by a few n-grams at a time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rouge_score.scoring import fmeasure as _fmeasure

Ngram = tuple[str, ...]


def ngrams(tokens: Sequence[str], n: int) -> list[Ngram]:
    """All runs of `n` tokens, in order."""
    return list(zip(*(tokens[i:] for i in range(n)), strict=False))


@dataclass(frozen=True)
class RougeCounter:
    """The n-grams of a text, counted, beside those of its references. `change` gives a new one.

    Args:
        references: For each reference its n-grams with their numbers; never written to.
        counts: How often the text has each n-gram of the references; never written to.
        total: Number of n-grams of the text.
        overlaps: For each reference the number of n-grams shared with it, each at most as often as it has it.
        sizes: For each reference the number of its n-grams.
    """

    references: tuple[Mapping[Ngram, int], ...]
    counts: Mapping[Ngram, int]
    total: int
    overlaps: tuple[int, ...]
    sizes: tuple[int, ...]

    @classmethod
    def empty(cls, references: Iterable[Sequence[str]], n: int) -> "RougeCounter":
        """That of an empty text.

        Args:
            references: The tokens of each.
            n: Length of the n-grams.
        """
        counted = tuple(Counter(ngrams(tokens, n)) for tokens in references)
        counts = {gram: 0 for reference in counted for gram in reference}
        return cls(counted, counts, 0, (0,) * len(counted), tuple(r.total() for r in counted))

    def change(self, *, added: Sequence[Ngram], removed: Sequence[Ngram] = ()) -> "RougeCounter":
        """What it is after some n-grams were removed, all of which the text has, and others added."""
        total = self.total + len(added) - len(removed)
        removed, added = ([gram for gram in grams if gram in self.counts] for grams in (removed, added))
        if not removed and not added:
            return RougeCounter(self.references, self.counts, total, self.overlaps, self.sizes)
        counts, overlaps = dict(self.counts), list(self.overlaps)
        for gram in removed:
            counts[gram] -= 1
            for which, reference in enumerate(self.references):
                overlaps[which] -= counts[gram] < reference.get(gram, 0)
        for gram in added:
            for which, reference in enumerate(self.references):
                overlaps[which] += counts[gram] < reference.get(gram, 0)
            counts[gram] += 1
        return RougeCounter(self.references, counts, total, tuple(overlaps), self.sizes)

    @property
    def fmeasure(self) -> float:
        """ROUGE-N F in [0, 1], the best over the references; equal to that of rouge-score to the last digit."""
        best = 0.0
        for overlap, size in zip(self.overlaps, self.sizes, strict=True):
            if overlap:
                best = max(best, _fmeasure(overlap / self.total, overlap / size))
        return best
