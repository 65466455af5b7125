"""A difficulty that follows the agent's success, shared by the rows of a vector environment."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper

from textgym.wrappers.curriculum_rule import CurriculumRule, check_curriculum, check_options


class CurriculumVector(VectorWrapper):
    """`Curriculum` of a Gymnasium vector environment: its rows share one difficulty and one window.

    Every episode starts at the newest difficulty, in the three autoreset modes. In SAME_STEP the rows whose episodes
    ended in the very step that moved the difficulty have begun already: they are reset once more, and what they show is
    that of the new episode. Results of one step are counted in the order of the rows.

    `infos["difficulty"]` is an array of shape (N,) with a mask, at every step: the running episode's, or the ended
    one's where a row waits for its reset; in SAME_STEP the ended episode's stands in `infos["final_info"]`.

    Args:
        env: A vector environment of textgym environments with a generated source.
        threshold: As for `Curriculum`, and what follows too.
        metric: As there.
        window: As there.
        lower: As there.
        upper: As there.
        step: As there.
        start: As there.

    Raises:
        InvalidValue: As for `Curriculum`.
        ValueError: If the environment does not state its autoreset mode.
    """

    def __init__(
        self,
        env: VectorEnv,
        *,
        threshold: float,
        metric: str | None = None,
        window: int = 50,
        lower: float = 0.3,
        upper: float = 0.8,
        step: float = 0.1,
        start: float = 0.0,
    ) -> None:
        super().__init__(env)
        if "autoreset_mode" not in env.metadata:
            raise ValueError(
                f"{type(env).__name__} does not say when it resets; set metadata['autoreset_mode'] to a member of "
                "gymnasium.vector.AutoresetMode."
            )
        self._autoreset = AutoresetMode(env.metadata["autoreset_mode"])
        # The innermost one: wrappers do not hand on what sets attributes of the rows.
        self._rows = cast(SyncVectorEnv | AsyncVectorEnv, env.unwrapped)
        task = _task(self._rows)
        check_curriculum(str(env), getattr(task, "generated", None), getattr(task, "source", ""))
        self._rule = CurriculumRule(
            rows=env.num_envs,
            threshold=threshold,
            metric=metric,
            window=window,
            lower=lower,
            upper=upper,
            step=step,
            start=start,
        )
        self._ended = np.zeros(env.num_envs, np.bool_)

    @property
    def difficulty(self) -> float:
        """Difficulty of the next episodes, in [0, 1]."""
        return self._rule.difficulty

    @property
    def success_rate(self) -> float | None:
        """Share of successes among the counted episodes of this difficulty; None before the first."""
        return self._rule.success_rate

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes in all rows, or in those of `options["reset_mask"]`, at the present difficulty.

        Raises:
            InvalidValue: If the options hold a difficulty.
        """
        check_options(options)
        # The vector environment takes the mask out of the options it is given.
        options = dict(options) if options is not None else None
        rows = options.get("reset_mask", slice(None)) if options else slice(None)
        self._rows.set_attr("difficulty", self._rule.difficulty)
        observations, infos = self.env.reset(seed=seed, options=options)
        self._rule.begin(rows)
        self._ended[rows] = False
        return observations, self._told(infos)

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Take a step in all rows; the end of an episode can move the difficulty of the next ones.

        Raises:
            InvalidValue: If an episode ended without the metric.
        """
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        ended = terminated | truncated
        if self._autoreset is AutoresetMode.NEXT_STEP and self._ended.any():
            self._rule.begin(self._ended)
        same_step = self._autoreset is AutoresetMode.SAME_STEP
        last = infos.get("final_info", {}) if same_step else infos
        rows = np.flatnonzero(ended).tolist()
        moved = self._rule.step(rewards, ended, {i: _row(last, i) for i in rows})
        if moved:
            self._rows.set_attr("difficulty", self._rule.difficulty)
        if same_step and rows:
            for i in rows:
                final = {"final_info": {"difficulty": float(self._rule.running[i])}}
                infos = self._add_info(infos, final, i)
            if moved:
                observations, opened = self.env.reset(options={"reset_mask": ended.copy()})
                for i in rows:
                    infos = self._add_info(infos, _row(opened, i), i)
            self._rule.begin(ended)
        self._ended = ended
        return observations, rewards, terminated, truncated, self._told(infos)

    def state_dict(self) -> dict[str, Any]:
        """Difficulty and newest results, as JSON values, to go on elsewhere."""
        return self._rule.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave; it holds for episodes that start from now on.

        Raises:
            InvalidValue: If it comes from a longer window, or holds no difficulty in [0, 1].
        """
        self._rule.load_state_dict(state)
        self._rows.set_attr("difficulty", self._rule.difficulty)

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot."""
        return {**self._rule.get_state(), "ended": self._ended.tolist()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            InvalidValue: If it was taken from a curriculum with other arguments.
        """
        self._rule.set_state(state)
        self._ended = np.array(state["ended"], np.bool_)

    def _told(self, infos: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **infos,
            "difficulty": self._rule.running.copy(),
            "_difficulty": np.ones(self.num_envs, np.bool_),
        }


def _task(env: SyncVectorEnv | AsyncVectorEnv) -> Any:
    try:
        return env.get_attr("task")[0]
    except AttributeError:
        return None


def _row(infos: Mapping[str, Any], row: int) -> dict[str, Any]:
    """The info of one environment among those of all."""
    own = {key: value for key, value in infos.items() if f"_{key}" in infos and infos[f"_{key}"][row]}
    return {key: _row(v, row) if isinstance(v, dict) else v[row] for key, v in own.items()}
