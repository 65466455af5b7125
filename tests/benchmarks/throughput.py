"""Steps per second of CPU time of the native vector environments, by rows and by length of the texts.

    python tests/benchmarks/throughput.py text
    python tests/benchmarks/throughput.py decision

Text environments are answered with a reference, or with a command where there is none, so that judging costs what it costs;
decisions are random and uniform, illegal ones included. Resets and the metrics at the ends of episodes are counted; a row's step
that only resets it is a step, as in Gymnasium's usual mode. Every measurement is made `ROUNDS` times, each with other
examples; printed are medians and ranges. The last lines of decisions are the token view at 256 rows: with the ends of turns (judging, resets),
and without them, which is the bookkeeping alone.
"""

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import typer
from gymnasium.vector import VectorEnv
from rich.console import Console
from rich.table import Table

import textgym  # noqa: F401 - registers the ids
from textgym.registration import KINDS, Kind, env_ids

ROUNDS = 5
ROWS = (1, 16, 64, 256)
STEPS: dict[Kind, int] = {"text": 512, "decision": 2000}
"""Of all rows, in one measurement."""
LENGTHS = {"difficulty 0": 0.0, "difficulty 0.5": 0.5, "difficulty 1": 1.0}
COMMAND = "SEARCH area=north"
TOKENS = "textgym/Translation-tokens-v0"


def main(kind: Kind) -> None:
    """Print the tables of a kind."""
    names = [f"N = {rows}" for rows in ROWS]
    _show(kind, kind, names, [{"num_envs": n} for n in ROWS])
    lengths = [{"num_envs": 64, "difficulty": difficulty} for difficulty in LENGTHS.values()]
    _show(kind, f"{kind}, N = 64, by length of texts and episodes", list(LENGTHS), lengths)
    if kind == "decision":
        _show_tokens()


def _show_tokens() -> None:
    views = gym.make_vec(TOKENS, num_envs=256, max_new_tokens=64)
    # Always the same token: each turn takes its 64 tokens.
    for what, steps in (("with the ends of turns", 195), ("without", 60)):
        rates = _measured(views, lambda rng: np.full(256, 5), steps)
        print(f"{TOKENS}, N = 256, {what}: {_text(rates)} token steps/s")


def _show(kind: Kind, title: str, names: list[str], columns: list[dict[str, Any]]) -> None:
    table = Table("id", *names, title=f"{title}: steps/s, median and range")
    for env_id in env_ids(kind):
        cells = []
        for kwargs in columns:
            # One at a time: what others keep would be gone through by the garbage collector.
            venv = gym.make_vec(env_id, **kwargs)
            cells.append(_text(_measured(venv, _actions(venv, KINDS[env_id]), STEPS[kind] // venv.num_envs)))
            venv.close()
        table.add_row(env_id, *cells)
    Console(width=140).print(table)


def _actions(venv: VectorEnv, kind: Kind) -> Callable[[np.random.Generator], Any]:
    """What every row does next."""
    if kind == "text":
        rows = venv.envs  # type: ignore[attr-defined]
        return lambda rng: tuple(next(iter(row.example.references), COMMAND) for row in rows)
    return lambda rng: rng.integers(venv.single_action_space.n, size=venv.num_envs)  # type: ignore[attr-defined]


def _text(rates: list[float]) -> str:
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f} - {max(rates):,.0f})"


def _measured(venv: VectorEnv, act: Callable[[np.random.Generator], Any], steps: int) -> list[float]:
    rng = np.random.default_rng(0)
    rates = []
    for number in range(ROUNDS + 1):
        # Databases, stems and judgements are remembered: the examples of another round would be known.
        venv.reset(seed=number * venv.num_envs)
        gc.collect()
        start = time.process_time()
        for _ in range(steps):
            venv.step(act(rng))
        rates.append(steps * venv.num_envs / (time.process_time() - start))
    return rates[1:]


if __name__ == "__main__":
    typer.run(main)
