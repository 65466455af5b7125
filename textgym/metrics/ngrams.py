"""What a text repeats: of itself, and of another text."""

from textgym.errors import check_integer
from textgym.metrics.words import words


def repeated_share(text: str, n: int = 2) -> float:
    """Share of a text's n-grams of words that stood in it before, ignoring case: 1 - distinct-n.

    Args:
        text: Any string.
        n: At least 1.

    Returns:
        A number in [0, 1); 0 for a text of fewer than `n` words.

    References:
        Li et al., 2016, "A diversity-promoting objective function for neural conversation models",
        arXiv:1510.03055, for distinct-n.
    """
    grams = _ngrams(text, n)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def echo_share(reply: str, context: str, n: int = 3) -> float:
    """Share of a reply's n-grams of words that stand in what it answers, ignoring case.

    Args:
        reply: Any string.
        context: What it answers.
        n: At least 1.

    Returns:
        A number in [0, 1]; 0 for a reply of fewer than `n` words, which is too short to tell.
    """
    grams = _ngrams(reply, n)
    heard = set(_ngrams(context, n))
    return sum(gram in heard for gram in grams) / len(grams) if grams else 0.0


def _ngrams(text: str, n: int) -> list[tuple[str, ...]]:
    found, size = words(text.casefold()), check_integer("n", n, least=1)
    return [tuple(found[i : i + size]) for i in range(len(found) - size + 1)]
