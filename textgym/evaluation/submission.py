"""What an agent did on a suite: scores, every episode, and a file that cannot be half there."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any

from textgym.errors import AgentError, MalformedData
from textgym.evaluation.records import Result
from textgym.evaluation.rollout import evaluate
from textgym.evaluation.statistics import stratified_interval
from textgym.evaluation.suite import Suite
from textgym.evaluation.whole_file import json_text, write_whole
from textgym.protocols import Agent, DecisionAgent


@dataclass(frozen=True)
class Submission:
    """Results of one agent on one suite.

    Args:
        agent: Name shown on the board.
        suite: Name of the suite.
        suite_hash: Its hash.
        results: One result per task name.
    """

    agent: str
    suite: str
    suite_hash: str
    results: Mapping[str, Result]

    @property
    def score(self) -> float:
        """Mean over the tasks of the mean return."""
        return fmean(result.mean_return for result in self.results.values())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the score: prompt groups are resampled within each task."""
        return stratified_interval(
            [([r.return_ for r in x.records], [r.group for r in x.records]) for x in self.results.values()]
        )

    def summary(self) -> str:
        """The scores for a person, times 100."""
        low, high = self.interval
        failed = sum(result.errors for result in self.results.values())
        lines = [
            f"{self.agent} on {self.suite}: {100 * self.score:.1f} [{100 * low:.1f}, {100 * high:.1f}]",
            *(f"  {name}: {100 * result.mean_return:.1f}" for name, result in self.results.items()),
        ]
        return "\n".join([*lines, f"the agent failed in {failed} episodes"] if failed else lines)

    def to_json(self) -> dict[str, Any]:
        """The submission as JSON values."""
        low, high = self.interval
        return {
            "agent": self.agent,
            "suite": self.suite,
            "suite_hash": self.suite_hash,
            "score": self.score,
            "interval": [low, high] if isfinite(low) else None,
            "results": {name: result.to_json() for name, result in self.results.items()},
        }

    def save(self, folder: Path | str) -> Path:
        """Write `<agent>-<suite>-<hash>.json`, whole or not at all.

        Args:
            folder: Where to; made if it does not exist.

        Returns:
            The file. Its hash is that of its content.
        """
        text = json_text(self.to_json())
        path = Path(folder) / f"{_slug(self.agent)}-{self.suite}-{_digest(text)}.json"
        write_whole(path, text)
        return path


def run_suite(
    make_agent: Callable[[str, Mapping[str, Any]], Agent | DecisionAgent],
    suite: Suite,
    *,
    name: str,
    progress: bool = False,
) -> Submission:
    """Evaluate an agent on every task of a suite.

    Args:
        make_agent: Gives the agent for an id and the environment's constructor arguments.
        suite: The suite; it is verified first.
        name: Name shown on the board.
        progress: Show a progress bar for each task on standard error.

    Returns:
        The submission, not yet saved.

    Raises:
        MalformedData: If the environments do not ask what the suite froze.
        AgentError: If the agent is an oracle, which sees the references.
    """
    suite.verify()
    results = {
        task.name: evaluate(
            _no_oracle(make_agent(task.env_id, task.env_kwargs)),
            task.env_id,
            episodes=task.episodes,
            seed=task.seed,
            split=task.split,
            env_kwargs=task.env_kwargs,
            progress=progress,
        )
        for task in suite.tasks
    }
    return Submission(name, suite.name, suite.hash, results)


def load_submission(path: Path | str) -> Submission:
    """Read a submission.

    Args:
        path: A file that `Submission.save` wrote.

    Returns:
        The submission; scores are computed anew from the records.

    Raises:
        MalformedData: If the content does not fit the hash in the file's name, or is no submission.
    """
    path = Path(path)
    text = path.read_text("utf-8")
    if not path.stem.endswith(f"-{_digest(text)}"):
        raise MalformedData(
            f"{path.name} was changed after it was written: its content hashes to {_digest(text)}"
        )
    try:
        content = json.loads(text)
        results = {name: Result.from_json(value) for name, value in content["results"].items()}
        return Submission(content["agent"], content["suite"], content["suite_hash"], results)
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedData(f"{path.name} is no submission: {error!r}") from error


def _no_oracle(agent: Agent | DecisionAgent) -> Agent | DecisionAgent:
    if hasattr(agent, "meet"):
        raise AgentError(f"{type(agent).__name__} is an oracle: it sees the references, so no suite takes it")
    return agent


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "agent"
