"""Putting errors of known kinds into a translation, as a poor translator would make them."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from textgym.data.catalogues import placeholders
from textgym.data.grammar.lexicon import load_lexicon

Error = Callable[[Sequence[str], np.random.Generator, str], list[str] | None]

# Words that differ in gender, number or case only. A word of several rows is changed within its first one.
_AGREEMENT: dict[str, tuple[str, ...]] = {
    "de": (
        "der die das den dem des",
        "ein eine einen einem einer eines",
        *(f"{stem} {stem}e {stem}en {stem}em {stem}er" for stem in ("kein", "mein", "dein", "sein", "ihr")),
        *(f"{stem}e {stem}er {stem}es {stem}en {stem}em" for stem in ("dies", "jed")),
        "unser unsere unseren unserem",
        "habe hast hat haben",
        "bin bist ist sind",
        "werde wirst wird werden",
        "kann kannst können",
        "muss musst müssen",
        "will willst wollen",
    ),
    "fr": (
        "le la les",
        "un une des",
        "ce cette ces",
        "mon ma mes",
        "ton ta tes",
        "son sa ses",
        "notre nos",
        "ai as a avons ont",
        "suis es est sommes sont",
        "peux peut pouvons peuvent",
        "dois doit devons doivent",
        "veux veut voulons veulent",
    ),
    "es": (
        "el la los las",
        "un una unos unas",
        "este esta estos estas",
        "mi mis",
        "tu tus",
        "su sus",
        "nuestro nuestra nuestros nuestras",
        "es son",
        "está están",
        "puedo puede podemos pueden",
        "tengo tiene tenemos tienen",
        "quiero quiere queremos quieren",
    ),
}


def drop_word(words: Sequence[str], rng: np.random.Generator, language: str) -> list[str] | None:
    """One word lost."""
    if len(words) < 2:
        return None
    i = int(rng.integers(len(words)))
    return [*words[:i], *words[i + 1 :]]


def repeat_word(words: Sequence[str], rng: np.random.Generator, language: str) -> list[str] | None:
    """One word said twice."""
    i = int(rng.integers(len(words)))
    bare = words[i].rstrip(".,?!:;")
    return [*words[:i], bare or words[i], *words[i:]]


def swap_words(words: Sequence[str], rng: np.random.Generator, language: str) -> list[str] | None:
    """Two neighbours in the wrong order."""
    places = [i for i in range(len(words) - 1) if words[i] != words[i + 1]]
    if not places:
        return None
    i = int(rng.choice(places))
    return [*words[:i], words[i + 1], words[i], *words[i + 2 :]]


def break_agreement(words: Sequence[str], rng: np.random.Generator, language: str) -> list[str] | None:
    """A determiner or auxiliary in another gender, number, case or person."""
    return _replaced(words, rng, _agreement_forms(language))


def choose_wrong_word(words: Sequence[str], rng: np.random.Generator, language: str) -> list[str] | None:
    """A noun or adjective of the lexicon that means something else, in the same form."""
    return _replaced(words, rng, _lexical_forms(language))


def lose_placeholder(words: Sequence[str], rng: np.random.Generator, language: str) -> list[str] | None:
    """A placeholder such as `%(name)s` left out."""
    places = [i for i, word in enumerate(words) if placeholders(word)]
    if not places:
        return None
    i = int(rng.choice(places))
    rest = words[i].replace(next(iter(placeholders(words[i]))), "", 1)
    kept = [*words[:i], *([rest] if rest else []), *words[i + 1 :]]
    return kept or None


#: Every kind, with its weight at difficulty 0 and at 1: what a careful look finds, then what takes knowledge.
KINDS: dict[str, tuple[Error, float, float]] = {
    "repeated": (repeat_word, 1.0, 0.6),
    "placeholder": (lose_placeholder, 1.0, 1.0),
    "swapped": (swap_words, 0.6, 1.0),
    "dropped": (drop_word, 0.2, 1.0),
    "agreement": (break_agreement, 0.2, 1.4),
    "lexical": (choose_wrong_word, 0.2, 1.4),
}


def make_draft(
    text: str, rng: np.random.Generator, *, language: str, difficulty: float
) -> tuple[str, tuple[str, ...]]:
    """Spoil a translation.

    Args:
        text: A translation of at least one word.
        rng: Source of randomness.
        language: Its language; agreement and wrong words are known for de, es and fr.
        difficulty: In [0, 1]: from one error that the draft itself shows to several of all kinds, in a
            long text one in three words.

    Returns:
        A text with other words or another order, and the kinds of its errors.
    """
    # Errors may undo each other, such as two swaps.
    for _ in range(20):
        draft, kinds = _spoiled(text.split(), rng, language, difficulty)
        if draft and draft != text.split():
            return " ".join(draft), kinds
    return " ".join([text, *text.split()[-1:]]), ("repeated",)


def _spoiled(
    words: list[str], rng: np.random.Generator, language: str, difficulty: float
) -> tuple[list[str], tuple[str, ...]]:
    weights = np.array([low + (high - low) * difficulty for _, low, high in KINDS.values()])
    made: list[str] = []
    for _ in range(1 + int(rng.binomial(max(4, len(words) // 3), 0.75 * difficulty))):
        for kind in rng.choice(list(KINDS), size=len(KINDS), replace=False, p=weights / weights.sum()):
            spoiled = KINDS[kind][0](words, rng, language)
            if spoiled:
                words, made = spoiled, [*made, str(kind)]
                break
    return words, tuple(made)


def _replaced(
    words: Sequence[str], rng: np.random.Generator, forms: dict[str, tuple[str, ...]]
) -> list[str] | None:
    bare = [word.rstrip(".,?!:;") for word in words]
    places = [i for i, word in enumerate(bare) if word in forms or _lowered(word) in forms]
    if not places:
        return None
    i = int(rng.choice(places))
    known = bare[i] if bare[i] in forms else _lowered(bare[i])
    others = [form for form in forms[known] if form != known]
    other = others[int(rng.integers(len(others)))]
    if known != bare[i]:
        other = other[:1].upper() + other[1:]
    return [*words[:i], other + words[i][len(bare[i]) :], *words[i + 1 :]]


def _lowered(word: str) -> str:
    return word[:1].lower() + word[1:]


@cache
def _agreement_forms(language: str) -> dict[str, tuple[str, ...]]:
    rows = [tuple(row.split()) for row in _AGREEMENT.get(language, ())]
    return {form: row for row in reversed(rows) for form in row}


@cache
def _lexical_forms(language: str) -> dict[str, tuple[str, ...]]:
    """Each noun and adjective with the others of its gender and form."""
    if language not in _AGREEMENT:
        return {}
    groups: dict[tuple[str, int], list[str]] = {}
    lexicon = load_lexicon()
    for noun in lexicon.nouns.values():
        gender, *forms = getattr(noun, language)
        numbers = (forms[0], forms[2]) if language == "de" else forms[:2]
        for plural, form in enumerate(numbers):
            groups.setdefault((gender, plural), []).append(form)
    for adjective in lexicon.adjectives.values():
        groups.setdefault(("adjective", 0), []).append(getattr(adjective, language)[0])
    single = {key: tuple(dict.fromkeys(f for f in forms if " " not in f)) for key, forms in groups.items()}
    return {form: forms for forms in single.values() for form in forms if len(forms) > 1}
