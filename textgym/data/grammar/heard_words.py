"""What the words of an English sentence say of its present clause when they are heard one after the other."""

from functools import lru_cache
from typing import NamedTuple

from textgym.data.grammar.word_classes import WORD_CLASSES, word_class

_SUBORDINATE = frozenset({"because", "when", "that", "who"})
_CLOSING = frozenset({"noun", "name", "pronoun", "verb", "time"})


class HeardWord(NamedTuple):
    """A word, and what is known when it is the last one heard.

    Args:
        bare: The word without its punctuation.
        word_class: Index of its class in `WORD_CLASSES`.
        subordinate: Whether a conjunction was heard in the present clause: since the last comma.
        verb: Whether a verb was heard in it.
        open: Words heard since the end of the last noun, name, pronoun or verb.
    """

    bare: str
    word_class: int
    subordinate: bool
    verb: bool
    open: int


# An episode asks once for each of its states.
@lru_cache(maxsize=1024)
def heard_words(words: tuple[str, ...]) -> tuple[HeardWord, ...]:
    """All words of a sentence; nothing in one of them comes from those that follow it."""
    heard: list[HeardWord] = []
    subordinate = verb = False
    open_ = 0
    for number, word in enumerate(words):
        if number and words[number - 1].endswith(","):
            subordinate = verb = False
        name = word_class(word)
        subordinate |= word.lower() in _SUBORDINATE
        verb |= name == "verb"
        open_ = 0 if name in _CLOSING else open_ + 1
        heard.append(HeardWord(without_mark(word), WORD_CLASSES.index(name), subordinate, verb, open_))
    return tuple(heard)


def without_mark(word: str) -> str:
    """A word without its punctuation."""
    return word.rstrip(".,?")
