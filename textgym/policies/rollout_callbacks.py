"""What Stable-Baselines3 offers no place for in a policy or buffer: work on a rollout as a whole."""

from typing import cast

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback
from torch import Tensor

from textgym.errors import InvalidValue, UnsupportedSpace
from textgym.llm.packed import log_prob_and_entropy_at, packed_read
from textgym.policies.actor_heads import TokenHeads
from textgym.policies.llm_actor_critic import LLMActorCriticPolicy
from textgym.policies.packed_rollout_buffer import PackedRolloutBuffer

# Largest relative error that an adaptive penalty reacts to, and its reaction.
_ERROR_LIMIT = 0.2
_GAIN = 0.1


class PackedRolloutCallback(BaseCallback):
    """A callback on a rollout that lies in a `PackedRolloutBuffer`."""

    @property
    def policy(self) -> LLMActorCriticPolicy:
        """The policy."""
        return cast(LLMActorCriticPolicy, self.model.policy)

    @property
    def buffer(self) -> PackedRolloutBuffer:
        """The rollout."""
        return self.model.rollout_buffer  # type: ignore[attr-defined]

    def _init_callback(self) -> None:
        buffer = getattr(self.model, "rollout_buffer", None)
        if not isinstance(buffer, PackedRolloutBuffer):
            raise UnsupportedSpace(
                f"{type(self).__name__} needs rollout_buffer_class=PackedRolloutBuffer, got {type(buffer).__name__}"
            )

    def _on_step(self) -> bool:
        return True

    def _compute_advantages_again(self) -> None:
        self.buffer.compute_returns_and_advantage(self.locals["values"], self.locals["dones"])


class TruncationCallback(PackedRolloutCallback):
    """Encodes the last observations of all episodes that a step truncated in one batch.

    Stable-Baselines3 asks for their values one by one right after; each then finds its slot as it needs it.
    """

    def _on_step(self) -> bool:
        infos, dones = self.locals["infos"], self.locals["dones"]
        cut = [i for i in np.flatnonzero(dones) if infos[i].get("TimeLimit.truncated", False)]
        if len(cut) > 1:
            # The rows of the others are as they were, and cost nothing.
            batch = {name: rows.copy() for name, rows in self.model._last_obs.items()}  # type: ignore[union-attr]
            for i in cut:
                for name in batch:
                    batch[name][i] = infos[i]["terminal_observation"][name]
            with torch.no_grad():
                values = self.policy.predict_values(self.policy.obs_to_tensor(batch)[0])
                values.sum()  # looked at, and so computed
        return True


class RecomputeCallback(PackedRolloutCallback):
    """Replaces log-probabilities and values of a rollout by those of the update's own forward passes.

    In bfloat16, generation rounds differently from a pass over the whole conversation, by more than PPO's clip
    range allows for. With this callback the first minibatch of an update has ratio 1.
    """

    def _on_rollout_end(self) -> None:
        for segments in self.buffer.plan(getattr(self.model, "batch_size", None)):
            samples = self.buffer.samples(segments)
            with torch.no_grad():
                values, log_probs, _ = self.policy.evaluate_actions(samples.observations, samples.actions)
            index = self.buffer.index(segments)
            self.buffer.values[index] = values.cpu().numpy()[:, 0]
            self.buffer.log_probs[index] = log_probs.cpu().numpy()
        self._compute_advantages_again()


class ReferenceKLCallback(PackedRolloutCallback):
    """A penalty for leaving the reference policy, the language model as it was before training.

    Each token's reward is lowered by beta (log pi(token) - log pi_ref(token)); the reference shares the frozen
    base model. Logs `rollout/kl_to_reference`, an estimate of KL(pi, pi_ref) in nats per token, and
    `rollout/kl_beta`. Episode returns in the log stay those of the environment.

    Args:
        beta: Weight of the penalty, in reward per nat; at least 0.
        target: With a number, beta is raised while the estimate is above it and lowered while it is below, in
            nats per token; None keeps beta.

    References:
        Ziegler et al., 2019, arXiv:1909.08593, section 2.2; the estimate is k3 of Schulman, 2020,
        http://joschu.net/blog/kl-approx.html.
    """

    def __init__(self, beta: float, *, target: float | None = None) -> None:
        super().__init__()
        if beta < 0:
            raise InvalidValue(f"beta must be at least 0, got {beta}")
        if target is not None and (target <= 0 or beta == 0):
            raise InvalidValue(
                f"an adaptive penalty needs a target and a beta above 0, got {target} and {beta}"
            )
        self.beta, self._target = beta, target

    def _init_callback(self) -> None:
        super()._init_callback()
        self._reference = self.policy.backbone.reference()

    def _on_rollout_end(self) -> None:
        buffer = self.buffer
        samples = buffer.samples(buffer.segments)
        vocabulary = cast(TokenHeads, self.policy.heads).actions
        actions = samples.actions.to(self._reference.model.device)

        def read(hidden: Tensor, own: Tensor) -> tuple[Tensor, ...]:
            return log_prob_and_entropy_at(
                self._reference, hidden, actions[own], vocabulary=vocabulary, total=len(actions)
            )

        with torch.no_grad():
            reference, _ = packed_read(
                self._reference, samples.observations, read, max_tokens=self.policy.max_update_tokens
            )
        gap = samples.old_log_prob.cpu().numpy() - reference.cpu().numpy()
        buffer.rewards[buffer.index(buffer.segments)] -= self.beta * gap
        self._compute_advantages_again()
        # Positive sample by sample and without bias: exp(-gap) - 1 + gap.
        mean = float((np.expm1(-gap) + gap).mean())
        self.logger.record("rollout/kl_to_reference", mean)
        self.logger.record("rollout/kl_beta", self.beta)
        if self._target is not None:
            error = float(np.clip(mean / self._target - 1, -_ERROR_LIMIT, _ERROR_LIMIT))
            self.beta *= 1 + _GAIN * error
