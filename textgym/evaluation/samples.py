"""Several attempts at each example, and what k of them achieve."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any, cast

import numpy as np

from textgym.errors import InvalidValue, check_integer
from textgym.evaluation.records import Result
from textgym.evaluation.rollout import evaluate
from textgym.metrics.pass_at_k import pass_at_k
from textgym.protocols import Agent, DecisionAgent, Request, plays

#: Numbers of attempts that are reported, as far as there are as many.
REPORTED = (1, 10, 100)


def evaluate_samples(agent: Agent | DecisionAgent, env_id: str, *, samples: int, **options: Any) -> Result:
    """Play the same episodes several times, with other random numbers for the agent each time.

    Args:
        agent: Text in, text out; it must draw from the seeds of its requests, else its attempts are equal.
        env_id: A text id.
        samples: Attempts at each episode, at least 1. The first is what `evaluate` alone gives.
        **options: As for `evaluate`.

    Returns:
        One result with the records of all attempts, numbered on, and the corpus scores of the first attempts.

    Raises:
        InvalidValue: If `samples` is below 1, or above 1 for an agent that makes decisions.
    """
    if check_integer("samples", samples, least=1) == 1:
        return evaluate(agent, env_id, **options)
    if "text" not in plays(agent):
        raise InvalidValue(
            f"several samples are for agents that write; {type(agent).__name__} makes decisions"
        )
    writer = cast(Agent, agent)
    # The first attempts give the rest of the result, their corpus scores too.
    results = [evaluate(_Reseeded(writer, number), env_id, **options) for number in range(samples)]
    records = [record for result in results for record in result.records]
    numbered = tuple(replace(record, episode=i) for i, record in enumerate(records))
    return replace(results[0], records=numbered)


def pass_rates(result: Result, ks: Sequence[int] = REPORTED) -> dict[int, float]:
    """pass@k by k, for the metric `passed`; a failed episode has not passed.

    Args:
        result: With one record or more for each example, from `evaluate_samples` or with repeats.
        ks: Those larger than the fewest attempts at an example are left out.

    Returns:
        Means over the examples; empty if no record has the metric.
    """
    outcomes: dict[str, list[bool]] = {}
    for record in result.records:
        outcomes.setdefault(record.example_id, []).append(record.metrics.get("passed", 0.0) == 1.0)
    if not any("passed" in record.metrics for record in result.records):
        return {}
    fewest = min(map(len, outcomes.values()))
    return {k: fmean(pass_at_k(len(o), sum(o), k) for o in outcomes.values()) for k in ks if k <= fewest}


class _Reseeded:
    """An agent that is told other seeds; the number 0 changes nothing."""

    def __init__(self, agent: Agent, number: int) -> None:
        self._agent, self._number = agent, number

    def act(self, requests: Sequence[Request]) -> Sequence[str | Exception]:
        return self._agent.act([replace(r, seed=self._seed(r.seed)) for r in requests])

    def end(self, episodes: Sequence[int]) -> None:
        if hasattr(self._agent, "end"):
            self._agent.end(episodes)  # type: ignore[attr-defined]

    def _seed(self, seed: int) -> int:
        if not self._number:
            return seed
        return int(
            np.random.SeedSequence([seed, self._number]).generate_state(1, np.uint64)[0] >> np.uint64(1)
        )
