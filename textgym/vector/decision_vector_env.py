"""Decision-level environments in lock-step."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import starmap
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from textgym.envs.decision_env import DecisionEnv
from textgym.errors import EpisodeOver
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.vector.lockstep import LockstepVectorEnv, Outcome, make_lockstep


class DecisionVectorEnv(LockstepVectorEnv):
    """N environments of one decision-level task; infos are empty but at resets and ends.

    See `LockstepVectorEnv`.

    Args:
        env_fns: Make the N environments, without wrappers; all with one task object and one kind of observation.
        autoreset_mode: See there.

    Raises:
        TypeError: If an environment is wrapped or no `DecisionEnv`.
        ValueError: If the environments do not share a task, or one object is given twice.
    """

    task: DecisionTask

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gym.Env]],
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    ) -> None:
        super().__init__(env_fns, autoreset_mode=autoreset_mode)
        self._rows = [self._inner_env(env) for env in self.envs]

    def advance(self, actions: Any, playing: np.ndarray) -> dict[int, Outcome]:
        """Give the playing rows their actions, see `LockstepVectorEnv.advance`. After an error some may have moved."""
        rows = np.flatnonzero(playing).tolist()
        chosen = self._checked(actions, rows)
        legal = [self._rows[row].played_as(action) for row, action in zip(rows, chosen, strict=True)]
        outcomes: dict[int, Outcome] = {}
        for row, action, played, step in zip(rows, chosen, legal, self._steps(rows, legal), strict=True):
            env = self._rows[row]
            outcome = env.follow(action, played, step)
            if env.over or step.reward:
                outcomes[row] = outcome
        return outcomes

    def observations(self) -> Any:
        """float32 (N, d), or `tokens` (N, L) and `length` (N, 1); the caller may keep it."""
        return self._rows[0].observer.stack([env.observation for env in self._rows])

    def restart(self, row: int) -> dict[str, Any]:
        """See `LockstepVectorEnv.restart`."""
        return self._rows[row].start()

    def action_masks(self) -> np.ndarray:
        """Which actions are legal in each row: bool (N, n)."""
        return np.stack([env.action_masks() for env in self._rows])

    def _steps(self, rows: Sequence[int], legal: Sequence[int]) -> Iterable[DecisionStep]:
        """What the task says to the legal actions of these rows, in the order of the rows."""
        plays = ((self._rows[row].state, action) for row, action in zip(rows, legal, strict=True))
        if type(self.task).steps is DecisionTask.steps:
            # Each row lets go of its state before the next one is asked: a garbage collector that sees the new states of
            # all rows beside the old ones takes a fifth of the time.
            return starmap(self.task.step, plays)
        return self.task.steps(list(plays)) if rows else ()

    def _inner_env(self, env: gym.Env) -> DecisionEnv:
        if not isinstance(env, DecisionEnv):
            raise TypeError(
                f"env_fns must make decision-level environments without wrappers, which would be passed by, got {env}; "
                "use SyncVectorEnv for wrapped ones, or wrap the vector environment"
            )
        return env

    def _checked(self, actions: Any, rows: Sequence[int]) -> list[int]:
        numbers = np.asarray(actions)
        if numbers.shape != (self.num_envs,) or not np.issubdtype(numbers.dtype, np.integer):
            raise ValueError(
                f"actions must be integers of shape ({self.num_envs},), got {numbers.dtype} of shape {numbers.shape}"
            )
        if any(self._rows[row].over for row in rows):
            raise EpisodeOver("step was called outside an episode; call reset first")
        chosen = numbers[list(rows)]
        if ((chosen < 0) | (chosen >= self.task.actions)).any():
            raise ValueError(f"the action must be an integer in [0, {self.task.actions}), got {chosen}")
        return chosen.tolist()


make_decision_vector = partial(make_lockstep, DecisionVectorEnv)
"""Makes one of N environments of a class, see `make_lockstep`."""
