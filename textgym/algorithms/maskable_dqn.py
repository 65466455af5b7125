# ruff: noqa: E402 - what is absent is named before anything imports it
"""Deep Q-networks (Mnih et al., 2015) that know which actions are legal."""

from typing import Any, ClassVar, NamedTuple, cast

from textgym.errors import require

for _package in ("torch", "stable_baselines3", "sb3_contrib"):
    require(_package, extra="train")

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3 import DQN
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv
from stable_baselines3.common.vec_env import VecNormalize
from torch import Tensor
from torch.nn import functional

from textgym.errors import InvalidValue, UnsupportedSpace


class MaskableSamples(NamedTuple):
    """Transitions, B of them; what is legal afterwards is bool (B, n)."""

    observations: Tensor
    actions: Tensor
    next_observations: Tensor
    dones: Tensor
    rewards: Tensor
    next_masks: Tensor


class MaskableReplayBuffer(ReplayBuffer):
    """A replay buffer that holds which actions are legal after each transition.

    Its arguments are those of its base class.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next_masks = np.ones((self.buffer_size, self.n_envs, int(self.action_space.n)), np.bool_)  # type: ignore[attr-defined]

    def _get_samples(self, batch_inds: np.ndarray, env: VecNormalize | None = None) -> MaskableSamples:  # type: ignore[override]
        # From the generator of the base class, which the seed of the algorithm sets.
        at = batch_inds, np.random.randint(self.n_envs, size=len(batch_inds))  # noqa: NPY002
        arrays = (
            self._normalize_obs(self.observations[at], env),
            self.actions[at],
            self._normalize_obs(self.next_observations[at], env),
            (self.dones[at] * (1 - self.timeouts[at]))[:, None],
            self._normalize_reward(self.rewards[at][:, None], env),
            self.next_masks[at],
        )
        return MaskableSamples(*(self.to_torch(array) for array in arrays))  # type: ignore[arg-type]


class MaskableDQN(DQN):
    """DQN whose forbidden actions have the value minus infinity: when it acts, explores and looks ahead.

    It takes the masks of `action_masks()`, as MaskablePPO does; where the environment has none it is DQN, except that
    each row explores for itself. Its arguments are those of DQN. Observations are arrays.

    Raises:
        UnsupportedSpace: If observations are dicts: give them as features, see `FeatureCachingVecEnv`.
        InvalidValue: If `n_steps` is not 1 or `optimize_memory_usage` is set.

    References:
        Mnih et al., 2015, "Human-level control through deep reinforcement learning", Nature 518, algorithm 1.
        Huang and Ontañón, 2022, "A closer look at invalid action masking in policy gradient algorithms",
        arXiv:2006.14171 (why to mask).
    """

    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = DQN.policy_aliases
    replay_buffer: MaskableReplayBuffer

    def _setup_model(self) -> None:
        if not isinstance(self.observation_space, spaces.Box):
            raise UnsupportedSpace(
                f"MaskableDQN needs arrays for observations, got {self.observation_space}; wrap the environments in "
                "FeatureCachingVecEnv"
            )
        if self.n_steps != 1 or self.optimize_memory_usage:
            raise InvalidValue("MaskableDQN takes n_steps=1 and optimize_memory_usage=False only")
        self.replay_buffer_class = MaskableReplayBuffer
        super()._setup_model()
        self._masked = self.env is not None and is_masking_supported(self.env)

    def set_env(self, env: GymEnv, force_reset: bool = True) -> None:
        """Take other environments, as a model that was loaded without any needs them, and their masks."""
        super().set_env(env, force_reset)
        self._masked = is_masking_supported(self.env)  # type: ignore[arg-type]

    def set_random_seed(self, seed: int | None = None) -> None:
        """Seed the environments, the networks and the exploration."""
        super().set_random_seed(seed)
        self._rng = np.random.default_rng(seed)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Update the network: towards r + gamma max_b Q'(s', b) over legal b, with the Huber loss."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        losses = []
        for _ in range(gradient_steps):
            batch = cast(MaskableSamples, self.replay_buffer.sample(batch_size, env=self._vec_normalize_env))
            with torch.no_grad():
                ahead = self.q_net_target(batch.next_observations)
                best = ahead.masked_fill(~batch.next_masks, -torch.inf).amax(1, keepdim=True)
                targets = batch.rewards + (1 - batch.dones) * self.gamma * best
            values = self.q_net(batch.observations).gather(1, batch.actions)
            loss = functional.smooth_l1_loss(values, targets)
            self.policy.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            losses.append(loss.item())
        self._n_updates += gradient_steps
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/loss", np.mean(losses))

    def predict(
        self,
        observation: np.ndarray,  # type: ignore[override]
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
        action_masks: np.ndarray | None = None,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for one observation or a batch: the best, or if not deterministic epsilon-greedy ones.

        `action_masks` is bool (n,) or (B, n); without it everything is legal.
        """
        self.policy.set_training_mode(False)
        batch, many = self.policy.obs_to_tensor(observation)
        with torch.no_grad():
            values = self.policy.q_net(batch).cpu().numpy()  # type: ignore[operator]
        masks = np.ones(values.shape, np.bool_)
        if action_masks is not None:
            masks[:] = np.reshape(action_masks, masks.shape)
        actions = np.where(masks, values, -np.inf).argmax(1)
        if not deterministic:
            explores = self._rng.random(len(actions)) < self.exploration_rate
            actions[explores] = self._random_actions(masks[explores])
        return (actions if many else actions[0]), state

    def _sample_action(
        self, learning_starts: int, action_noise: Any = None, n_envs: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        masks = self._legal(n_envs)
        if self.num_timesteps < learning_starts:
            actions = self._random_actions(masks)
        else:
            actions, _ = self.predict(self._last_obs, action_masks=masks)  # type: ignore[arg-type]
        return actions, actions

    def _store_transition(self, replay_buffer, buffer_action, new_obs, reward, dones, infos) -> None:
        masks = self._legal(len(dones))
        # Those rows show the next episode already. What was legal at an end counts only where a time limit ended it,
        # and is not known there.
        masks[dones] = True
        self.replay_buffer.next_masks[self.replay_buffer.pos] = masks
        super()._store_transition(replay_buffer, buffer_action, new_obs, reward, dones, infos)

    def _legal(self, rows: int) -> np.ndarray:
        if not self._masked:
            return np.ones((rows, int(self.action_space.n)), np.bool_)  # type: ignore[attr-defined]
        return np.array(get_action_masks(self.env), np.bool_)  # type: ignore[arg-type]

    def _random_actions(self, masks: np.ndarray) -> np.ndarray:
        """A legal action for each row, all with the same probability."""
        return np.where(masks, self._rng.random(masks.shape), -1.0).argmax(1)
