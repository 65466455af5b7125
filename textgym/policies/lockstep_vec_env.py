"""A native vector environment as one of Stable-Baselines3."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.env_util import is_wrapped
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices

from textgym.envs.snapshots import get_state, set_state
from textgym.vector.lockstep import LockstepVectorEnv


class LockstepVecEnv(VecEnv):
    """N environments that are stepped together; what it gives is what `DummyVecEnv` gives over `Monitor`.

    An episode that ends is followed by the next one in the same step, and its last observation is
    `infos[i]["terminal_observation"]`; `infos[i]["episode"]` holds its return `r`, length `l` in steps and time
    `t` in seconds since this object was made. What is handed out is new at every step and never written to
    again. Attributes, methods and wrappers are those of the N environments: token views, or
    decision-level ones, whose `action_masks` MaskablePPO asks for.

    Args:
        venv: The environments. Its own `reset` and `step` are not used, so its autoreset mode does not matter.
    """

    def __init__(self, venv: LockstepVectorEnv) -> None:
        self._venv = venv
        super().__init__(venv.num_envs, venv.single_observation_space, venv.single_action_space)
        self._all_rows = np.ones(self.num_envs, np.bool_)
        self._returns = np.zeros(self.num_envs)
        self._lengths = np.zeros(self.num_envs, np.int64)
        self._made_at = time.time()

    def reset(self) -> Any:
        """Start episodes in all rows, with the seeds and options that were set for them."""
        for row, env in enumerate(self._venv.envs):
            _, self.reset_infos[row] = env.reset(seed=self._seeds[row], options=self._options[row] or None)
        self._reset_seeds()
        self._reset_options()
        self._returns[:] = 0
        self._lengths[:] = 0
        return self._venv.observations()

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the next action of each row, shape (N,)."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Take the actions.

        Returns:
            Observations of all rows, rewards (N,) float32, dones (N,) and N infos.
        """
        outcomes = self._venv.advance(self._actions, self._all_rows)
        rewards, dones = np.zeros(self.num_envs), np.zeros(self.num_envs, np.bool_)
        infos: list[dict[str, Any]] = [{"TimeLimit.truncated": False} for _ in range(self.num_envs)]
        self._lengths += 1
        for row, (reward, terminated, truncated, info) in outcomes.items():
            rewards[row], dones[row] = reward, terminated or truncated
            self._returns[row] += rewards[row]
            infos[row] = {**info, "TimeLimit.truncated": truncated and not terminated}
            if dones[row]:
                infos[row] |= {
                    "terminal_observation": self._venv.observation(row),
                    "episode": self._end_episode(row),
                }
                self.reset_infos[row] = self._venv.restart(row)
        return self._venv.observations(), rewards.astype(np.float32), dones, infos

    def get_state(self) -> dict[str, Any]:
        """A snapshot between two steps, as JSON values; see `textgym.get_state`."""
        running = {"returns": self._returns.tolist(), "lengths": self._lengths.tolist()}
        return {"views": get_state(self._venv), **running}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            ValueError: If it was taken from views that were made otherwise.
        """
        set_state(self._venv, state["views"])
        self._returns[:], self._lengths[:] = state["returns"], state["lengths"]

    def close(self) -> None:
        """Close the views."""
        self._venv.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """An attribute of each environment, or of the environment inside it."""
        return [env.get_wrapper_attr(attr_name) for env in self._rows(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute where each environment, or the environment inside it, has it."""
        for env in self._rows(indices):
            env.set_wrapper_attr(attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of each environment, or of the environment inside it."""
        rows = self._rows(indices)
        return [env.get_wrapper_attr(method_name)(*method_args, **method_kwargs) for env in rows]

    def env_is_wrapped(self, wrapper_class: type[gym.Wrapper], indices: VecEnvIndices = None) -> list[bool]:
        """Whether each environment is or has such a wrapper; `Monitor` counts, because its work is done here."""
        return [wrapper_class is Monitor or is_wrapped(env, wrapper_class) for env in self._rows(indices)]

    def _rows(self, indices: VecEnvIndices) -> Sequence[gym.Env]:
        return [self._venv.envs[row] for row in self._get_indices(indices)]

    def _end_episode(self, row: int) -> dict[str, float]:
        seconds = round(time.time() - self._made_at, 6)
        statistics = {"r": round(float(self._returns[row]), 6), "l": int(self._lengths[row]), "t": seconds}
        self._returns[row], self._lengths[row] = 0, 0
        return statistics
