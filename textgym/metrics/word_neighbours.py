"""How well words stand next to each other, counted in sentences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log

START, END = "<s>", "</s>"
_DISCOUNT = 0.75
# Added to the count of every word, seen or not.
_UNSEEN = 0.1


class WordNeighbours:
    """Probability of a word after the one before it, and what the word two before adds.

    Args:
        sentences: Words of each.

    References:
        Absolute discounting, interpolated: Ney, Essen and Kneser, 1994, "On structuring probabilistic dependences in
        stochastic language modelling", Computer Speech and Language 8. Words at a distance: Rosenfeld, 1996, "A
        maximum entropy approach to adaptive statistical language modelling", Computer Speech and Language 10.
    """

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        rows = [(START, START, *words, END) for words in sentences]
        self._words = Counter(word for row in rows for word in row[2:])
        self._near = _Followers(pair for row in rows for pair in pairwise(row[1:]))
        self._far = _Followers(pair for row in rows for pair in zip(row, row[2:], strict=False))
        self._total = self._words.total() + _UNSEEN * (len(self._words) + 1)

    def met(self, first: str, second: str) -> bool:
        """Whether the two stood next to each other."""
        return (first, second) in self._near.pairs

    def log_score(self, before: str, last: str, word: str) -> float:
        """log p(word | last) + log (p(word | before) / p(word)), where `before` stands two places before the word.

        `START` stands before the first word, `END` after the last one. The second term is 0 where `before` is new.
        """
        says = (self._words[word] + _UNSEEN) / self._total
        return log(self._near.share(last, word, says)) + log(self._far.share(before, word, says) / says)


class _Followers:
    """Second words of pairs by their first word; what a discount of 0.75 takes off each goes to words by `says`."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = Counter(pairs)
        self._different = Counter(first for first, _ in self.pairs)
        self._all: Counter[str] = Counter()
        for (first, _), count in self.pairs.items():
            self._all[first] += count

    def share(self, first: str, second: str, says: float) -> float:
        total = self._all[first]
        if not total:
            return says
        kept = max(self.pairs[first, second] - _DISCOUNT, 0.0)
        return (kept + _DISCOUNT * self._different[first] * says) / total
