"""The class of an English word, from closed lists and the lexicon."""

from functools import cache, lru_cache

from textgym.data.grammar.english import NUMBERS
from textgym.data.grammar.lexicon import load_lexicon
from textgym.data.grammar.tree import POSSESSIVES, PRONOUNS

#: Every class; `"name"` holds unknown capitalised words too, `"other"` all other unknown words.
WORD_CLASSES = (
    "determiner",
    "adjective",
    "noun",
    "name",
    "pronoun",
    "auxiliary",
    "verb",
    "negation",
    "preposition",
    "conjunction",
    "time",
    "other",
)
_CLOSED = {
    "determiner": ("the", "a", "an", "this", "these", "every", "many", *POSSESSIVES, *NUMBERS),
    "pronoun": tuple(PRONOUNS),
    "auxiliary": (
        *("am", "are", "is", "was", "were", "be", "do", "does", "did", "have", "has", "had"),
        *("can", "could", "must", "will", "want", "wants", "wanted"),
    ),
    "negation": ("not", "cannot"),
    "preposition": ("to", "in", "with", "for", "at", "on"),
    "conjunction": ("because", "when", "that", "who", "and", "but", "where", "why", "what"),
    "time": (
        *("today", "tonight", "tomorrow", "yesterday", "morning", "evening", "day", "days", "week"),
        *("ago", "o'clock", "next", "last"),
    ),
}


@lru_cache(maxsize=4096)
def word_class(word: str) -> str:
    """One of `WORD_CLASSES`; punctuation at the end of the word and its case are ignored where it is known."""
    bare = word.rstrip(".,?")
    known = _classes().get(bare.lower())
    if known is not None:
        return known
    if bare.endswith(("'s", "'")):
        return "determiner"  # an owner, after which a noun must follow
    if bare.isdecimal():
        return "determiner"
    return "name" if bare[:1].isupper() else "other"


@cache
def _classes() -> dict[str, str]:
    lexicon = load_lexicon()
    classes = {
        form: "verb" for verb in lexicon.verbs.values() for phrase in verb.en for form in phrase.split()
    }
    classes |= {form: "noun" for noun in lexicon.nouns.values() for form in noun.en}
    classes |= dict.fromkeys(lexicon.adjectives, "adjective")
    return classes | {word.lower(): name for name, words in _CLOSED.items() for word in words}
