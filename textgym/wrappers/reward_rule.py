"""How a learned reward enters the reward of a step, for any number of environments at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from textgym.protocols import RewardFn, checked_rewards, reward_name

Mode = Literal["replace", "add", "shape"]
When = Literal["episode", "turn"]

INFO_KEYS = ("turn_ended", "conversation", "example", "task_reward")
"""What a rule reads of the info of one environment's step."""


@dataclass(frozen=True)
class ScoredStep:
    """The outcome of one step of N environments.

    Args:
        rewards: Rewards to hand on, shape (N,), float64.
        scores: What the reward function gave, shape (N,), float64; 0 where nothing was scored.
        scored: Where something was scored, shape (N,), bool.
    """

    rewards: np.ndarray
    scores: np.ndarray
    scored: np.ndarray

    def info(self, row: int, task_reward: float) -> dict[str, float]:
        """What the step of one environment adds to its info."""
        learned = {"learned_reward": float(self.scores[row])} if self.scored[row] else {}
        return {"task_reward": float(task_reward), **learned}


class RewardRule:
    """Scores N environments in lock-step and mixes the scores with the task's rewards.

    The modes are defined in `LearnedReward`.

    Args:
        reward_fn: Scores conversations.
        mode: `"replace"`, `"add"` or `"shape"`.
        when: `"episode"`, `"turn"`, or None for the mode's usual one.
        rows: Number N of environments.

    Raises:
        TypeError: If the reward function cannot be called.
        ValueError: If the mode and the moment are unknown or do not go together.
    """

    def __init__(self, reward_fn: RewardFn, *, mode: Mode, when: When | None, rows: int) -> None:
        if not callable(reward_fn):
            raise TypeError(
                f"reward_fn must be callable as reward_fn(conversations, examples), got {reward_fn!r}. A spec holds "
                "only the name of a reward function: make the environment without this wrapper and wrap it again."
            )
        if mode not in get_args(Mode):
            raise ValueError(f"mode must be 'replace', 'add' or 'shape', got {mode!r}")
        if when is None:
            when = "turn" if mode == "shape" else "episode"
        if when not in get_args(When):
            raise ValueError(f"when must be 'episode' or 'turn', got {when!r}")
        if mode == "shape" and when == "episode":
            raise ValueError(
                "mode='shape' scores turns: with when='episode' every reward would stay as it is, because the "
                "potential is 0 where the task ends. Use when='turn', or mode='add' to reward the end."
            )
        self.reward_fn = reward_fn
        self.mode: Mode = mode
        self.when: When = when
        self.potentials = np.zeros(rows)

    def describe(self) -> dict[str, str]:
        """The rule as constructor arguments in JSON values; the reward function by name."""
        return {"reward_fn": reward_name(self.reward_fn), "mode": self.mode, "when": self.when}

    def begin(self, rows: np.ndarray | slice = slice(None)) -> None:
        """Forget the episodes of the given rows."""
        self.potentials[rows] = 0.0

    def step(
        self,
        infos: Sequence[Mapping[str, Any]],
        task_rewards: np.ndarray,
        terminated: np.ndarray,
        truncated: np.ndarray,
    ) -> ScoredStep:
        """Score the rows whose turn (or episode) ended, in one call, and mix.

        Args:
            infos: For each row the info of the step just taken, of the finished episode if it ended one. A row
                without `turn_ended` is not scored.
            task_rewards: Shape (N,).
            terminated: Shape (N,), bool.
            truncated: Shape (N,), bool.

        Raises:
            ValueError: If an episode terminated without a conversation in its info, if the info shows a second
                learned reward, or if the reward function breaks its contract.
        """
        for row, info in enumerate(infos):
            _check_info(info, bool(terminated[row]))
        ended = terminated | truncated
        scored = np.array([bool(info.get("turn_ended", False)) for info in infos])
        if self.when == "episode":
            scored &= ended
        scores = self._score(infos, scored)
        return ScoredStep(
            self._mix(np.asarray(task_rewards, np.float64), scores, scored, terminated, ended), scores, scored
        )

    def _score(self, infos: Sequence[Mapping[str, Any]], scored: np.ndarray) -> np.ndarray:
        scores = np.zeros(len(infos))
        rows = [row for row, wanted in enumerate(scored) if wanted]
        if rows:
            conversations = [infos[row]["conversation"] for row in rows]
            examples = [infos[row]["example"] for row in rows]
            scores[rows] = checked_rewards(self.reward_fn, conversations, examples)
        return scores

    def _mix(
        self,
        task: np.ndarray,
        scores: np.ndarray,
        scored: np.ndarray,
        terminated: np.ndarray,
        ended: np.ndarray,
    ) -> np.ndarray:
        if self.mode == "replace":
            return scores.copy()
        if self.mode == "add":
            return task + scores
        # Ng et al., 1999, theorem 1: F = potential(s') - potential(s), 0 in the absorbing state.
        potentials = np.where(terminated, 0.0, np.where(scored, scores, self.potentials))
        rewards = task + potentials - self.potentials
        self.potentials = np.where(ended, 0.0, potentials)
        return rewards


def refuse_second(env: Any) -> None:
    """Check that no wrapper below applies a learned reward already.

    Raises:
        ValueError: If one does.
    """
    layer = env
    while layer is not None:
        # Not getattr: wrappers forward names that they do not have.
        own = getattr(layer, "__dict__", {})
        if any(isinstance(value, RewardRule) for value in own.values()):
            raise ValueError(_TWICE)
        layer = own.get("env", own.get("venv"))


def check_reset_info(has_conversation: bool) -> None:
    """Check that the environment is one whose conversation can be scored.

    Raises:
        ValueError: If its reset gave no conversation.
    """
    if not has_conversation:
        raise ValueError(_NO_CONVERSATION)


_TWICE = (
    "this environment has a learned reward already; info can hold the task's own reward once. "
    "Pass one WeightedSum of both reward functions instead."
)
_NO_CONVERSATION = (
    "a learned reward needs info['conversation'] and info['example'] at reset and at the end of each turn, as "
    "textgym's environments give them; this environment gave none."
)


def _check_info(info: Mapping[str, Any], terminated: bool) -> None:
    if "task_reward" in info:
        raise ValueError(_TWICE)
    if terminated and not info.get("turn_ended", False):
        raise ValueError(_NO_CONVERSATION)
