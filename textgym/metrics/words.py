"""Counting words and keeping the first of them."""

import re
from itertools import islice

# What ROUGE counts as words, and more: joining words with hyphens, underscores or invisible characters does not
# make them one.
_WORD = re.compile(r"[^\W_]+")
_BEFORE_SPACE = re.compile(r"\S*")


def first_words(text: str, n: int) -> str:
    """The text up to the end of its `n`-th word and the punctuation that follows it without a space.

    A word is a run of letters and digits.

    Args:
        text: Any string.
        n: At least 1.

    Returns:
        A prefix of `text`; the whole text if it has no more than `n` words.

    Raises:
        ValueError: If `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    matches = list(islice(_WORD.finditer(text), n + 1))
    if len(matches) <= n:
        return text
    between = text[matches[n - 1].end() : matches[n].start()]
    return text[: matches[n - 1].end()] + _BEFORE_SPACE.match(between)[0]  # type: ignore[index]


def count_words(text: str) -> int:
    """Number of runs of letters and digits."""
    return len(words(text))


def words(text: str) -> list[str]:
    """The runs of letters and digits of a text."""
    return _WORD.findall(text)


def distinct_share(text: str) -> float:
    """Share of different words among what spaces part in a text, ignoring case; 0 for a text without words."""
    parts = text.casefold().split()
    return len(set(parts)) / len(parts) if parts else 0.0
