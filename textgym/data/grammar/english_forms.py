"""English words by their form: what each may be, from closed lists and the lexicon."""

from functools import cache
from typing import Literal

from textgym.data.grammar.english import NUMBERS
from textgym.data.grammar.lexicon import Noun, Verb, load_lexicon
from textgym.data.grammar.tree import POSSESSIVES, PRONOUNS, Modal, Tense

#: What the verbs of a clause have given away: nothing, that a verb follows, that an adjective follows, or all.
Heard = Literal["", "verb", "adjective", "all"]

#: What each auxiliary says of tense and modal verb, and what must follow it.
AUXILIARIES: dict[str, tuple[Tense, Modal, Heard]] = {
    **dict.fromkeys(("can", "cannot"), ("present", "can", "verb")),
    "could": ("past", "can", "verb"),
    "must": ("present", "must", "verb"),
    "will": ("future", "", "verb"),
    **dict.fromkeys(("do", "does"), ("present", "", "verb")),
    "did": ("past", "", "verb"),
    **dict.fromkeys(("am", "are", "is"), ("present", "", "adjective")),
    **dict.fromkeys(("was", "were"), ("past", "", "adjective")),
}
#: Tense and modal verb of those of two words.
TWO_WORD_MODALS: dict[tuple[str, str], tuple[Tense, Modal]] = {
    ("had", "to"): ("past", "must"),
    ("have", "to"): ("present", "must"),
    ("want", "to"): ("present", "want"),
    ("wants", "to"): ("present", "want"),
    ("wanted", "to"): ("past", "want"),
}
#: The determiner in a tree of each word.
DETERMINERS = {"a": "a", "an": "a", "these": "this"} | {
    word: word for word in ("the", "this", "every", "many", *POSSESSIVES)
}
#: Possessive endings.
OWNS = ("'s", "'")
#: Question words that an auxiliary follows.
QUESTIONS = ("where", "when", "why", "what")


def is_auxiliary(token: str) -> bool:
    """Whether a question can begin with the token."""
    return token in AUXILIARIES


def is_known(word: str) -> bool:
    """Whether a word of an English sentence that is no name is known in lower case."""
    return word in known_words()


@cache
def known_words() -> frozenset[str]:
    """Words that a sentence may begin with, but for names."""
    closed = (*PRONOUNS, *AUXILIARIES, *DETERMINERS, *NUMBERS, *time_wordings())
    return frozenset((*closed, "who", *QUESTIONS, "because", *load_lexicon().adjectives, *noun_forms()))


def number_of(word: str) -> int:
    """The number that a word or digits stand for, 0 for other words."""
    if word in NUMBERS:
        return NUMBERS.index(word) + 2
    return int(word) if word.isdecimal() else 0


@cache
def first_names() -> dict[str, bool]:
    """First names, and whether they are feminine."""
    lexicon = load_lexicon()
    return dict.fromkeys(lexicon.feminine_names, True) | dict.fromkeys(lexicon.masculine_names, False)


@cache
def proper_names() -> frozenset[str]:
    """First names and cities."""
    return frozenset((*first_names(), *load_lexicon().cities))


@cache
def noun_forms() -> dict[str, tuple[Noun, bool]]:
    """The noun of each form, and whether it is the plural."""
    nouns = load_lexicon().nouns.values()
    return {form: (noun, bool(i)) for noun in nouns for i, form in reversed([*enumerate(noun.en)])}


@cache
def verb_forms() -> dict[tuple[str, ...], list[tuple[Verb, int]]]:
    """The verbs of each form, by its words, and which form it is: base, third person or past."""
    forms: dict[tuple[str, ...], list[tuple[Verb, int]]] = {}
    for verb in load_lexicon().verbs.values():
        for kind, form in enumerate(verb.en):
            forms.setdefault(tuple(form.split()), []).append((verb, kind))
    return forms


@cache
def time_wordings() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Wordings of times and their keys, by the first word, long ones first."""
    patterns = [(tuple(t.wording["en"].split()), t.key) for t in load_lexicon().times.values()]
    times: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for pattern, key in sorted(patterns, key=lambda row: -len(row[0])):
        times.setdefault(pattern[0], []).append((pattern, key))
    return times
