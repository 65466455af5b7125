"""Splitting a text into sentences."""

import re

# A full stop, question or exclamation mark with what closes it, before space and what may begin a sentence. Not after
# a single capital letter ("J. Smith") or a common abbreviation.
_BORDER = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")
_UNFINISHED = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Prof|St|Fig|Figs|Eq|Sec|No|vs|cf|e\.g|i\.e|et al|approx))\.$"
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, in order, without the space around them.

    Line breaks end sentences too. The rules are those of written English; elsewhere a sentence may be cut at an
    abbreviation.

    Args:
        text: Any string.

    Returns:
        Strings that are not empty; their characters are those of the text, space between them left out.
    """
    found: list[str] = []
    for line in text.splitlines():
        start = 0
        for border in _BORDER.finditer(line):
            if not _UNFINISHED.search(line[start : border.start()]):
                found.append(line[start : border.end()].strip())
                start = border.end()
        found.append(line[start:].strip())
    return tuple(sentence for sentence in found if sentence)
