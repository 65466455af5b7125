"""A difficulty that follows the agent's success, for Stable-Baselines3 vector environments."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from textgym.wrappers.curriculum_rule import CurriculumRule, check_curriculum


class CurriculumVecEnv(VecEnvWrapper):
    """`textgym.wrappers.Curriculum` of a Stable-Baselines3 `VecEnv`: its rows share one difficulty and one window.

    A Stable-Baselines3 environment resets itself in the step that ends an episode. The rows whose episodes ended in the
    very step that moved the difficulty are reset once more, so that every episode starts at the newest one.
    `infos[i]["difficulty"]` is that of the episode that the step was taken in, `reset_infos[i]["difficulty"]` that of
    the newest one. It belongs inside `FeatureCachingVecEnv`; returns are those of the environment given, learned ones
    over a `LearnedRewardVecEnv`.

    Args:
        venv: Environments of a token or choice view or a decision id, with a generated source.
        threshold: As for `Curriculum`, and what follows too.
        metric: As there.
        window: As there.
        lower: As there.
        upper: As there.
        step: As there.
        start: As there.

    Raises:
        InvalidValue: As for `Curriculum`.
    """

    def __init__(
        self,
        venv: VecEnv,
        *,
        threshold: float,
        metric: str | None = None,
        window: int = 50,
        lower: float = 0.3,
        upper: float = 0.8,
        step: float = 0.1,
        start: float = 0.0,
    ) -> None:
        super().__init__(venv)
        task = _task(venv)
        name = type(venv.unwrapped).__name__
        check_curriculum(name, getattr(task, "generated", None), getattr(task, "source", ""))
        self._rule = CurriculumRule(
            rows=venv.num_envs,
            threshold=threshold,
            metric=metric,
            window=window,
            lower=lower,
            upper=upper,
            step=step,
            start=start,
        )

    @property
    def difficulty(self) -> float:
        """Difficulty of the next episodes, in [0, 1]."""
        return self._rule.difficulty

    @property
    def success_rate(self) -> float | None:
        """Share of successes among the counted episodes of this difficulty; None before the first."""
        return self._rule.success_rate

    def reset(self) -> Any:
        """Start episodes in all rows at the present difficulty."""
        self._set_difficulty()
        observations = self.venv.reset()
        self._rule.begin()
        self._tell_resets()
        return observations

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Finish the step; the end of an episode can move the difficulty of the next ones.

        Raises:
            InvalidValue: If an episode ended without the metric.
        """
        observations, rewards, dones, infos = self.venv.step_wait()
        infos = [{**info, "difficulty": float(d)} for info, d in zip(infos, self._rule.running, strict=True)]
        ended = np.flatnonzero(dones).tolist()
        if self._rule.step(rewards, dones, {row: infos[row] for row in ended}):
            self._set_difficulty()
            for row, (first, info) in zip(ended, self.venv.env_method("reset", indices=ended), strict=True):
                _show(observations, row, first)
                self.venv.reset_infos[row] = info
        if ended:
            self._rule.begin(dones)
            self._tell_resets()
        return observations, rewards, dones, infos

    def state_dict(self) -> dict[str, Any]:
        """Difficulty and newest results, as JSON values, to go on elsewhere."""
        return self._rule.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave; it holds for episodes that start from now on.

        Raises:
            InvalidValue: If it comes from a longer window, or holds no difficulty in [0, 1].
        """
        self._rule.load_state_dict(state)
        self._set_difficulty()

    def _set_difficulty(self) -> None:
        # Not set_attr: that of DummyVecEnv stops at the outermost wrapper.
        self.venv.env_method("set_wrapper_attr", "difficulty", self._rule.difficulty)

    def _tell_resets(self) -> None:
        told = zip(self.venv.reset_infos, self._rule.running, strict=True)
        # In place: wrappers outside share the list.
        self.reset_infos[:] = [{**info, "difficulty": float(difficulty)} for info, difficulty in told]


def _show(observations: Any, row: int, first: Any) -> None:
    if isinstance(observations, dict):
        for name, values in observations.items():
            values[row] = first[name]
    else:
        observations[row] = first


def _task(venv: VecEnv) -> Any:
    try:
        return venv.get_attr("task", indices=0)[0]
    except AttributeError:
        return None
