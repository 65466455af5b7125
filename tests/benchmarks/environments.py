"""What a step of every id costs, of the views beside the text view and of the vector environments.

All candidates run round-robin in one process, `ROUNDS` times in rotating order; printed are medians of CPU
time per step and their range, and ratios within a round: of each view to the text view of its family, and of the
native vector environment to `SyncVectorEnv` at `ROWS` rows, there per step of one row.
"""

import gc
import statistics
import time

import gymnasium as gym
import numpy as np
from gymnasium.vector import SyncVectorEnv, VectorEnv
from rich.console import Console
from rich.table import Table

import textgym  # noqa: F401 - registers the ids
from textgym.registration import KINDS, env_ids, text_id

ROUNDS = 5
STEPS = {"text": 150, "tokens": 1500, "choice": 60, "decision": 300}
ROWS = 64
# Of all rows; of tokens enough for the longest turn, so that ends are counted with their share.
VECTOR_STEPS = {"text": 5, "tokens": 200, "decision": 20}


def main() -> None:
    """Print both tables."""
    single_environments(env_ids())
    vector_environments([*env_ids("text"), *env_ids("tokens"), *env_ids("decision")])


def single_environments(ids: list[str]) -> None:
    """Every id beside the text view of its family."""
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


def vector_environments(ids: list[str]) -> None:
    """The native vector environment of every id that has one, beside Gymnasium's."""
    table = Table("id", "native, µs", "range", "SyncVectorEnv, µs", "native to it, median", "range")
    for env_id in ids:
        venvs = [
            gym.make_vec(env_id, num_envs=ROWS),
            SyncVectorEnv([lambda i=env_id: gym.make(i, disable_env_checker=True)] * ROWS),
        ]
        for venv in venvs:
            _vector_cost(venv, VECTOR_STEPS[_kind(env_id)])
        times: list[list[float]] = [[], []]
        for round_number in range(ROUNDS):
            for which in (0, 1) if round_number % 2 else (1, 0):
                gc.collect()
                times[which].append(_vector_cost(venvs[which], VECTOR_STEPS[_kind(env_id)]))
        ratios = [a / b for a, b in zip(*times, strict=True)]
        table.add_row(
            env_id,
            f"{statistics.median(times[0]) * 1e6:.1f}",
            f"{min(times[0]) * 1e6:.1f} - {max(times[0]) * 1e6:.1f}",
            f"{statistics.median(times[1]) * 1e6:.1f}",
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f} - {max(ratios):.2f}",
        )
    Console(width=120).print(table)


def _vector_cost(venv: VectorEnv, steps: int) -> float:
    """CPU seconds for one step of one row, the resets at the ends of episodes included."""
    rng = np.random.default_rng(0)
    venv.reset(seed=0)
    discrete = isinstance(venv.single_action_space, gym.spaces.Discrete)
    start = time.process_time()
    for _ in range(steps):
        venv.step(
            rng.integers(venv.single_action_space.n, size=ROWS) if discrete else ("SEARCH area=north",) * ROWS
        )
    return (time.process_time() - start) / (steps * ROWS)


def _kind(env_id: str) -> str:
    return KINDS[env_id]


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
