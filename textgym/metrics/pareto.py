"""Pareto optimality of an outcome for two sides among all outcomes that were possible."""

from collections.abc import Sequence

Outcome = tuple[float, float]
"""What it is worth to one side and to the other."""


def pareto_front(outcomes: Sequence[Outcome]) -> set[Outcome]:
    """The outcomes than which none is better for one side without being worse for the other."""
    return {o for o in outcomes if is_pareto_optimal(o, outcomes)}


def is_pareto_optimal(outcome: Outcome, outcomes: Sequence[Outcome]) -> bool:
    """Whether no outcome is at least as good for both sides and better for one."""
    a, b = outcome
    return not any(x >= a and y >= b and (x > a or y > b) for x, y in outcomes)


def pareto_efficiency(outcome: Outcome, outcomes: Sequence[Outcome]) -> float:
    """How much of what could be had without harm to the other side each side got; the smaller of both shares.

    Args:
        outcome: What was agreed; no value is negative.
        outcomes: All that could have been, `outcome` among them.

    Returns:
        In [0, 1]; 1 exactly for Pareto-optimal outcomes.
    """
    a, b = outcome
    most_a = max(x for x, y in outcomes if y >= b)
    most_b = max(y for x, y in outcomes if x >= a)
    return min(a / most_a if most_a > 0 else 1.0, b / most_b if most_b > 0 else 1.0)
