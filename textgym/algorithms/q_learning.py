# ruff: noqa: E402 - what is absent is named before anything imports it
"""Tabular Q-learning (Watkins, 1989) with the interface of Stable-Baselines3."""

from typing import Any, ClassVar

from textgym.errors import InvalidValue, check_share, require

for _package in ("torch", "stable_baselines3", "sb3_contrib"):
    require(_package, extra="train")

import numpy as np
from gymnasium import spaces
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule
from stable_baselines3.common.utils import LinearSchedule, safe_mean
from stable_baselines3.common.vec_env import VecEnv

from textgym.algorithms.q_table import QTable


class QLearning(BaseAlgorithm):
    """Watkins' Q-learning on a table, with epsilon-greedy exploration among legal actions.

    For environments with few different observations. Masks are used where the environment has `action_masks`.

    Args:
        policy: `"QTable"`, or a class like it.
        env: With `Discrete` actions; several environments fill one table.
        learning_rate: alpha, or a function of the share of the training that remains.
        gamma: Discount.
        visit_decay: omega: alpha is divided by (number of visits of the state and action) ** omega. 0 keeps
            alpha, which suffices where outcomes are certain; in (1/2, 1] the table converges where they are not
            (Even-Dar and Mansour, 2003, section 3).
        exploration: Shares of random actions: at the beginning, at the end, and the share of the training over
            which the first falls to the second in a straight line (as in DQN; Mnih et al., 2015), above 0. All in
            [0, 1]; the same number twice keeps it.
        policy_kwargs: `initial_value`, see `QTable`.
        verbose: As in Stable-Baselines3, like what follows.
        tensorboard_log: Folder.
        seed: Seed of the exploration and the environments.
        device: Not used.

    Raises:
        InvalidValue: If `exploration` is not three such shares.
        UnsupportedSpace: If observations are dicts or tuples.

    References:
        Watkins, 1989, "Learning from Delayed Rewards", chapter 7.
        Watkins and Dayan, 1992, "Q-learning", Machine Learning 8.
        Even-Dar and Mansour, 2003, "Learning Rates for Q-learning", JMLR 5.
    """

    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {"QTable": QTable}
    policy: QTable

    def __init__(
        self,
        policy: str | type[QTable],
        env: GymEnv | str | None,
        learning_rate: float | Schedule = 0.1,
        gamma: float = 0.99,
        visit_decay: float = 0.0,
        exploration: tuple[float, float, float] = (1.0, 0.05, 0.5),
        policy_kwargs: dict[str, Any] | None = None,
        verbose: int = 0,
        tensorboard_log: str | None = None,
        seed: int | None = None,
        device: str = "cpu",
        _init_setup_model: bool = True,
    ) -> None:
        super().__init__(
            policy,
            env,
            learning_rate,
            policy_kwargs=policy_kwargs,
            verbose=verbose,
            tensorboard_log=tensorboard_log,
            seed=seed,
            device=device,
            support_multi_env=True,
            supported_action_spaces=(spaces.Discrete,),
        )
        self.gamma, self.visit_decay = gamma, visit_decay
        self.exploration = _checked_exploration(exploration)
        self.exploration_rate = self.exploration[0]
        self._episodes = 0
        if _init_setup_model:
            self._setup_model()

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.policy = self.policy_class(self.observation_space, self.action_space, **self.policy_kwargs)  # type: ignore[assignment]
        self.exploration_schedule = LinearSchedule(*self.exploration)

    def set_random_seed(self, seed: int | None = None) -> None:
        """Seed the environments and the exploration."""
        super().set_random_seed(seed)
        self._rng = np.random.default_rng(seed)

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int | None = 100,
        tb_log_name: str = "QLearning",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> "QLearning":
        """Learn for so many steps, summed over environments; logs every `log_interval` episodes, if given."""
        total_timesteps, callback = self._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
        )
        env: VecEnv = self.env  # type: ignore[assignment]
        masked = is_masking_supported(env)

        def look(observations: Any) -> tuple[list[bytes], np.ndarray]:
            masks = (
                get_action_masks(env) if masked else np.ones((env.num_envs, self.policy.actions), np.bool_)
            )
            keys = self.policy.keys(observations)
            for key, mask in zip(keys, masks, strict=True):
                self.policy.meet(key, np.array(mask, np.bool_))
            return keys, masks

        states, masks = look(self._last_obs)
        callback.on_training_start(locals(), globals())
        while self.num_timesteps < total_timesteps:
            callback.on_rollout_start()
            self._update_current_progress_remaining(self.num_timesteps, total_timesteps)
            self.exploration_rate = float(self.exploration_schedule(self._current_progress_remaining))
            actions = np.array([self._explore(s, mask) for s, mask in zip(states, masks, strict=True)])
            new_obs, rewards, dones, infos = env.step(actions)
            self.num_timesteps += env.num_envs
            next_states, masks = look(new_obs)
            for row in range(env.num_envs):
                after = None if dones[row] else next_states[row]
                if dones[row] and infos[row].get("TimeLimit.truncated"):
                    (after,) = self.policy.keys(np.asarray(infos[row]["terminal_observation"])[None])
                self._update(states[row], int(actions[row]), float(rewards[row]), after)
            self._last_obs, states = new_obs, next_states  # type: ignore[assignment]
            self._update_info_buffer(infos, dones)
            callback.update_locals(locals())
            if not callback.on_step():
                break
            self._log_episodes(int(dones.sum()), log_interval)
            callback.on_rollout_end()
        callback.on_training_end()
        return self

    def predict(
        self,
        observation: np.ndarray,
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
        action_masks: np.ndarray | None = None,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for one observation or a batch: the best, or if not deterministic epsilon-greedy ones."""
        single = np.shape(observation) == self.observation_space.shape
        keys = self.policy.keys(np.asarray(observation)[None] if single else observation)
        masks: list[Any] = [None] * len(keys)
        if action_masks is not None:
            masks = list(np.reshape(action_masks, (len(keys), -1)))
        choose = self.policy.best if deterministic else self._explore
        actions = np.array([choose(key, mask) for key, mask in zip(keys, masks, strict=True)])
        return (actions[0] if single else actions), state

    def _explore(self, key: bytes, mask: np.ndarray | None) -> int:
        if self._rng.random() >= self.exploration_rate:
            return self.policy.best(key, mask)
        legal = np.arange(self.policy.actions) if mask is None else np.flatnonzero(mask)
        return int(self._rng.choice(legal))

    def _update(self, state: bytes, action: int, reward: float, after: bytes | None) -> None:
        """Q(s, a) <- Q(s, a) + alpha (r + gamma max_b Q(s', b) - Q(s, a)), over legal b; Watkins, 1989, chapter 7."""
        future = 0.0 if after is None else self.policy.values(after)[self.policy.best(after)]
        alpha = self.lr_schedule(self._current_progress_remaining)
        alpha /= self.policy.visit(state, action) ** self.visit_decay
        values = self.policy.values(state)
        values[action] += alpha * (reward + self.gamma * future - values[action])

    def _log_episodes(self, ended: int, log_interval: int | None) -> None:
        before, self._episodes = self._episodes, self._episodes + ended
        if ended == 0 or log_interval is None or before // log_interval == self._episodes // log_interval:
            return
        if self.ep_info_buffer:
            self.logger.record("rollout/ep_rew_mean", safe_mean([e["r"] for e in self.ep_info_buffer]))
            self.logger.record("rollout/ep_len_mean", safe_mean([e["l"] for e in self.ep_info_buffer]))
        self.logger.record("rollout/exploration_rate", self.exploration_rate)
        self.logger.record("table/states", len(self.policy))
        self.logger.record("time/episodes", self._episodes)
        self.logger.record("time/total_timesteps", self.num_timesteps)
        self.logger.dump(step=self.num_timesteps)


def _checked_exploration(exploration: object) -> tuple[float, float, float]:
    if not isinstance(exploration, tuple | list) or len(exploration) != 3:
        raise InvalidValue(f"exploration must be three shares, such as (1.0, 0.05, 0.5), got {exploration!r}")
    start, end, duration = (check_share("exploration", share) for share in exploration)
    if duration == 0:
        raise InvalidValue(
            "the third share of exploration, over which the first falls to the second, must be above 0, got 0; give the "
            f"same number twice for a constant one, such as ({end}, {end}, 1.0)"
        )
    return start, end, duration
