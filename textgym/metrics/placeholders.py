"""How faithfully a reply keeps what must be copied."""

from collections import Counter


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
