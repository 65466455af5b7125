"""Counting words and keeping the first of them."""

import re

# What ROUGE counts as words, and more: joining words with hyphens, underscores or invisible characters does not
# make them one.
_WORD = re.compile(r"[^\W_]+")


def first_words(text: str, n: int) -> str:
    """The text up to the end of its `n`-th word, a word being a run of letters and digits.

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
    end = 0
    for number, match in enumerate(_WORD.finditer(text), start=1):
        if number > n:
            return text[:end]
        end = match.end()
    return text


def count_words(text: str) -> int:
    """Number of runs of letters and digits."""
    return sum(1 for _ in _WORD.finditer(text))


def distinct_share(text: str) -> float:
    """Share of different words among the words of a text, ignoring case; 0 for a text without words."""
    words = text.casefold().split()
    return len(set(words)) / len(words) if words else 0.0
