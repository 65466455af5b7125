"""What `DoctorCallback` measures of a training, without computing anything that the training does not."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from stable_baselines3.common.buffers import RolloutBuffer

from textgym.policies.doctor_checks import Finding, check_dropout
from textgym.policies.llm_actor_critic import LLMActorCriticPolicy


class EpisodeCount:
    """What the environments did, counted from step to step.

    Args:
        envs: Number N of environments.
        end_of_turn: Id that ends a turn; None if it is not known.
    """

    def __init__(self, envs: int, end_of_turn: int | None) -> None:
        self._end_of_turn = end_of_turn
        self._return = np.zeros(envs)
        # An episode that was running before the first step has a return that nobody knows.
        self._whole = np.zeros(envs, np.bool_)
        self._steps, self._ends = 0, 0
        self.ended_by_policy = 0
        self.clear()

    def clear(self) -> None:
        """Forget finished episodes and turns."""
        self.returns: list[float] = []
        self.truncated, self.turns, self.unended = 0, 0, 0

    @property
    def mean_length(self) -> float:
        """Steps per end of an episode; never forgotten."""
        return self._steps / max(1, self._ends)

    def step(
        self,
        begins: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        dones: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        """Count one step of all environments; `begins` says whether it was the first of an episode, bool (N,)."""
        begins = np.asarray(begins, np.bool_)
        self._whole |= begins
        self._return = np.where(begins, 0.0, self._return) + rewards
        self._steps += len(dones)
        self._ends += int(dones.sum())
        cut = np.array([bool(info.get("TimeLimit.truncated", False)) for info in infos])
        whole = np.flatnonzero(dones & self._whole)
        self.returns += self._return[whole].tolist()
        self.truncated += int(cut[whole].sum())
        if self._end_of_turn is not None:
            ends = actions == self._end_of_turn
            turns = ends | (dones & ~cut) | [bool(info.get("turn_ended", False)) for info in infos]
            self.ended_by_policy += int(ends.sum())
            self.turns += int(turns.sum())
            self.unended += int((turns & ~ends).sum())


class FirstPass:
    """The first pass of an update over a rollout, read while the algorithm makes it.

    A method of the buffer and one of the policy are covered by own ones, each until it is called for the first
    time: subclassing would ask the user for another policy, and a pass of its own would cost time and, with
    dropout, random numbers.

    Args:
        buffer: A full rollout.
        policy: The policy that is about to be updated.
    """

    def __init__(self, buffer: RolloutBuffer, policy: LLMActorCriticPolicy) -> None:
        self.gaps: np.ndarray | None = None
        self.dropout: Finding | None = None
        self.actions: list[np.ndarray] = []
        self.log_probs: list[np.ndarray] = []
        self.complete = False
        self._buffer, self._policy = buffer, policy
        self._get, self._evaluate_actions = buffer.get, policy.evaluate_actions
        vars(buffer)["get"], vars(policy)["evaluate_actions"] = self._read, self._evaluate

    def _read(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        vars(self._buffer).pop("get", None)
        for samples in self._get(*args, **kwargs):
            self.actions.append(samples.actions.flatten().cpu().numpy())
            self.log_probs.append(samples.old_log_prob.cpu().double().numpy())
            yield samples
        self.complete = True

    def _evaluate(self, *args: Any, **kwargs: Any) -> Any:
        vars(self._policy).pop("evaluate_actions", None)
        self.dropout = check_dropout(self._policy, self._policy.backbone.model)
        result = self._evaluate_actions(*args, **kwargs)
        self.gaps = result[1].detach().cpu().double().numpy() - self.log_probs[-1]
        return result


def cut_off_share(buffer: RolloutBuffer, dones: np.ndarray) -> float:
    """Share of a rollout's steps in episodes that were running at its end; `dones` of its last step, bool (N,)."""
    starts = buffer.episode_starts.astype(np.bool_)
    steps = len(starts)
    last = np.where(starts.any(0), steps - 1 - starts[::-1].argmax(0), 0)
    return float(np.where(dones, 0, steps - last).mean() / steps)
