"""Text environments in lock-step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from textgym.envs.text_env import TextEnv
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn
from textgym.vector.lockstep import LockstepVectorEnv, Outcome, make_lockstep


class TextVectorEnv(LockstepVectorEnv):
    """N environments of one text task, whose turns are judged in one call of `task.judge` for each step.

    See `LockstepVectorEnv`.

    Args:
        env_fns: Make the N environments, without wrappers; all with one task object.
        autoreset_mode: See there.

    Raises:
        TypeError: If an environment is wrapped or no `TextEnv`.
        ValueError: If the environments do not share a task, or one object is given twice.
    """

    task: Task

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gym.Env]],
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    ) -> None:
        super().__init__(env_fns, autoreset_mode=autoreset_mode)
        self._text_envs = [self._inner_env(env) for env in self.envs]

    def advance(self, actions: Any, playing: np.ndarray) -> dict[int, Outcome]:
        """Give the playing rows their actions, see `LockstepVectorEnv.advance`; a row is in it when its turn ended."""
        cases = self._cases(actions, playing)
        turns = self.task.judge(list(cases.values())) if cases else []
        self._write(actions, playing)
        answered = zip(cases.items(), turns, strict=True)
        return {row: self._take(row, case, turn) for (row, case), turn in answered}

    def observations(self) -> Any:
        """What every row sees now; the caller may keep it."""
        return tuple(env.observation for env in self._text_envs)

    def _inner_env(self, env: gym.Env) -> TextEnv:
        """The text environment of a row."""
        if not isinstance(env, TextEnv):
            raise TypeError(
                f"env_fns must make text environments without wrappers, which would be passed by, got {env}; use "
                "SyncVectorEnv for wrapped ones, or wrap the vector environment"
            )
        return env

    def _cases(self, actions: Any, playing: np.ndarray) -> dict[int, tuple[Example, Conversation]]:
        """What is to be judged, for each row whose turn the actions end; nothing is changed yet."""
        if isinstance(actions, str) or len(actions) != self.num_envs:
            raise ValueError(f"actions must be {self.num_envs} strings, one for each row, got {actions!r}")
        return {row: self._text_envs[row].prepare(actions[row]) for row in np.flatnonzero(playing).tolist()}

    def _write(self, actions: Any, playing: np.ndarray) -> None:
        """Keep the actions, which have been accepted."""

    def _take(self, row: int, case: tuple[Example, Conversation], turn: Turn) -> Outcome:
        """Go on in a row with what the task answered to its case."""
        return self._text_envs[row].take(case, turn)[1:]


make_text_vector = partial(make_lockstep, TextVectorEnv)
"""Makes one of N environments of a class, see `make_lockstep`."""
