"""The forward passes that encode what is new of many conversations."""

from dataclasses import dataclass

import numpy as np

from textgym.llm.length_groups import length_groups

# Most tokens of a pass, padding counted: more are no faster and take memory.
_MAX_TOKENS = 16_384


@dataclass(frozen=True)
class Pass:
    """Rows that go through the model together.

    Args:
        rows: Their numbers in the batch.
        width: Most new tokens of a row.
        span: Largest end of a row.
        fresh: Whether they begin at position 0, so that what their slots hold does not matter.
        everyone: Whether the other rows take part as idle ones, which saves copying keys and values.
    """

    rows: list[int]
    width: int
    span: int
    fresh: bool = False
    everyone: bool = False


def plan_passes(starts: np.ndarray, ends: np.ndarray, *, in_order: bool, decoded: bool) -> list[Pass]:
    """Forward passes that encode what is new.

    Args:
        starts: First new position of each row, int64 (B,).
        ends: Position after the last one, int64 (B,).
        in_order: Whether the rows are all slots in order, so that idle ones may take part.
        decoded: Whether the rows with one new token are done.
    """
    new = ends - starts
    single = np.flatnonzero(new == 1) if not decoded else np.empty(0, np.int64)
    passes = []
    if len(single):
        everyone = in_order and 2 * len(single) > len(new)
        passes.append(Pass(single.tolist(), 1, int(ends[single].max()), everyone=everyone))
    for fresh in (True, False):
        chosen = np.flatnonzero((new > 1) & ((starts == 0) == fresh))
        for group in length_groups(new[chosen].tolist(), max_tokens=_MAX_TOKENS):
            rows = chosen[group]
            passes.append(Pass(rows.tolist(), int(new[rows].max()), int(ends[rows].max()), fresh=fresh))
    return passes
