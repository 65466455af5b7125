"""Steps per second of CPU time of the native vector environments of decisions, by rows and by length of the text.

Uniform random actions, illegal ones included; resets and the metrics at the ends of episodes are counted. Everything runs
in one process, `ROUNDS` times; printed are medians and ranges. The last lines are the token view at 256 rows: with
the ends of turns (judging, resets), and without them, which is the bookkeeping alone.
"""

import gc
import statistics
import time
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import VectorEnv
from rich.console import Console
from rich.table import Table

import textgym  # noqa: F401 - registers the ids
from textgym.registration import env_ids

ROUNDS = 5
ROWS = (1, 16, 64, 256)
STEPS = 2000
"""Of all rows, in one measurement."""
LENGTHS = {"difficulty 0": 0.0, "difficulty 0.5": 0.5, "difficulty 1": 1.0}
TOKENS = "textgym/Translation-tokens-v0"


def main() -> None:
    """Print the tables."""
    names = [f"N = {rows}" for rows in ROWS]
    _show("decisions", names, [{"num_envs": n} for n in ROWS])
    lengths = [{"num_envs": 64, "difficulty": difficulty} for difficulty in LENGTHS.values()]
    _show("decisions, N = 64, by length of texts and episodes", list(LENGTHS), lengths)
    views = gym.make_vec(TOKENS, num_envs=256, max_new_tokens=64)
    # Always the same token: each turn takes its 64 tokens.
    for what, steps in (("with the ends of turns", 195), ("without", 60)):
        print(f"{TOKENS}, N = 256, {what}: {_text(_measured(views, steps=steps, same=True))} token steps/s")


def _show(title: str, names: list[str], columns: list[dict[str, Any]]) -> None:
    table = Table("id", *names, title=f"{title}: steps/s, median and range")
    for env_id in env_ids("decision"):
        cells = []
        for kwargs in columns:
            # One at a time: what others keep would be gone through by the garbage collector.
            venv = gym.make_vec(env_id, **kwargs)
            cells.append(_text(_measured(venv, steps=max(10, STEPS // venv.num_envs))))
            venv.close()
        table.add_row(env_id, *cells)
    Console(width=140).print(table)


def _text(rates: list[float]) -> str:
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f} - {max(rates):,.0f})"


def _measured(venv: VectorEnv, *, steps: int, same: bool = False) -> list[float]:
    rng = np.random.default_rng(0)
    rates = []
    for _ in range(ROUNDS + 1):
        venv.reset(seed=0)
        most = 1 if same else venv.single_action_space.n  # type: ignore[attr-defined]
        actions = rng.integers(most, size=(steps, venv.num_envs)) + 5 * same
        gc.collect()
        start = time.process_time()
        for row in actions:
            venv.step(row)
        rates.append(steps * venv.num_envs / (time.process_time() - start))
    return rates[1:]


if __name__ == "__main__":
    main()
