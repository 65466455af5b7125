"""Steps that begin with a list of words."""

from typing import Any

from textgym.data.programs.counting import COUNTS, counts
from textgym.data.programs.step import Kind, Step

_VOWELS = "aeiou"


def _words(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "words", gives, wordings, code, apply, **more)


WORD_STEPS = (
    _words(
        "keep longer",
        "words",
        ("Keep the words with more than {k} letters.", "Drop the words that have at most {k} letters."),
        "[w for w in {x} if len(w) > {k}]",
        lambda x, k: [w for w in x if len(w) > k],
        constants=(2, 3, 4, 5),
    ),
    _words(
        "begin with vowel",
        "words",
        ("Keep the words that begin with a vowel, small or capital.",),
        '[w for w in {x} if w[:1].lower() in tuple("aeiou")]',
        lambda x, k: [w for w in x if w[:1].lower() in tuple(_VOWELS)],
    ),
    _words(
        "containing",
        "words",
        ('Keep the words that contain the letter "{k}".',),
        '[w for w in {x} if "{k}" in w]',
        lambda x, k: [w for w in x if k in w],
        constants=tuple("aeiortn"),
    ),
    _words(
        "upper",
        "words",
        ("Write each word in capital letters.",),
        "[w.upper() for w in {x}]",
        lambda x, k: [w.upper() for w in x],
    ),
    _words(
        "capitalised",
        "words",
        ("Begin each word with a capital letter and write its other letters small.",),
        "[w.capitalize() for w in {x}]",
        lambda x, k: [w.capitalize() for w in x],
    ),
    _words(
        "mirror each",
        "words",
        ("Spell each word backwards.", "Reverse the letters of each word."),
        "[w[::-1] for w in {x}]",
        lambda x, k: [w[::-1] for w in x],
    ),
    _words(
        "sort",
        "words",
        ("Sort the words by Python's order of text.",),
        "sorted({x})",
        lambda x, k: sorted(x),
    ),
    _words(
        "sort by length",
        "words",
        ("Sort the words by length, the shortest first; equally long ones keep their order.",),
        "sorted({x}, key=len)",
        lambda x, k: sorted(x, key=len),
        level=0.2,
    ),
    _words(
        "reverse",
        "words",
        ("Reverse the order of the words.", "List the words backwards, the last one first."),
        "{x}[::-1]",
        lambda x, k: x[::-1],
    ),
    _words(
        "unique",
        "words",
        ("Drop repeated words, keeping the first of each.",),
        "list(dict.fromkeys({x}))",
        lambda x, k: list(dict.fromkeys(x)),
        level=0.1,
    ),
    _words(
        "first",
        "words",
        ("Keep the first {k} words.",),
        "{x}[:{k}]",
        lambda x, k: x[:k],
        constants=(1, 2, 3, 4),
    ),
    _words(
        "without first",
        "words",
        ("Drop the first {k} words.",),
        "{x}[{k}:]",
        lambda x, k: x[k:],
        constants=(1, 2, 3),
    ),
    _words(
        "cut each",
        "words",
        ("Cut each word after its first {k} letters.",),
        "[w[:{k}] for w in {x}]",
        lambda x, k: [w[:k] for w in x],
        constants=(1, 2, 3, 4),
    ),
    _words(
        "without vowels",
        "words",
        ("Leave the small vowels out of each word.",),
        '["".join(c for c in w if c not in "aeiou") for w in {x}]',
        lambda x, k: ["".join(c for c in w if c not in _VOWELS) for w in x],
        level=0.3,
    ),
    _words(
        "add ending",
        "words",
        ('Put "{k}" after each word.',),
        '[w + "{k}" for w in {x}]',
        lambda x, k: [w + k for w in x],
        constants=("s", "ed", "er", "!", "ing"),
    ),
    _words(
        "join",
        "text",
        ('Join the words with "{k}" between them.',),
        '"{k}".join({x})',
        lambda x, k: k.join(x),
        constants=("-", " ", "+", ", ", "/"),
    ),
    _words(
        "longest",
        "text",
        ("Take the longest word, the first of them if there are several; no words give an empty text.",),
        'max({x}, key=len, default="")',
        lambda x, k: max(x, key=len, default=""),
        level=0.1,
    ),
    _words(
        "initials",
        "text",
        ("Join the first letters of the words.",),
        '"".join(w[:1] for w in {x})',
        lambda x, k: "".join(w[:1] for w in x),
    ),
    _words(
        "lengths",
        "numbers",
        ("Replace each word by its length.", "List the lengths of the words."),
        "[len(w) for w in {x}]",
        lambda x, k: [len(w) for w in x],
    ),
    _words(
        "vowel counts",
        "numbers",
        ("Replace each word by the number of small vowels in it.",),
        '[sum(c in "aeiou" for c in w) for w in {x}]',
        lambda x, k: [sum(c in _VOWELS for c in w) for w in x],
        level=0.2,
    ),
    _words("count", "number", ("Count the words.",), "len({x})", lambda x, k: len(x)),
    _words(
        "different",
        "number",
        ("Count the different words.",),
        "len(set({x}))",
        lambda x, k: len(set(x)),
    ),
    _words(
        "count each",
        "table",
        ("Map each word to how often it occurs.",),
        "counts({x})",
        lambda x, k: counts(x),
        level=0.2,
        helper=COUNTS,
    ),
    _words(
        "length of each",
        "table",
        ("Map each word to its length.",),
        "{w: len(w) for w in {x}}",
        lambda x, k: {w: len(w) for w in x},
    ),
    _words(
        "count initials",
        "table",
        ("Map each first letter to the number of words that begin with it.",),
        "counts(w[:1] for w in {x})",
        lambda x, k: counts(w[:1] for w in x),
        level=0.4,
        helper=COUNTS,
    ),
    _words(
        "has repeats",
        "flag",
        ("Tell whether a word occurs more than once.",),
        "len(set({x})) < len({x})",
        lambda x, k: len(set(x)) < len(x),
    ),
)
