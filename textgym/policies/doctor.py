"""Watches a training and says what is wrong with it."""

import warnings
from collections import Counter, deque
from typing import cast

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.utils import explained_variance

from textgym.errors import UnsupportedSpace
from textgym.policies.doctor_checks import (
    IN_A_ROW,
    MIN_EPISODES,
    CutOff,
    Finding,
    check_cut_off,
    check_end_of_turn,
    check_entropy,
    check_finite,
    check_history,
    check_ratio,
    check_reference_kl,
    check_reward_scale,
    check_truncation,
    check_turn_ends,
    check_update_kl,
)
from textgym.policies.doctor_measurements import EpisodeCount, FirstPass, cut_off_share
from textgym.policies.llm_actor_critic import LLMActorCriticPolicy
from textgym.policies.packed_rollout_buffer import PackedRolloutBuffer
from textgym.policies.views import view_of


class DoctorWarning(UserWarning):
    """A `Finding` about a training."""


class DoctorCallback(BaseCallback):
    """Says in plain words what is wrong with a PPO or A2C training on the token view, and what to do.

    Each finding is kept in `findings` and given once as a `DoctorWarning`; `doctor/<check>` in the log counts the
    rollouts and updates that showed it. `textgym/policies/doctor_checks.py` lists what is checked, with the
    thresholds. Whether histories are rewritten is seen in a `PackedRolloutBuffer` only, and how turns end only where
    the environments have a `tokenizer`.

    Put it last in the list of callbacks, so that it sees what others make of a rollout. The training is the
    same with it and without it. It runs no forward pass of its own and draws no random numbers: it reads the first
    minibatch of an update while the algorithm evaluates it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._update_kl: deque[float] = deque(maxlen=IN_A_ROW)
        self._reference_kl: deque[float] = deque(maxlen=IN_A_ROW)
        self._cut_off: deque[CutOff] = deque(maxlen=IN_A_ROW)
        self._first_entropy: float | None = None
        self._update: FirstPass | None = None

    def _init_callback(self) -> None:
        model = self.model
        if not isinstance(model, OnPolicyAlgorithm) or not isinstance(model.policy, LLMActorCriticPolicy):
            raise TypeError(
                f"DoctorCallback expected PPO or A2C with LLMActorCriticPolicy, got {type(model).__name__} with "
                f"{type(model.policy).__name__}"
            )
        if view_of(model.observation_space).candidates:
            raise UnsupportedSpace("DoctorCallback watches the token view, got a choice view; leave it out")
        env, self._policy = self.training_env, model.policy
        self._end_of_turn: int | None = None
        if env.has_attr("tokenizer"):
            self._end_of_turn = env.get_attr("tokenizer")[0].end_of_turn_id
        self._episodes = EpisodeCount(env.num_envs, self._end_of_turn)

    @property
    def _buffer(self) -> RolloutBuffer:
        return cast(OnPolicyAlgorithm, self.model).rollout_buffer

    def _on_rollout_start(self) -> None:
        self._after_update()
        self._episodes.ended_by_policy = 0

    def _on_step(self) -> bool:
        begins = cast(np.ndarray, cast(OnPolicyAlgorithm, self.model)._last_episode_starts)
        self._episodes.step(begins, *(self.locals[name] for name in ("actions", "rewards", "dones", "infos")))
        return True

    def _on_rollout_end(self) -> None:
        episodes, buffer = self._episodes, self._buffer
        self._report(check_finite(buffer.rewards))
        if isinstance(buffer, PackedRolloutBuffer):
            inside = buffer.episode_starts == 0
            rewritten = [s for s in buffer.segments if s.start and inside[s.start, s.env]]
            self._report(check_history(len(rewritten), int(inside[1:].sum())))
        if len(episodes.returns) >= MIN_EPISODES:
            self._report(
                check_reward_scale(np.array(episodes.returns)),
                check_truncation(episodes.truncated, len(episodes.returns)),
                check_turn_ends(episodes.unended, episodes.turns),
            )
            episodes.clear()
        explained = explained_variance(buffer.values.flatten(), buffer.returns.flatten())
        self._cut_off.append(CutOff(cut_off_share(buffer, self.locals["dones"]), float(explained)))
        self._report(check_cut_off(self._cut_off, steps=buffer.buffer_size, mean_length=episodes.mean_length))
        kl = self.logger.name_to_value.get("rollout/kl_to_reference")
        if kl is not None:
            self._reference_kl.append(kl)
            self._report(check_reference_kl(self._reference_kl))
        self._log()
        self._update = FirstPass(buffer, self._policy)

    def _on_training_end(self) -> None:
        self._after_update()
        self._log()

    def _after_update(self) -> None:
        if self._update is None:
            return
        update, self._update = self._update, None
        self._report(update.dropout)
        if update.gaps is not None and isinstance(self.model, PPO):
            self._report(check_ratio(update.gaps))
        if update.complete and self._end_of_turn is not None:
            actions, log_probs = np.concatenate(update.actions), np.concatenate(update.log_probs)
            ends = actions == self._end_of_turn
            self._report(check_end_of_turn(self._episodes.ended_by_policy, log_probs[ends], log_probs[~ends]))
        # The algorithm has recorded these after the last output of the log.
        log = self.logger.name_to_value
        if "train/approx_kl" in log:
            self._update_kl.append(float(log["train/approx_kl"]))
            self._report(check_update_kl(self._update_kl))
        if "train/entropy_loss" in log:
            entropy = -float(log["train/entropy_loss"])
            self._first_entropy = entropy if self._first_entropy is None else self._first_entropy
            self._report(check_entropy(self._first_entropy, entropy))

    def _report(self, *findings: Finding | None) -> None:
        for finding in findings:
            if finding is None:
                continue
            self._counts[finding.check] += 1
            if self._counts[finding.check] == 1:
                self.findings.append(finding)
                warnings.warn(str(finding), DoctorWarning, stacklevel=2)

    def _log(self) -> None:
        for check, count in self._counts.items():
            self.logger.record(f"doctor/{check}", count)
