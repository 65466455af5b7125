"""Which word translates which, counted in pairs of sentences."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

# Probabilities below it are left out of the table.
_LEAST = 1e-3
_ITERATIONS = 5

Pair = tuple[Sequence[str], Sequence[str]]


class WordTranslation:
    """IBM model 1: every word of a target comes from one word of its source, or from none.

    Args:
        pairs: Words of source and target of each sentence. A source word that is said twice counts once.

    References:
        Brown et al., 1993, "The mathematics of statistical machine translation", Computational Linguistics 19
        (2), section 4.1; the table is estimated by 5 rounds of expectation maximisation from an even start.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._table: dict[str | None, dict[str, float]] = {}
        for _ in range(_ITERATIONS):
            self._table = self._round([(tuple(dict.fromkeys(source)), target) for source, target in pairs])

    def probability(self, target: str, source: str | None) -> float:
        """That `source` (None: no word) is said by `target`, in [0, 1]; 0 for pairs not seen or below 0.001."""
        return self._table.get(source, {}).get(target, 0.0)

    def likeliest(self, source: str, n: int) -> list[str]:
        """The at most `n` likeliest translations of a word, likeliest first; none for a word not seen."""
        return [word for word, _ in Counter(self._table.get(source, {})).most_common(n)]

    def _round(self, pairs: Sequence[Pair]) -> dict[str | None, dict[str, float]]:
        counts: defaultdict[str | None, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        for source, target in pairs:
            origins = (None, *source)
            known = [self._table.get(origin, {}) for origin in origins]
            for word in target:
                shares = [row.get(word, 0.0) for row in known] if self._table else [1.0] * len(origins)
                total = sum(shares) or 1.0
                for origin, share in zip(origins, shares, strict=True):
                    counts[origin][word] += share / total
        return {origin: _normalised(words) for origin, words in counts.items()}


def _normalised(counts: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values()) or 1.0
    return {word: count / total for word, count in counts.items() if count / total >= _LEAST}
