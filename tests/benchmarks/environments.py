"""Steps per second of every id, beside the bare judge: how much the Gymnasium side and the views cost.

All candidates run round-robin in one process, `ROUNDS` times in rotating order; printed are medians of CPU
time per step and their range, and the ratio to the text view of the same family in the same round.
"""

import gc
import statistics
import time

import gymnasium as gym
import numpy as np
from rich.console import Console
from rich.table import Table

import textgym  # noqa: F401 - registers the ids
from textgym.registration import env_ids, text_id

ROUNDS = 5
STEPS = {"text": 150, "tokens": 1500, "choice": 60}


def main() -> None:
    """Print the table."""
    ids = env_ids()
    envs = {env_id: gym.make(env_id, disable_env_checker=True) for env_id in ids}
    for env_id, env in envs.items():
        _cost(env, _kind(env_id), 10)
    times: dict[str, list[float]] = {env_id: [] for env_id in ids}
    for round_number in range(ROUNDS):
        for env_id in ids[round_number % len(ids) :] + ids[: round_number % len(ids)]:
            gc.collect()
            times[env_id].append(_cost(envs[env_id], _kind(env_id), STEPS[_kind(env_id)]))
    table = Table("id", "µs per step, median", "range", "to the text view, median", "range")
    for env_id in ids:
        ratios = [a / b for a, b in zip(times[env_id], times[text_id(env_id)], strict=True)]
        table.add_row(
            env_id,
            f"{statistics.median(times[env_id]) * 1e6:.0f}",
            f"{min(times[env_id]) * 1e6:.0f} - {max(times[env_id]) * 1e6:.0f}",
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f} - {max(ratios):.2f}",
        )
    Console(width=120).print(table)


def _kind(env_id: str) -> str:
    return "tokens" if "-tokens-" in env_id else "choice" if "-choice-" in env_id else "text"


def _cost(env: gym.Env, kind: str, steps: int) -> float:
    """CPU seconds for one step, resets included."""
    rng = np.random.default_rng(0)
    env.reset(seed=0)
    start = time.process_time()
    for _ in range(steps):
        action = "SEARCH area=north" if kind == "text" else int(rng.integers(env.action_space.n))
        *_, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
    return (time.process_time() - start) / steps


if __name__ == "__main__":
    main()
