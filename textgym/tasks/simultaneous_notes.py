"""What an agent of simultaneous translation may go by, as numbers and in words."""

from typing import NamedTuple

import numpy as np

from textgym.data.grammar.word_classes import WORD_CLASSES

#: Largest lag that notes tell apart, in words.
MAX_LAG = 8
#: Largest number of pending or open words that they tell apart.
MAX_COUNT = 4
#: What `Notes.vector` holds before the class of the last word heard; trained models know this order.
FEATURES = (
    "can_read",
    "can_write",
    "agrees",
    "stable",
    "copied",
    "first",
    "last",
    "pending",
    "lag",
    "subordinate",
    "verb",
    "open",
)
_COUNTS = ("no", "one", "two", "three", "four or more")


class Notes(NamedTuple):
    """Where an episode stands, without its words.

    Args:
        can_read: The source goes on.
        can_write: The translation has a word for the next place.
        agrees: What is written begins the present translation.
        stable: The next word stood there before the last word was heard.
        copied: The next word was heard as it is, such as a name.
        first: The next word is the first of the translation.
        pending: Words of the translation that are not written, in [0, 4], where 4 stands for more too.
        lag: Words heard beyond those written, in [-8, 8], whose ends stand for more too.
        subordinate: A conjunction was heard in the present clause: since the last comma.
        verb: A verb was heard in it.
        open: Words heard since the end of the last noun, name, pronoun or verb, in [0, 4], where 4 stands for more too.
        word_class: Index in `WORD_CLASSES` of the last word heard.
    """

    can_read: bool
    can_write: bool
    agrees: bool
    stable: bool
    copied: bool
    first: bool
    pending: int
    lag: int
    subordinate: bool
    verb: bool
    open: int
    word_class: int

    def vector(self) -> np.ndarray:
        """`FEATURES`, with counts by the largest, then which of `WORD_CLASSES` the last word is."""
        numbers = (
            self.can_read,
            self.can_write,
            self.agrees,
            self.stable,
            self.copied,
            self.first,
            self.pending == 1,
            self.pending / MAX_COUNT,
            self.lag / MAX_LAG,
            self.subordinate,
            self.verb,
            self.open / MAX_COUNT,
        )
        vector = np.zeros(len(FEATURES) + len(WORD_CLASSES), np.float32)
        vector[: len(numbers)] = numbers
        vector[len(numbers) + self.word_class] = 1.0
        return vector

    def text(self) -> str:
        """The same in words, always in one order and short, so that a small language model takes all of it in."""
        if self.can_write:
            place = "first" if self.first else "last" if self.pending == 1 else "next"
            word = f"{place} word {'as before' if self.stable else 'new'}{' heard as it is' * self.copied}"
        else:
            word = f"{'first' if self.first else 'next'} word missing"
        return (
            f"{self.lag} behind, {_COUNTS[self.pending]} to write, {_COUNTS[self.open]} open; "
            f"{WORD_CLASSES[self.word_class]}, {'subordinate' if self.subordinate else 'main'} clause, "
            f"{'verb' if self.verb else 'no verb'}; {word}{'' if self.can_read else ' (end)'}"
            f"{'' if self.agrees else ' (revised)'}"
        )
