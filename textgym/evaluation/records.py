"""What an evaluation leaves behind: one record per episode, and the result that holds them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any

from textgym.evaluation.statistics import mean_interval
from textgym.evaluation.whole_file import json_text, write_whole


@dataclass(frozen=True)
class Record:
    """One evaluated episode.

    Args:
        episode: Its number within the evaluation, from 0.
        example_id: Id of the example that was asked.
        group: Prompt group of the example; the cluster in statistics.
        seed: Seed of the episode, as the agent saw it.
        return_: Undiscounted sum of rewards, or the task's minimum if the agent failed.
        turns: Number of turns that the agent took.
        metrics: The task's metrics at the end of the episode; empty if the agent failed.
        replies: The agent's messages, in order.
        error: What went wrong on the agent's side, or None.
        wall_s: Seconds spent in the agent, its share of each batch; differs between runs.
    """

    episode: int
    example_id: str
    group: str
    seed: int
    return_: float
    turns: int
    metrics: Mapping[str, float]
    replies: tuple[str, ...]
    error: str | None = None
    wall_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {**asdict(self), "replies": list(self.replies)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Record":
        """The inverse of `to_json`."""
        return cls(**{**value, "replies": tuple(value["replies"])})


@dataclass(frozen=True)
class Result:
    """Everything that one call of `evaluate` found.

    Args:
        env_id: The text id.
        env_kwargs: Constructor arguments of the environment, without the split.
        split: Split of the examples.
        seed: Seed of the evaluation.
        fingerprint: Fingerprint of the task's examples.
        version: Version of textgym.
        records: One record per episode, by episode number.
        corpus_scores: Scores of all replies together (of several samples the first), such as corpus BLEU, by name and
            signature; empty where the task has none.
    """

    env_id: str
    env_kwargs: Mapping[str, Any]
    split: str
    seed: int
    fingerprint: str
    version: str
    records: tuple[Record, ...] = field(repr=False)
    corpus_scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def mean_return(self) -> float:
        """Mean return over all episodes, failed ones included."""
        return fmean(record.return_ for record in self.records)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean return, by a bootstrap that resamples prompt groups.

        NaN twice if all episodes belong to one group.
        """
        return mean_interval([r.return_ for r in self.records], [r.group for r in self.records])

    @property
    def metric_means(self) -> dict[str, float]:
        """Mean of each metric over the episodes that have it; failed episodes have none."""
        names = sorted({name for record in self.records for name in record.metrics})
        return {n: fmean(r.metrics[n] for r in self.records if n in r.metrics) for n in names}

    @property
    def errors(self) -> int:
        """Number of episodes in which the agent failed."""
        return sum(record.error is not None for record in self.records)

    def summary(self) -> str:
        """The result for a person: mean return with interval, metrics, failures."""
        arguments = "".join(f", {name}={value}" for name, value in self.env_kwargs.items())
        low, high = self.interval
        spread = f" [{low:.4f}, {high:.4f}]" if isfinite(low) else ""
        lines = [
            f"{self.env_id} ({self.split}{arguments}), {len(self.records)} episodes",
            f"mean return {self.mean_return:.4f}{spread}",
            *(f"  {name}: {value:.4g}" for name, value in self.metric_means.items()),
            *(f"  corpus {name}: {value:.2f}" for name, value in self.corpus_scores.items()),
        ]
        failed = [record for record in self.records if record.error]
        if failed:
            lines.append(f"the agent failed in {len(failed)} episodes; the first: {failed[0].error}")
        return "\n".join(lines)

    def save(self, path: Path | str) -> None:
        """Write the result as JSON, whole or not at all."""
        write_whole(Path(path), json_text(self.to_json()))

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values: what was asked, the summary, then the records."""
        low, high = self.interval
        return {
            "env_id": self.env_id,
            "env_kwargs": dict(self.env_kwargs),
            "split": self.split,
            "seed": self.seed,
            "fingerprint": self.fingerprint,
            "version": self.version,
            "mean_return": self.mean_return,
            "interval": [low, high] if isfinite(low) else None,
            "metric_means": self.metric_means,
            "errors": self.errors,
            # Left out where there are none, as in files of earlier versions.
            **({"corpus_scores": dict(self.corpus_scores)} if self.corpus_scores else {}),
            "records": [record.to_json() for record in self.records],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Result":
        """The inverse of `to_json`; the summary but for corpus scores is computed anew from the records."""
        own = ("env_id", "env_kwargs", "split", "seed", "fingerprint", "version")
        records = tuple(Record.from_json(record) for record in value["records"])
        corpus_scores = value.get("corpus_scores", {})
        return cls(**{name: value[name] for name in own}, records=records, corpus_scores=corpus_scores)
