"""The words that users of a domain use, and what a misspelt one was meant to be."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from string import ascii_lowercase

from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.wording import CHANGES, FIXED, GREETINGS

FILLERS = ("Um, ", "Er, ", "Well, ", "You know, ", "Let me think, ")
"""What a hesitant user begins a sentence with."""

FILLER = re.compile(f"^(?:{'|'.join(FILLERS)})", re.IGNORECASE)

CORRECTION = "No, I mean {v}."
"""How a user takes back the value said just before."""

SPELLED = 5
"""Letters of the shortest word that is misspelt, and corrected."""

_WORD = re.compile(r"[^\W\d_]+")


def words_in(text: str) -> list[str]:
    """The words of a text, casefolded, in order, without numbers and punctuation."""
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=16)
def lexicon(domain: Domain) -> frozenset[str]:
    """All words that the user's templates and the values of a domain hold."""
    values = [v for values in (*domain.values.values(), *domain.booking.values()) for v in values]
    texts = [*values, "a an", *GREETINGS, *CHANGES, CORRECTION, *FILLERS, *_texts(FIXED.values())]
    texts += _texts(vars(domain.user).values())
    return frozenset(
        word for text in texts for word in words_in(text.replace("{place}", "").replace("{v}", ""))
    )


def spelled(text: str, domain: Domain) -> str:
    """A casefolded text in which words that the domain does not know are replaced by the known word that is one
    letter away: one too few, too many or wrong, or two swapped; words that have no or several such are left."""
    known = lexicon(domain)
    return _WORD.sub(lambda m: m[0] if m[0] in known else _meant(m[0], domain), text)


@lru_cache(maxsize=4096)
def _meant(word: str, domain: Domain) -> str:
    if len(word) < SPELLED - 1:
        return word
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    near = {a + b[1:] for a, b in cuts if b}
    near |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    near |= {a + c + b[skip:] for a, b in cuts for c in ascii_lowercase for skip in (0, 1)}
    found = [w for w in near & lexicon(domain) if len(w) >= SPELLED]
    return found[0] if len(found) == 1 else word


def _texts(values: Iterable[object]) -> Iterator[str]:
    """All strings in nested mappings and tuples."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from _texts(value)
        elif isinstance(value, dict):
            yield from _texts(value.values())
