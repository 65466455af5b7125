"""What the text of a state of `textgym/CodeGrammar-v0` says, for agents that read it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textgym.data.expressions.grammar import ANNOTATIONS, Env, Kind
from textgym.errors import InvalidValue
from textgym.tasks.code.problem import literal_cases

_HEAD = re.compile(r"Write f\(.*\) -> (.+):")
_LEFT = re.compile(r"Productions left: (\d+)\.")
_KINDS: dict[str, Kind] = {annotation: kind for kind, annotation in ANNOTATIONS.items()}


@dataclass(frozen=True, eq=False)
class Specification:
    """What is asked for.

    Args:
        kind: Of the expression.
        envs: What the names stand for in each visible example.
        results: What the expression should give there.
        left: Productions left.
    """

    kind: Kind
    envs: tuple[Env, ...]
    results: tuple[Any, ...]
    left: int

    @classmethod
    def of(cls, features: str) -> "Specification":
        """Read a text that `CodeGrammarTask.features` gave.

        Raises:
            InvalidValue: If it is none.
        """
        lines = features.splitlines()
        head, left = _HEAD.fullmatch(lines[0] if lines else ""), _LEFT.fullmatch(lines[-1] if lines else "")
        cases = literal_cases("\n".join(lines[1:-2]), "f")
        kind = _KINDS.get(head[1]) if head else None
        if kind is None or left is None or not cases:
            raise InvalidValue(f"expected a text of textgym/CodeGrammar-v0, got {features[:80]!r}")
        envs = tuple((case.args[0], case.args[1], None) for case in cases)
        return cls(kind, envs, tuple(case.expected for case in cases), int(left[1]))

    def passed(self, values: Sequence[Any]) -> int:
        """In how many examples values are right; None is what an expression gives that raises."""
        return sum(value == result for value, result in zip(values, self.results, strict=True))
