"""Rewards from a reward function, for single and vector environments."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from textgym.protocols import RewardFn
from textgym.wrappers.reward_rule import INFO_KEYS, Mode, RewardRule, When, check_reset_info, refuse_second


class LearnedReward(gym.Wrapper, RecordConstructorArgs):
    """Rewards an agent by a reward function that reads the conversation.

    It works on every view, because it looks only at `info["conversation"]`, `info["example"]` and
    `info["turn_ended"]`; steps inside a turn (tokens) earn nothing learned. The conversation is passed as info
    holds it: the agent's newest reply is its last `assistant` message, and unless the task has ended the
    environment's answer follows it. `LearnedReward(venv, ...)` of a Gymnasium vector environment gives a
    `LearnedRewardVector`, which scores all rows in one call; wrap the vector environment rather than each
    environment inside it, so that a model is loaded once and reads batches.

    With r the task's own reward, and c the score where one is taken, 0 elsewhere, the reward of a step is

    - `"replace"`: c.
    - `"add"`: r + c.
    - `"shape"`: r + P' - P, where the potential P is the newest turn's score, 0 before the first and 0 where
      the task terminates. So the undiscounted return changes by P(end) - P(start): by 0 when the task
      terminates, which leaves the best policy as it was, and by the last score when the episode is cut
      (`truncated`), where the learner's value estimate carries on. It moves reward to earlier turns; in a
      one-turn task it changes nothing.

    Scores are taken at the end of the episode (`when="episode"`, terminated or truncated; not possible with
    `"shape"`) or at the end of every agent turn (`when="turn"`). An episode that is truncated in the middle of a
    turn, as by `TimeLimit` on a token view, has no finished reply there and that step is not scored.

    Info gets `task_reward` at every step, and `learned_reward` (c itself, in every mode) where a score was
    taken. Wrappers that sum rewards (`RecordEpisodeStatistics`) belong outside this one.

    Args:
        env: A textgym environment in any view, or a Gymnasium vector environment of them.
        reward_fn: Scores conversations. It is neither copied nor put into `env.spec`, which holds its name.
        mode: How the score enters the reward.
        when: `"episode"`, `"turn"`, or None for `"turn"` in shape mode and `"episode"` else.

    Raises:
        ValueError: If mode and when are unknown or do not go together, or if the environment has a learned
            reward already: two are one `WeightedSum`.
        TypeError: If the reward function cannot be called.

    References:
        Ng, Harada and Russell, 1999, "Policy invariance under reward transformations", ICML.
    """

    def __new__(cls, env: Any = None, *args: Any, **kwargs: Any) -> Any:
        """A `LearnedRewardVector` for a vector environment, else a plain wrapper (also when unpickling)."""
        if isinstance(env, VectorEnv):
            return LearnedRewardVector(env, *args, **kwargs)
        return super().__new__(cls)

    def __init__(
        self, env: gym.Env, reward_fn: RewardFn, *, mode: Mode = "replace", when: When | None = None
    ) -> None:
        refuse_second(env)
        self._rule = RewardRule(reward_fn, mode=mode, when=when, rows=1)
        RecordConstructorArgs.__init__(self, _disable_deepcopy=True, **self._rule.describe())
        gym.Wrapper.__init__(self, env)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode.

        Raises:
            ValueError: If the environment's info holds no conversation.
        """
        observation, info = self.env.reset(seed=seed, options=options)
        check_reset_info("conversation" in info)
        self._rule.begin()
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take a step and replace its reward."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        task = np.array([reward], np.float64)
        step = self._rule.step([info], task, np.array([terminated]), np.array([truncated]))
        return observation, float(step.rewards[0]), terminated, truncated, {**info, **step.info(0, task[0])}

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot: the potential."""
        return {"potential": float(self._rule.potentials[0])}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave."""
        self._rule.potentials[0] = state["potential"]


class LearnedRewardVector(VectorWrapper):
    """`LearnedReward` of a Gymnasium vector environment: all rows are scored in one call.

    The three autoreset modes are supported. NEXT_STEP: the step that resets a row is not scored and earns what
    the vector environment gives, 0. SAME_STEP: the finished conversation in `infos["final_info"]` is scored,
    not the next episode's. DISABLED: rows are reset with `options["reset_mask"]`.

    `infos["task_reward"]` and `infos["learned_reward"]` are arrays of shape (N,) with the masks
    `infos["_task_reward"]` and `infos["_learned_reward"]`; they belong to the step, as `rewards` does, and in
    SAME_STEP `infos["final_info"]` repeats them for the rows that ended. `AsyncVectorEnv` needs
    `shared_memory=False` for text.

    Args:
        env: A vector environment of textgym environments.
        reward_fn: As for `LearnedReward`.
        mode: As for `LearnedReward`.
        when: As for `LearnedReward`.

    Raises:
        ValueError: As for `LearnedReward`, or if the environment does not state its autoreset mode.
        TypeError: If the reward function cannot be called.
    """

    def __init__(
        self, env: VectorEnv, reward_fn: RewardFn, *, mode: Mode = "replace", when: When | None = None
    ) -> None:
        refuse_second(env)
        super().__init__(env)
        if "autoreset_mode" not in env.metadata:
            raise ValueError(
                f"{type(env).__name__} does not say when it resets; set metadata['autoreset_mode'] to a member of "
                "gymnasium.vector.AutoresetMode."
            )
        self._autoreset = AutoresetMode(env.metadata["autoreset_mode"])
        self._rule = RewardRule(reward_fn, mode=mode, when=when, rows=env.num_envs)
        self._ended = np.zeros(env.num_envs, np.bool_)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start episodes in all rows, or in those of `options["reset_mask"]`.

        Raises:
            ValueError: If the environments' info holds no conversation.
        """
        # The vector environment takes the mask out of the options it is given.
        options = dict(options) if options is not None else None
        rows = options.get("reset_mask", slice(None)) if options else slice(None)
        observations, infos = self.env.reset(seed=seed, options=options)
        check_reset_info("conversation" in infos)
        self._rule.begin(rows)
        self._ended[rows] = False
        return observations, infos

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Take a step in all rows and replace the rewards."""
        observations, task, terminated, truncated, infos = self.env.step(actions)
        ended = terminated | truncated
        resetting = self._ended & (self._autoreset is AutoresetMode.NEXT_STEP)
        rows = [
            {} if resetting[i] else self._row_info(infos, i, bool(ended[i])) for i in range(self.num_envs)
        ]
        step = self._rule.step(rows, task, terminated, truncated)
        self._ended = ended
        infos = {**infos, "task_reward": np.array(task), "_task_reward": ~resetting}
        if step.scored.any():
            infos |= {"learned_reward": step.scores, "_learned_reward": step.scored}
        if self._autoreset is AutoresetMode.SAME_STEP:
            for i in np.flatnonzero(ended):
                infos = self._add_info(infos, {"final_info": step.info(int(i), task[i])}, int(i))
        return observations, step.rewards.astype(task.dtype), terminated, truncated, infos

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot: the potentials, and which rows ended in the last step."""
        return {"potentials": self._rule.potentials.tolist(), "ended": self._ended.tolist()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave."""
        self._rule.potentials = np.array(state["potentials"])
        self._ended = np.array(state["ended"], np.bool_)

    def _row_info(self, infos: Mapping[str, Any], row: int, ended: bool) -> dict[str, Any]:
        if ended and self._autoreset is AutoresetMode.SAME_STEP:
            infos = infos.get("final_info", {})
        return {key: infos[key][row] for key in INFO_KEYS if key in infos and infos[f"_{key}"][row]}
