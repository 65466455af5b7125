"""Names and codes that every translation must copy."""

import numpy as np

from textgym.data.grammar.lexicon import Lexicon, Noun
from textgym.data.grammar.tree import Name

PLACEHOLDERS = ("%(name)s", "%(id)s", "%(title)s", "%s", "%(number)d", "{name}", "{id}", "{0}")
_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
)
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "l", "n", "r", "s", "sk", "nd", "rt")
_LETTERS = "ABCDEFGKLMNPRSTVX"
_STEMS = ("notes", "data", "report", "plan", "draft", "log", "photo", "table", "index", "final")
_ENDINGS = ("txt", "csv", "pdf", "md", "json", "png")


def draw_surname(rng: np.random.Generator) -> str:
    """An invented surname such as "Brandol"."""
    return "".join(_syllable(rng) for _ in range(2)).capitalize()


def draw_person(rng: np.random.Generator, lexicon: Lexicon, *, surname: bool) -> Name:
    """A person's name, with an invented surname if asked."""
    feminine = bool(rng.random() < 0.5)
    names = lexicon.feminine_names if feminine else lexicon.masculine_names
    first = names[rng.integers(len(names))]
    return Name(f"{first} {draw_surname(rng)}" if surname else first, feminine)


def draw_label(rng: np.random.Generator, noun: Noun) -> str:
    """A code, file name or placeholder that suits a noun of the kind `label`."""
    if rng.random() < 0.3:
        return PLACEHOLDERS[rng.integers(len(PLACEHOLDERS))]
    number = int(rng.integers(2, 1000))
    if noun.key in ("file", "document"):
        stem, ending = _STEMS[rng.integers(len(_STEMS))], _ENDINGS[rng.integers(len(_ENDINGS))]
        return f"{stem}_{number}.{ending}"
    if noun.key == "user":
        return f"{draw_surname(rng).lower()}{number}"
    if noun.key == "project":
        return draw_surname(rng)
    letters = "".join(_LETTERS[i] for i in rng.integers(len(_LETTERS), size=int(rng.integers(1, 3))))
    return f"{letters}-{number}" if rng.random() < 0.5 else f"{letters}{number}"


def _syllable(rng: np.random.Generator) -> str:
    return "".join(part[rng.integers(len(part))] for part in (_ONSETS, _VOWELS, _CODAS))
