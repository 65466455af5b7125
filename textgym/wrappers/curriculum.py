"""A difficulty that follows the agent's success."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import VectorEnv

from textgym.errors import InvalidValue
from textgym.wrappers.curriculum_rule import CurriculumRule, check_curriculum, check_options
from textgym.wrappers.curriculum_vector import CurriculumVector


class Curriculum(gym.Wrapper, RecordConstructorArgs):
    """Raises the difficulty of generated examples when the agent succeeds often, lowers it when it rarely does.

    An episode succeeds when its metric (or, without one, its undiscounted return) is at least `threshold`; one that is
    cut off without metrics fails. Over the newest `window` episodes of the present difficulty, a success rate of
    at least `upper` raises the difficulty by `step`, one of at most `lower` lowers it, within [0, 1]; nothing moves
    before the window is full. After a move the count begins anew, and episodes that began at another difficulty are not
    counted. So the difficulty is a function of the outcomes alone: same seeds and actions, same course.

    `Curriculum(venv, ...)` of a Gymnasium vector environment gives a `CurriculumVector`, whose rows share one
    difficulty; `textgym.policies.CurriculumVecEnv` is the same for Stable-Baselines3. The difficulty with which the
    environment was made plays no part, but the token view checks its context against it: make that with
    `difficulty=1.0`.

    Info gets `difficulty`, that of the running episode, at reset and at every step, and at an episode's end that of the
    ended one.

    Args:
        env: A textgym environment in any view with a generated source, or a Gymnasium vector environment of them.
        threshold: Smallest metric, or return, of a success.
        metric: A name in `info["metrics"]` at an episode's end, such as `"success"`; None for the return.
        window: Number of episodes, at least 1.
        lower: Rate in [0, 1], smaller than `upper`.
        upper: Rate in [0, 1].
        step: By how much the difficulty moves, in (0, 1].
        start: Difficulty of the first episodes, in [0, 1].

    Raises:
        InvalidValue: If an argument is out of range, the source has no difficulty, or the environment is one of
            Stable-Baselines3.
    """

    def __new__(cls, env: Any = None, *args: Any, **kwargs: Any) -> Any:
        """A `CurriculumVector` for a vector environment, else a plain wrapper (also when unpickling)."""
        if isinstance(env, VectorEnv):
            return CurriculumVector(env, *args, **kwargs)
        return super().__new__(cls)

    def __init__(
        self,
        env: gym.Env,
        *,
        threshold: float,
        metric: str | None = None,
        window: int = 50,
        lower: float = 0.3,
        upper: float = 0.8,
        step: float = 0.1,
        start: float = 0.0,
    ) -> None:
        if hasattr(env, "env_method"):
            raise InvalidValue(
                f"{type(env).__name__} is a vector environment of Stable-Baselines3; wrap it in "
                "textgym.policies.CurriculumVecEnv"
            )
        task = getattr(env.unwrapped, "task", None)
        check_curriculum(str(env.unwrapped), getattr(task, "generated", None), getattr(task, "source", ""))
        self._rule = CurriculumRule(
            rows=1,
            threshold=threshold,
            metric=metric,
            window=window,
            lower=lower,
            upper=upper,
            step=step,
            start=start,
        )
        RecordConstructorArgs.__init__(self, **self._rule.describe())
        gym.Wrapper.__init__(self, env)

    @property
    def difficulty(self) -> float:
        """Difficulty of the next episode, in [0, 1]."""
        return self._rule.difficulty

    @property
    def success_rate(self) -> float | None:
        """Share of successes among the counted episodes of this difficulty; None before the first."""
        return self._rule.success_rate

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode at the present difficulty.

        Raises:
            InvalidValue: If the options hold a difficulty.
        """
        check_options(options)
        self.env.set_wrapper_attr("difficulty", self._rule.difficulty)
        observation, info = self.env.reset(seed=seed, options=options)
        self._rule.begin()
        return observation, {**info, "difficulty": self._rule.difficulty}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take a step; the end of an episode can move the difficulty of the next.

        Raises:
            InvalidValue: If an episode ended without the metric.
        """
        observation, reward, terminated, truncated, info = self.env.step(action)
        ended = terminated or truncated
        self._rule.step(np.array([reward], np.float64), np.array([ended]), {0: info})
        info = {**info, "difficulty": float(self._rule.running[0])}
        return observation, reward, terminated, truncated, info

    def state_dict(self) -> dict[str, Any]:
        """Difficulty and newest results, as JSON values, to go on elsewhere."""
        return self._rule.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave; it holds from the next reset on.

        Raises:
            InvalidValue: If it comes from a longer window, or holds no difficulty in [0, 1].
        """
        self._rule.load_state_dict(state)

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot."""
        return self._rule.get_state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            InvalidValue: If it was taken from a curriculum with other arguments.
        """
        self._rule.set_state(state)
