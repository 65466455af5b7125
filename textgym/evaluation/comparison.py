"""Whether one agent is better than another on the same episodes."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from textgym.evaluation.records import Record, Result
from textgym.evaluation.statistics import mean_interval


@dataclass(frozen=True)
class Difference:
    """A paired difference of means.

    Args:
        mean: Mean of (first minus second) over the episodes.
        interval: 95 % interval of the mean, by a bootstrap that resamples prompt groups.
        episodes: Number of pairs.
        groups: Number of prompt groups among them.
    """

    mean: float
    interval: tuple[float, float]
    episodes: int
    groups: int


def paired_difference(first: Result, second: Result, *, metric: str | None = None) -> Difference:
    """Compare two results episode by episode.

    Args:
        first: A result, such as after training.
        second: A result on the same episodes, such as before training.
        metric: Name of a metric to compare; None compares returns.

    Returns:
        The difference, first minus second.

    Raises:
        ValueError: If the two did not play the same episodes of the same environment, or an episode lacks the
            metric.
    """
    for name in ("env_id", "split", "seed", "fingerprint"):
        if getattr(first, name) != getattr(second, name):
            raise ValueError(
                f"the results differ in {name}: {getattr(first, name)!r} and {getattr(second, name)!r}. "
                "Only results of the same episodes can be paired."
            )
    asked, asked_second = _arguments(first), _arguments(second)
    if asked != asked_second:
        raise ValueError(
            f"the results differ in environment arguments: {asked} and {asked_second}. "
            "Only results of the same environment can be paired."
        )
    if [(r.episode, r.example_id) for r in first.records] != [
        (r.episode, r.example_id) for r in second.records
    ]:
        raise ValueError(
            f"the results hold different episodes ({len(first.records)} and {len(second.records)}). "
            "Evaluate both agents with the same environment arguments, seed and number of episodes."
        )
    gaps = [_value(a, metric) - _value(b, metric) for a, b in zip(first.records, second.records, strict=True)]
    groups = [record.group for record in first.records]
    return Difference(fmean(gaps), mean_interval(gaps, groups), len(gaps), len(set(groups)))


def _arguments(result: Result) -> dict[str, Any]:
    """The arguments that can change an episode; how it is drawn does not."""
    return {name: value for name, value in result.env_kwargs.items() if name != "render_mode"}


def _value(record: Record, metric: str | None) -> float:
    if metric is None:
        return record.return_
    if metric not in record.metrics:
        raise ValueError(
            f"episode {record.episode} has no metric {metric!r}; it has {sorted(record.metrics)}"
            + (f" because the agent failed: {record.error}" if record.error else "")
        )
    return record.metrics[metric]
