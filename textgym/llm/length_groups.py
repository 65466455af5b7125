"""Rows of similar length go through a model together, so that little is computed for padding."""

from collections.abc import Sequence

# A row may be this much shorter than the longest of its group.
_RATIO = 0.8
# Groups smaller than this cost more in calls than they save in padding, in tokens.
_MIN_TOKENS = 64


def length_groups(lengths: Sequence[int], *, max_tokens: int | None = None) -> list[list[int]]:
    """Split rows into groups of similar length.

    The split depends on the lengths alone, so that two passes over the same rows round alike.

    Args:
        lengths: Length of each row, in tokens, at least 1.
        max_tokens: Most tokens of a group, padding counted; a row longer than this has a group of its own. None
            for no bound.

    Returns:
        Indices of the rows of each group, longest rows first.
    """
    groups: list[list[int]] = []
    group: list[int] = []
    widest = 0
    for row in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        filled = len(group) * widest
        full = max_tokens is not None and filled + widest > max_tokens
        if group and (full or (lengths[row] < _RATIO * widest and filled >= _MIN_TOKENS)):
            groups.append(group)
            group = []
        if not group:
            widest = lengths[row]
        group.append(row)
    if group:
        groups.append(group)
    return groups
