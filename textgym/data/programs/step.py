"""One step of a function: its wording, its code and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["count", "number", "numbers", "words", "text", "table", "nested", "rows", "flag"]
"""What a value is: `count` is a small whole number that only an argument can be, `flag` only a result."""


@dataclass(frozen=True, eq=False)
class Step:
    """What happens to one value. A step is equal to itself only.

    Args:
        name: Unique among the steps of its kind `takes`.
        takes: Kind of the value before.
        gives: Kind of the value after.
        wordings: Sentences that say it, with `{k}` for the constant; the plainest first.
        code: A Python expression for it in the variable `{x}` and the constant `{k}`.
        apply: The same as a function of the value and the constant. It leaves the value alone.
        constants: What `k` may be; empty if the step has no constant.
        level: Difficulty from which it is drawn.
        helper: Source of the functions that `code` calls.
    """

    name: str
    takes: Kind
    gives: Kind
    wordings: tuple[str, ...]
    code: str
    apply: Callable[[Any, Any], Any]
    constants: tuple[Any, ...] = ()
    level: float = 0.0
    helper: str = ""
