"""Tags and entities, which a translation copies."""

import re
from collections import Counter

_MARKUP = re.compile(r"</?[^\W\d_][\w:.-]*(?:\s[^<>]*)?/?>|&(?:[^\W\d_]\w+|#\d+|#[xX][0-9a-fA-F]+);")


def markup(text: str) -> Counter[str]:
    """The tags (`<b>`, `</a>`, `<a href="x">`, `<br/>`) and entities (`&amp;`, `&#8364;`) of a text.

    Each counts as it is written: a tag with another attribute, or another space in it, is another tag.

    Args:
        text: HTML, XML or plain text; it need not be well formed.

    Returns:
        Each with its count.
    """
    return Counter(_MARKUP.findall(text))
