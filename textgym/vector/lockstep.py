"""Vector environments whose rows are stepped together in one process."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, SupportsFloat, TypeVar, cast

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.vector.utils import iterate

from textgym.envs import snapshots
from textgym.tasks.base import ExampleSource

Outcome = tuple[SupportsFloat, bool, bool, dict[str, Any]]
"""What `step` of one environment returns after the observation: reward, terminated, truncated, info."""


Lockstep = TypeVar("Lockstep", bound="LockstepVectorEnv")


class LockstepVectorEnv(SyncVectorEnv):
    """N environments of one task, given their actions together.

    Observations, rewards, ends and infos are those of `SyncVectorEnv` over the same environments, seeds and
    actions, in all three autoreset modes. Row i of `reset(seed=s)` is seeded with s + i and draws from its own
    `np_random`. An action that is refused leaves every row as it was.

    Args:
        env_fns: Make the N environments, without wrappers; all with one task object.
        autoreset_mode: When a row whose episode ended is reset: with the next step (Gymnasium's usual mode),
            with the same step, or by the caller (`reset(options={"reset_mask": ...})`).

    Raises:
        TypeError: If an environment is wrapped or of another kind.
        ValueError: If the environments do not share a task, or one object is given twice.
    """

    task: ExampleSource

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gym.Env]],
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    ) -> None:
        if not env_fns:
            raise ValueError("a vector environment needs at least 1 environment, got 0")
        # Nothing is to be copied: `reset` and `step` here return observations of their own.
        super().__init__(env_fns, copy=False, autoreset_mode=autoreset_mode)
        inner: list[Any] = [self._inner_env(env) for env in self.envs]
        self.task = inner[0].task
        if any(env.task is not self.task for env in inner):
            raise ValueError(
                "all environments must hold one and the same task object: it is asked for all of them together"
            )
        if len({id(env) for env in inner}) < self.num_envs:
            raise ValueError("env_fns must make a new environment at each call, got the same one again")
        self._ended = np.zeros(self.num_envs, np.bool_)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes in all rows, or in those of `options["reset_mask"]` (bool, shape (N,)).

        Args:
            seed: One for each row, or s for s, s + 1, ..., or None.
            options: For every row that starts, see `reset` of the environment.
        """
        given = dict(options) if options is not None else None
        rows = given.get("reset_mask", slice(None)) if given else slice(None)
        if given and "reset_mask" in given:
            # The rows that do not start show what they show now, after a restored snapshot too.
            self._env_obs = list(iterate(self.observation_space, self.observations()))
        _, infos = super().reset(seed=cast(Any, seed), options=given)
        self._ended[rows] = False
        return self.observations(), infos

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Give every row its action.

        Raises:
            EpisodeOver: If a row has no running episode.
            ValueError: If there is not one action for each row, or one lies outside its space.
            TypeError: If a text action is no string.
            ReplyTooLong: If a reply exceeds the action space of the text environment.
        """
        resetting = self._ended & (self.autoreset_mode is AutoresetMode.NEXT_STEP)
        outcomes = self.advance(actions, ~resetting)
        terminated, truncated = np.zeros(self.num_envs, np.bool_), np.zeros(self.num_envs, np.bool_)
        rewards = np.zeros(self.num_envs)
        told = np.flatnonzero(resetting).tolist()
        for row, (reward, over, cut, info) in outcomes.items():
            # Most rows have nothing to say; writing into an array costs more than asking.
            if reward:
                rewards[row] = reward
            if over or cut:
                terminated[row], truncated[row] = over, cut
            if over or cut or info:
                told.append(row)
        # Known before any reset, which may refuse an example.
        self._ended = terminated | truncated
        same_step = self.autoreset_mode is AutoresetMode.SAME_STEP
        infos: dict[str, Any] = {}
        for row in sorted(told):
            if resetting[row]:
                info = self.restart(row)
            else:
                info = outcomes[row][-1]
                if same_step and self._ended[row]:
                    final = {"final_obs": self.observation(row), "final_info": info}
                    infos = self._add_info(infos, final, row)
                    info = self.restart(row)
            infos = self._add_info(infos, info, row)
        return self.observations(), rewards, terminated, truncated, infos

    @abstractmethod
    def advance(self, actions: Any, playing: np.ndarray) -> dict[int, Outcome]:
        """Give the playing rows their actions; none is reset.

        Args:
            actions: One for each of the N rows.
            playing: Which rows act, bool, shape (N,); the actions of the others are not looked at.

        Returns:
            In ascending order, what came of the action in each row in which something did. In the other rows nothing
            was earned and nothing ended; their info is empty.
        """

    def restart(self, row: int) -> dict[str, Any]:
        """Start another episode in a row that has ended: its info. `observations` says what it shows."""
        return self.envs[row].reset()[1]

    def observation(self, row: int) -> Any:
        """What a row sees now; after the end of an episode, until the next one begins, the last of it."""
        return cast(Any, self.envs[row]).observation

    @abstractmethod
    def observations(self) -> Any:
        """What every row sees now; the caller may keep it."""

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot: that of every row."""
        return {
            "autoreset_mode": self.autoreset_mode.value,
            "ended": self._ended.tolist(),
            "rows": [snapshots.get_state(env) for env in self.envs],
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            ValueError: If it was taken from another number of rows, from another autoreset mode or from rows
                that were made otherwise.
        """
        given, own = (len(state["rows"]), state["autoreset_mode"]), (self.num_envs, self.autoreset_mode.value)
        if given != own:
            raise ValueError(
                f"the snapshot holds {given[0]} rows in autoreset mode {given[1]}, this vector environment has "
                f"{own[0]} in {own[1]}; make it the same way"
            )
        for env, row in zip(self.envs, state["rows"], strict=True):
            snapshots.set_state(env, row)
        self._ended = np.array(state["ended"], np.bool_)

    @abstractmethod
    def _inner_env(self, env: gym.Env) -> gym.Env:
        """The environment of a row that holds the task."""


def make_lockstep(
    kind: Callable[..., Lockstep],
    create: Callable[..., gym.Env],
    *,
    num_envs: int,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **env_kwargs: Any,
) -> Lockstep:
    """A vector environment of this kind over N environments of one class, which are made with the same arguments."""
    return kind(copies(create(**env_kwargs), num_envs), autoreset_mode=autoreset_mode)


def copies(env: gym.Env, number: int) -> list[Callable[[], gym.Env]]:
    """Makers of shallow copies of an environment that was never reset: they share its task, which may hold a corpus."""
    return [partial(copy.copy, env)] * number
