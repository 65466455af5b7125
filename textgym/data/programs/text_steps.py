"""Steps that begin with a text."""

from typing import Any

from textgym.data.programs.counting import COUNTS, counts
from textgym.data.programs.step import Kind, Step

_VOWELS = "aeiou"


def _squeezed(text: str) -> str:
    return "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])


def _run_lengths(text: str) -> str:
    runs: list[list[Any]] = []
    for c in text:
        if runs and runs[-1][0] == c:
            runs[-1][1] += 1
        else:
            runs.append([c, 1])
    return "".join(f"{c}{n}" for c, n in runs)


def _shifted(text: str, k: int) -> str:
    return "".join(chr((ord(c) - 97 + k) % 26 + 97) if "a" <= c <= "z" else c for c in text)


_SQUEEZE = """\
def squeeze(text):
    return "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])
"""
_RUN_LENGTHS = """\
def run_lengths(text):
    if not text:
        return ""
    length = len(text) - len(text.lstrip(text[0]))
    return text[0] + str(length) + run_lengths(text[length:])
"""
_SHIFT = """\
def shift(text, places):
    return "".join(
        chr((ord(c) - 97 + places) % 26 + 97) if "a" <= c <= "z" else c for c in text
    )
"""


def _text(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "text", gives, wordings, code, apply, **more)


TEXT_STEPS = (
    _text("upper", "text", ("Write the text in capital letters.",), "{x}.upper()", lambda x, k: x.upper()),
    _text("lower", "text", ("Write the text in small letters.",), "{x}.lower()", lambda x, k: x.lower()),
    _text(
        "swap case",
        "text",
        ("Make small letters capital and capital letters small.",),
        "{x}.swapcase()",
        lambda x, k: x.swapcase(),
    ),
    _text(
        "reverse",
        "text",
        ("Reverse the text.", "Spell the text backwards."),
        "{x}[::-1]",
        lambda x, k: x[::-1],
    ),
    _text(
        "without vowels",
        "text",
        ("Leave out the vowels, small and capital.",),
        '"".join(c for c in {x} if c.lower() not in "aeiou")',
        lambda x, k: "".join(c for c in x if c.lower() not in _VOWELS),
        level=0.1,
    ),
    _text(
        "only letters",
        "text",
        ("Leave out everything that is not a letter.",),
        '"".join(c for c in {x} if c.isalpha())',
        lambda x, k: "".join(c for c in x if c.isalpha()),
    ),
    _text(
        "replace",
        "text",
        ('Replace each "{k}" by a star "*".',),
        '{x}.replace("{k}", "*")',
        lambda x, k: x.replace(k, "*"),
        constants=("a", "e", "o", "i", " "),
    ),
    _text(
        "first",
        "text",
        ("Keep the first {k} characters.",),
        "{x}[:{k}]",
        lambda x, k: x[:k],
        constants=(2, 3, 4, 5, 6),
    ),
    _text(
        "every second",
        "text",
        ("Keep every second character, beginning with the first.",),
        "{x}[::2]",
        lambda x, k: x[::2],
    ),
    _text(
        "double each",
        "text",
        ("Write each character {k} times in a row.",),
        '"".join(c * {k} for c in {x})',
        lambda x, k: "".join(c * k for c in x),
        constants=(2, 3),
    ),
    _text(
        "squeeze",
        "text",
        ("Write runs of one character as a single one.",),
        "squeeze({x})",
        lambda x, k: _squeezed(x),
        level=0.4,
        helper=_SQUEEZE,
    ),
    _text(
        "shift",
        "text",
        ("Replace each small letter by the one {k} places later in the alphabet, going on with a after z.",),
        "shift({x}, {k})",
        _shifted,
        constants=(1, 2, 3, 5, 7, 13),
        level=0.5,
        helper=_SHIFT,
    ),
    _text(
        "run lengths",
        "text",
        ("Write each run of one character as the character and the length of the run.",),
        "run_lengths({x})",
        lambda x, k: _run_lengths(x),
        level=0.7,
        helper=_RUN_LENGTHS,
    ),
    _text("split", "words", ("Split the text into words at spaces.",), "{x}.split()", lambda x, k: x.split()),
    _text("length", "number", ("Count the characters.",), "len({x})", lambda x, k: len(x)),
    _text(
        "vowels",
        "number",
        ("Count the vowels, small and capital.",),
        'sum(c in "aeiou" for c in {x}.lower())',
        lambda x, k: sum(c in _VOWELS for c in x.lower()),
    ),
    _text(
        "count of",
        "number",
        ('Count how often "{k}" occurs.',),
        '{x}.count("{k}")',
        lambda x, k: x.count(k),
        constants=("a", "e", "o", "n", " "),
    ),
    _text(
        "capitals",
        "number",
        ("Count the capital letters.",),
        "sum(c.isupper() for c in {x})",
        lambda x, k: sum(c.isupper() for c in x),
    ),
    _text(
        "places",
        "numbers",
        ('List the positions of "{k}", counted from 0.',),
        '[i for i, c in enumerate({x}) if c == "{k}"]',
        lambda x, k: [i for i, c in enumerate(x) if c == k],
        constants=("a", "e", "o", " "),
        level=0.2,
    ),
    _text(
        "letter numbers",
        "numbers",
        (
            "Replace each small letter by its place in the alphabet, a being 1, and leave everything else out.",
        ),
        '[ord(c) - 96 for c in {x} if "a" <= c <= "z"]',
        lambda x, k: [ord(c) - 96 for c in x if "a" <= c <= "z"],
        level=0.4,
    ),
    _text(
        "letter counts",
        "table",
        ("Map each letter of the text, written small, to how often it occurs.",),
        "counts(c for c in {x}.lower() if c.isalpha())",
        lambda x, k: counts(c for c in x.lower() if c.isalpha()),
        level=0.3,
        helper=COUNTS,
    ),
    _text(
        "mirrored",
        "flag",
        ("Tell whether the text reads the same backwards.",),
        "{x} == {x}[::-1]",
        lambda x, k: x == x[::-1],
        level=0.1,
    ),
)
