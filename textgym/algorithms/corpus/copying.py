"""Copying: exchanges whose reply repeats a part of the prompt."""

import string

import numpy as np

from textgym.algorithms.corpus.documents import Document
from textgym.data.base import Split, group_key, split_of
from textgym.data.invented_names import date, person, team

#: Wordings of the request; `{}` is what to repeat.
REQUESTS = ("Repeat: {}", "Repeat exactly:\n{}", "Copy this:\n{}", "Say again: {}")
_LETTERS = tuple(string.ascii_letters)
_DIGITS = tuple(string.digits)
_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "xu",
    "za",
    "ber",
    "con",
    "dal",
    "fen",
    "gor",
    "lin",
    "mar",
    "pol",
    "ran",
    "sul",
    "tor",
    "wen",
]
_SLOTS = [
    "name",
    "count",
    "user",
    "date",
    "site",
    "field",
    "app",
    "value",
    "model",
    "limit_value",
    "total",
    "path",
    "version",
    "object",
    "size",
]
_PLACEHOLDERS = ("%({})s", "%({})d", "{{{}}}", "<{}>", "${}", "[{}]")


def copying(rng: np.random.Generator, split: Split) -> Document:
    """One exchange: repeat a random string, or its first or last part."""
    while True:
        prompt, reply = _draw(rng)
        group = group_key(prompt + " " + "".join(c for c in prompt if c.isdigit()))
        if split_of(group) == split:
            messages = ({"role": "user", "content": prompt}, {"role": "assistant", "content": reply})
            return Document("copying", group, messages)  # pyright: ignore[reportArgumentType]


def _draw(rng: np.random.Generator) -> tuple[str, str]:
    items = [_item(rng) for _ in range(int(rng.integers(1, 9)))]
    kind = rng.random()
    if kind < 0.6:
        text = " ".join(items)
        return REQUESTS[rng.integers(len(REQUESTS))].format(text), text
    # Finding the right one among several needs more than going on after a match.
    names = [str(n) for n in rng.choice(_SLOTS, size=len(items), replace=False)]
    listing = "\n".join(f"{name}: {item}" for name, item in zip(names, items, strict=True))
    wanted = int(rng.integers(len(items)))
    return f"Repeat the value of {names[wanted]}:\n{listing}", items[wanted]


def _item(rng: np.random.Generator) -> str:
    drawers = (_code, _word, _placeholder, person, team, date, _number)
    return drawers[rng.integers(len(drawers))](rng)


def _code(rng: np.random.Generator) -> str:
    return "".join(rng.choice(_LETTERS + _DIGITS, size=int(rng.integers(3, 9))))


def _word(rng: np.random.Generator) -> str:
    word = "".join(rng.choice(_SYLLABLES, size=int(rng.integers(2, 5))))
    return word.capitalize() if rng.random() < 0.5 else word


def _placeholder(rng: np.random.Generator) -> str:
    slot = _SLOTS[rng.integers(len(_SLOTS))] if rng.random() < 0.5 else _word(rng).lower()
    return _PLACEHOLDERS[rng.integers(len(_PLACEHOLDERS))].format(slot)


def _number(rng: np.random.Generator) -> str:
    return f"{rng.integers(10 ** int(rng.integers(1, 7))):,}"
