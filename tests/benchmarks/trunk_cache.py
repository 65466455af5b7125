"""What an update costs that trains the top layer alone, with and without what the frozen layers give being kept.

`PPO.train` of the shipped model with `trained_layers=1` and `EPOCHS` epochs on the token view of Translation, the
same rollout for both. They run round-robin in one process, `ROUNDS` times in rotating order; printed are medians of
CPU time and the ratio within a round.
"""

import gc
import statistics
import time

import torch
from rich.console import Console
from rich.table import Table
from stable_baselines3 import PPO

from textgym.policies import LLMActorCriticPolicy, PackedRolloutBuffer, make_sb3_vec_env

ROUNDS = 5
ROWS, STEPS, EPOCHS = 8, 32, 10


class Uncached(LLMActorCriticPolicy):
    """All layers read every conversation in every epoch."""

    _trunk = None


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    models = [model(policy) for policy in (LLMActorCriticPolicy, Uncached)]
    for each in models:
        each.learn(ROWS * STEPS)
    times: list[list[float]] = [[], []]
    for round_number in range(ROUNDS):
        for which in (0, 1) if round_number % 2 else (1, 0):
            times[which].append(_update_cost(models[which]))
    ratios = [anew / kept for kept, anew in zip(*times, strict=True)]
    table = Table("kept, ms", "range", "read anew, ms", "range", "ratio", "range")
    cells = []
    for costs, unit, digits in ((times[0], 1e3, 0), (times[1], 1e3, 0), (ratios, 1, 2)):
        cells.append(f"{statistics.median(costs) * unit:.{digits}f}")
        cells.append(f"{min(costs) * unit:.{digits}f} - {max(costs) * unit:.{digits}f}")
    table.add_row(*cells)
    Console(width=120).print(table)


def model(policy: type[LLMActorCriticPolicy]) -> PPO:
    """PPO whose minibatches are whole rollouts."""
    venv = make_sb3_vec_env("textgym/Translation-tokens-v0", ROWS, seed=0, max_new_tokens=16)
    return PPO(
        policy,
        venv,
        n_steps=STEPS,
        batch_size=ROWS * STEPS,
        n_epochs=EPOCHS,
        # Replies, and with them the work, stay as they are.
        learning_rate=0.0,
        device="cpu",
        seed=0,
        rollout_buffer_class=PackedRolloutBuffer,
        policy_kwargs={"trained_layers": 1, "device": "cpu"},
    )


def _update_cost(ppo: PPO) -> float:
    """CPU seconds of an update on a rollout of which nothing is known yet."""
    ppo.policy.set_training_mode(False)
    gc.collect()
    start = time.process_time()
    ppo.train()
    return time.process_time() - start


if __name__ == "__main__":
    main()
