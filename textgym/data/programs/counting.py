"""Counting equal things, for words and letters."""

from typing import Any

COUNTS = """\
def counts(items):
    found = {}
    for item in items:
        found[item] = found.get(item, 0) + 1
    return found
"""


def counts(items: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in items:
        found[item] = found.get(item, 0) + 1
    return found
