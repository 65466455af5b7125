"""When a curriculum moves the difficulty, for any number of environments that share it."""

from collections import deque
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from textgym.errors import InvalidValue, check_integer, check_text

# A reward of 0.7 is smaller in the float32 of Stable-Baselines3.
_TOLERANCE = 1e-6


class CurriculumRule:
    """Counts successes of N environments and moves their difficulty; the rule is defined in `Curriculum`.

    Args:
        rows: Number N of environments.
        threshold: As for `Curriculum`, and what follows too.
        metric: Name of a metric, or None for the return.
        window: Number of episodes of a success rate.
        lower: Rate that lowers the difficulty.
        upper: Rate that raises it.
        step: By how much it moves.
        start: Difficulty of the first episodes.

    Raises:
        InvalidValue: If an argument is out of range.
    """

    def __init__(
        self,
        *,
        rows: int,
        threshold: float,
        metric: str | None,
        window: int,
        lower: float,
        upper: float,
        step: float,
        start: float,
    ) -> None:
        self.threshold = _number("threshold", threshold, -np.inf, np.inf)
        self.metric = check_text("metric", metric) if metric is not None else None
        self.window = check_integer("window", window, least=1)
        self.lower, self.upper = _number("lower", lower, 0.0, 1.0), _number("upper", upper, 0.0, 1.0)
        if self.lower >= self.upper:
            raise InvalidValue(f"lower must be smaller than upper, got {lower} and {upper}")
        self.step_size = _number("step", step, 0.0, 1.0)
        if self.step_size == 0.0:
            raise InvalidValue("step must be larger than 0, got 0: the difficulty would never move")
        self.difficulty = self.start = _number("start", start, 0.0, 1.0)
        self.results: deque[bool] = deque(maxlen=self.window)
        self.returns = np.zeros(rows)
        self.running = np.full(rows, self.difficulty)

    def describe(self) -> dict[str, Any]:
        """The rule as constructor arguments in JSON values."""
        own = {name: getattr(self, name) for name in ("threshold", "metric", "window", "lower", "upper")}
        return {**own, "step": self.step_size, "start": self.start}

    @property
    def success_rate(self) -> float | None:
        """Share of successes among the counted episodes of the present difficulty; None before the first."""
        return sum(self.results) / len(self.results) if self.results else None

    def begin(self, rows: np.ndarray | slice = slice(None)) -> None:
        """The given rows start an episode at the present difficulty."""
        self.returns[rows] = 0.0
        self.running[rows] = self.difficulty

    def step(self, rewards: np.ndarray, ended: np.ndarray, infos: Mapping[int, Mapping[str, Any]]) -> bool:
        """Add the rewards of one step, and count the episodes that it ended, in the order of their rows.

        Args:
            rewards: Shape (N,).
            ended: Shape (N,), bool.
            infos: The last info of each episode that ended, by row.

        Returns:
            Whether the difficulty moved.

        Raises:
            InvalidValue: If an episode ended without the metric.
        """
        before = self.difficulty
        self.returns += rewards
        for row in np.flatnonzero(ended).tolist():
            success = self._succeeded(row, infos.get(row, {}))
            if self.running[row] == self.difficulty:
                self._count(success)
        return self.difficulty != before

    def state_dict(self) -> dict[str, Any]:
        """What the rule has learned of the agent, as JSON values."""
        return {"difficulty": self.difficulty, "results": [int(result) for result in self.results]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave.

        Raises:
            InvalidValue: If it comes from a longer window, or holds no difficulty in [0, 1].
        """
        if len(state["results"]) > self.window:
            raise InvalidValue(
                f"the state holds {len(state['results'])} results, the window of this curriculum {self.window}; make it "
                "with the same arguments"
            )
        self.difficulty = _number("difficulty", state["difficulty"], 0.0, 1.0)
        self.results = deque(map(bool, state["results"]), maxlen=self.window)

    def get_state(self) -> dict[str, Any]:
        """`state_dict`, and the running episodes."""
        running = {"returns": self.returns.tolist(), "running": self.running.tolist()}
        return {"made_with": self.describe(), **self.state_dict(), **running}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            InvalidValue: If it was taken from a curriculum with other arguments.
        """
        if state["made_with"] != self.describe():
            raise InvalidValue(
                f"the snapshot was taken from a curriculum of {state['made_with']}, this one is {self.describe()}; make it "
                "with the same arguments"
            )
        self.load_state_dict(state)
        self.returns, self.running = np.array(state["returns"]), np.array(state["running"])

    def _succeeded(self, row: int, info: Mapping[str, Any]) -> bool:
        if self.metric is None:
            return bool(self.returns[row] >= self.threshold - _TOLERANCE)
        metrics = info.get("metrics", {})
        if not metrics:  # cut off before the task could judge
            return False
        if self.metric not in metrics:
            raise InvalidValue(
                f"this environment has no metric {self.metric!r}; its episodes end with {', '.join(sorted(metrics))}"
            )
        return bool(metrics[self.metric] >= self.threshold - _TOLERANCE)

    def _count(self, success: bool) -> None:
        self.results.append(success)
        if len(self.results) < self.window:
            return
        rate = sum(self.results) / self.window
        change = self.step_size * ((rate >= self.upper) - (rate <= self.lower))
        # Rounded: ten steps of 0.1 lead to 1.
        moved = round(min(max(self.difficulty + change, 0.0), 1.0), 9)
        if moved != self.difficulty:
            self.difficulty = moved
            self.results.clear()


def check_curriculum(name: str, generated: bool | None, source: str = "") -> None:
    """Check that an environment's examples have a difficulty.

    Args:
        name: What to call the environment.
        generated: Whether its examples are generated; None if it is no environment of textgym.
        source: Name of the source.

    Raises:
        InvalidValue: If there is no difficulty to move.
    """
    if generated is None:
        raise InvalidValue(
            f"a curriculum needs an environment of textgym, whose examples have a difficulty; {name} has none"
        )
    if not generated:
        raise InvalidValue(
            f"source {source!r} of {name} is a finite corpus, whose examples have no difficulty. Use a generated source "
            "(source='generated'), or leave the curriculum out."
        )


def check_options(options: Mapping[str, Any] | None) -> None:
    """Refuse a difficulty of one episode, which would be counted as another.

    Raises:
        InvalidValue: If the reset options hold one.
    """
    if options and "difficulty" in options:
        raise InvalidValue("the curriculum sets the difficulty; leave it out of the reset options")


def _number(name: str, value: object, least: float, most: float) -> float:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool) or not isfinite(value):
        raise InvalidValue(f"{name} must be a finite number, got {value!r}")
    if not least <= value <= most:
        raise InvalidValue(f"{name} must lie in [{least:g}, {most:g}], got {value}")
    return float(value)
