"""Recall of known key facts, and facts that nobody told."""

import re
from collections.abc import Collection, Sequence

from textgym.metrics.sentences import sentences

_TOKEN = re.compile(r"\w+")
_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3}\b)")


def fact_recall(reply: str, facts: Sequence[str]) -> float:
    """Share of the facts that a reply states.

    A fact counts when its words stand in the reply as whole words, next to each other and in order,
    whatever their case and the punctuation between them. Commas between thousands are ignored, so that
    `"14,000"` and `"14000"` are one number.

    Args:
        reply: What is scored.
        facts: Names, numbers or places, such as `"Bixford"` or `"12 May"`; at least one.

    Returns:
        A share in [0, 1].

    Raises:
        ValueError: If there are no facts, or one without a word.
    """
    if not facts:
        raise ValueError("fact_recall needs at least one fact, got none")
    wanted = [_tokens(fact) for fact in facts]
    if not all(wanted):
        raise ValueError(f"each fact needs a letter or digit, got {facts[wanted.index(())]!r}")
    said = _tokens(reply)
    return sum(_stands_in(fact, said) for fact in wanted) / len(wanted)


def hallucination(reply: str, source: str, *, nouns: Collection[str] = ()) -> float:
    """Share of the facts in a reply that are not in its source.

    A fact is a different word that holds a digit, that begins with a capital and is neither the first of a
    sentence nor "I", or that is among `nouns`. It is in the source when it stands there as a whole word, whatever
    its case; commas between thousands are ignored. What a fact is said of is not checked.

    Args:
        reply: What is scored.
        source: What it may draw on.
        nouns: Other words that are facts, in lower case, such as `"bus"`.

    Returns:
        A share in [0, 1]; 0 when the reply states no facts.
    """
    stated: set[str] = set()
    for sentence in sentences(_SEPARATOR.sub("", reply)):
        for number, word in enumerate(_TOKEN.findall(sentence)):
            name = number > 0 and word[0].isupper() and word != "I"
            if name or any(c.isdigit() for c in word) or word.casefold() in nouns:
                stated.add(word.casefold())
    return len(stated.difference(_tokens(source))) / len(stated) if stated else 0.0


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(_SEPARATOR.sub("", text).casefold()))


def _stands_in(fact: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return any(said[i : i + len(fact)] == fact for i in range(len(said) - len(fact) + 1))
