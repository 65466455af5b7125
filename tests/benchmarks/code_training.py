"""What a training on generated code spends outside the language model.

PPO on the token view of `textgym/CodeGeneration-v0` with the shipped model. Real time of whole iterations is divided
into the language model (rollout and update), the judging of programs in the sandbox, and the rest.
"""

import time
from collections.abc import Callable
from typing import Any, cast

import torch
from rich.console import Console
from rich.table import Table
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from textgym.policies import LLMActorCriticPolicy, PackedRolloutBuffer, make_sb3_vec_env
from textgym.tasks.base import Task

ENV = "textgym/CodeGeneration-tokens-v0"
ROWS, STEPS, ITERATIONS, NEW_TOKENS = 32, 96, 4, 48


class Clock:
    """Seconds spent in a function."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


class EpisodeCount(BaseCallback):
    """Counts finished episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def _on_step(self) -> bool:
        self.count += int(self.locals["dones"].sum())
        return True


def main() -> None:
    """Train for a few iterations and print where the time went."""
    torch.set_num_threads(1)
    venv = make_sb3_vec_env(ENV, ROWS, seed=0, difficulty=0.0, max_new_tokens=NEW_TOKENS)
    model = PPO(
        LLMActorCriticPolicy,
        venv,
        n_steps=STEPS,
        batch_size=512,
        n_epochs=1,
        gamma=1.0,
        rollout_buffer_class=PackedRolloutBuffer,
        policy_kwargs={"language_model": "tiny"},
        seed=0,
        device="cpu",
    )
    episodes = EpisodeCount()
    model.learn(ROWS * STEPS, callback=episodes)  # the sandbox starts, sources are read
    judging, stepping, update = Clock(), Clock(), Clock()
    task = cast(Task, venv.get_attr("unwrapped", 0)[0].task)
    task.judge = judging.watch(task.judge)  # type: ignore[method-assign]
    venv.step_wait = stepping.watch(venv.step_wait)  # type: ignore[method-assign]
    model.train = update.watch(model.train)  # type: ignore[method-assign]
    episodes.count = 0
    start = time.perf_counter()
    model.learn(ROWS * STEPS * ITERATIONS, callback=episodes, reset_num_timesteps=False)
    total = time.perf_counter() - start
    parts = {
        "judging programs": judging.seconds,
        "environment besides": stepping.seconds - judging.seconds,
        "update": update.seconds,
        "rollout: language model and Stable-Baselines3": total - stepping.seconds - update.seconds,
    }
    table = Table("part", "seconds", "share")
    for name, seconds in parts.items():
        table.add_row(name, f"{seconds:.2f}", f"{seconds / total:.0%}")
    table.add_row(f"all, {ITERATIONS} iterations, {episodes.count} programs", f"{total:.2f}", "100%")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
