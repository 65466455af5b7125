"""From words to a written sentence."""

from collections.abc import Iterable, Sequence


def spell(words: Iterable[str], mark: str, *, opening: str = "") -> str:
    """Join words into a sentence.

    Args:
        words: Words in order; a `","` word is a comma, and a comma at either end or twice in a row is dropped;
            a word that ends in an apostrophe is joined to the next.
        mark: What ends the sentence, with a space before it where the language wants one.
        opening: What stands before the first word.

    Returns:
        The sentence with its first letter in upper case.
    """
    text = ""
    for word in words:
        if word == ",":
            text = text if text.endswith(",") or not text else text + ","
        else:
            text += word if not text or text.endswith(("'", "’")) else " " + word
    text = text.removesuffix(",")
    return opening + text[:1].upper() + text[1:] + mark


def number_word(words: Sequence[str], number: int) -> str:
    """The word of a number where `words`, which begins at two, has it; else its digits."""
    return words[number - 2] if 2 <= number < 2 + len(words) else str(number)
