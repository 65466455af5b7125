"""Penalties for what learned rewards overlook: length, repetition and parroting.

Each is a reward function with values in [-1, 0], for `WeightedSum` beside a learned one:

    WeightedSum({EmbeddingSimilarity(): 1.0, LengthPenalty(most=30): 0.5, EchoPenalty(): 0.5})
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from textgym.errors import InvalidValue, check_integer
from textgym.metrics.ngrams import echo_share, repeated_share
from textgym.metrics.words import count_words
from textgym.protocols import Conversation, Example
from textgym.rewards.reply import newest_reply, prompt_of_reply


class LengthPenalty:
    """0 while the agent's newest reply has `least` to `most` words.

    Outside of that minus the words that are missing or too many, by the limit that is broken, and at least -1: a reply
    of twice the allowed length gets -1, and an empty one if any word is asked for.

    Args:
        least: Fewest words, at least 0.
        most: Most words, at least 1 and `least`.

    Raises:
        InvalidValue: If a limit is out of range.
    """

    def __init__(self, *, least: int = 1, most: int = 60) -> None:
        self.least = check_integer("least", least, least=0)
        self.most = check_integer("most", most, least=1)
        if most < least:
            raise InvalidValue(f"most must be at least least={least}, got {most}")
        self.name = f"LengthPenalty({least}-{most})"

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Values of shape (B,), float32, in [-1, 0]."""
        return _penalties([self._excess(count_words(newest_reply(c))) for c in conversations])

    def _excess(self, words: int) -> float:
        if words < self.least:
            return (self.least - words) / self.least
        return min(max(words - self.most, 0) / self.most, 1.0)


class _NgramPenalty:
    """A penalty that counts n-grams of words.

    Args:
        n: Words of an n-gram, at least 1.

    Raises:
        InvalidValue: If `n` is below 1.
    """

    default_n: ClassVar[int]

    def __init__(self, n: int | None = None) -> None:
        self.n = check_integer("n", self.default_n if n is None else n, least=1)
        self.name = f"{type(self).__name__}({self.n})"

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Values of shape (B,), float32, in [-1, 0]."""
        return _penalties([self._share(conversation) for conversation in conversations])

    @abstractmethod
    def _share(self, conversation: Conversation) -> float:
        """What is punished, in [0, 1]."""


class RepetitionPenalty(_NgramPenalty):
    """Minus the share of the newest reply's n-grams that it repeats; see `textgym.metrics.ngrams.repeated_share`.

    Args:
        n: Words of an n-gram, at least 1; 2 by default.

    Raises:
        InvalidValue: If `n` is below 1.
    """

    default_n = 2

    def _share(self, conversation: Conversation) -> float:
        return repeated_share(newest_reply(conversation), self.n)


class EchoPenalty(_NgramPenalty):
    """Minus the share of the newest reply's n-grams that stand in the message it answers.

    See `textgym.metrics.ngrams.echo_share`.

    Args:
        n: Words of an n-gram, at least 1; 3 by default.

    Raises:
        InvalidValue: If `n` is below 1.
    """

    default_n = 3

    def _share(self, conversation: Conversation) -> float:
        return echo_share(newest_reply(conversation), prompt_of_reply(conversation), self.n)


def _penalties(shares: Sequence[float]) -> np.ndarray:
    return 0 - np.array(shares, np.float32)
