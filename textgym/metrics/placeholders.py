"""How faithfully a reply keeps what must be copied."""

import re
from collections import Counter

# Python, "Format String Syntax": a name with attributes and items, a conversion, and a format that may hold names. A
# doubled brace stands for itself, and is passed by.
_FIELD = re.compile(
    r"\{\{|(\{(?:\w+(?:\.\w+|\[[^\[\]{}]+\])*)?(?:![rsa])?(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\})",
)


def placeholder_fidelity(expected: Counter[str], found: Counter[str]) -> float:
    """Share of placeholders kept, where an invented one counts like a lost one.

    Args:
        expected: Placeholders of the source, with their counts.
        found: Placeholders of the reply.

    Returns:
        Size of the multisets' intersection over that of their union, in [0, 1]; 1 if both are empty.
    """
    union = (expected | found).total()
    return (expected & found).total() / union if union else 1.0


def format_fields(text: str) -> tuple[Counter[str], str]:
    """The fields of a text that `str.format` fills in, such as `{}`, `{0:.2f}`, `{name!r}` and `{user.name}`.

    Args:
        text: Any text; braces that hold something else, and doubled ones, are passed over.

    Returns:
        The fields as they are written, with their counts; and the text with a space for each of them.
    """
    found = Counter(field for field in _FIELD.findall(text) if field)
    return found, _FIELD.sub(lambda match: " " if match[1] else match[0], text)
