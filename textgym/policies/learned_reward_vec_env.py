"""Rewards from a reward function, for Stable-Baselines3 vector environments."""

from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from textgym.protocols import RewardFn
from textgym.wrappers.reward_rule import Mode, RewardRule, When, refuse_second


class LearnedRewardVecEnv(VecEnvWrapper):
    """`textgym.wrappers.LearnedReward` of a Stable-Baselines3 `VecEnv`: all rows are scored in one call.

    A Stable-Baselines3 environment resets itself in the step that ends an episode, and that step's info is the
    finished episode's: it is what gets scored. Observations, `terminal_observation` and all other info stay as
    they are. So the episode returns of a `Monitor` inside, and with them `rollout/ep_rew_mean` of the training
    log, remain the task's own; a `VecMonitor` outside reports the learned ones.

    Args:
        venv: Environments of a token or choice view.
        reward_fn: Scores conversations.
        mode: As for `LearnedReward`.
        when: As for `LearnedReward`.

    Raises:
        ValueError: If mode and when do not go together, or the environment has a learned reward already.
        TypeError: If the reward function cannot be called.
    """

    def __init__(
        self, venv: VecEnv, reward_fn: RewardFn, *, mode: Mode = "replace", when: When | None = None
    ) -> None:
        refuse_second(venv)
        super().__init__(venv)
        self._rule = RewardRule(reward_fn, mode=mode, when=when, rows=venv.num_envs)

    def reset(self) -> Any:
        """Start episodes in all rows."""
        observations = self.venv.reset()
        self.reset_infos = self.venv.reset_infos
        self._rule.begin()
        return observations

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Finish the step and replace the rewards."""
        observations, task, dones, infos = self.venv.step_wait()
        truncated = dones & np.array([bool(info.get("TimeLimit.truncated", False)) for info in infos])
        step = self._rule.step(infos, task, dones & ~truncated, truncated)
        infos = [{**info, **step.info(row, task[row])} for row, info in enumerate(infos)]
        return observations, step.rewards.astype(task.dtype), dones, infos
