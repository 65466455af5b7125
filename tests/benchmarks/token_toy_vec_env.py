"""The token view in miniature, natively vectorised: random prompts, sampled tokens, next to no work of its own."""

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

# Ids below are special tokens of both models.
_FIRST_ID = 3


class TokenToyVecEnv(VecEnv):
    """Episodes of one turn: a random prompt of fixed length, then tokens; the return is the share of even ones.

    An episode ends after `turn` tokens, or with probability `end_rate` after each one, whatever the tokens are.

    Args:
        rows: Number N of environments.
        prompt: Length P of the prompts, in tokens.
        turn: Most tokens T of an episode.
        vocabulary: Number V of ids.
        end_rate: Probability of an end after each token.
    """

    def __init__(self, rows: int, *, prompt: int, turn: int, vocabulary: int, end_rate: float = 0.0) -> None:
        self.prompt, self.turn, self.vocabulary, self._end_rate = prompt, turn, vocabulary, end_rate
        width = prompt + turn
        observation_space = spaces.Dict(
            tokens=spaces.Box(0, vocabulary - 1, (width,), np.int64),
            length=spaces.Box(0, width, (1,), np.int64),
        )
        self.render_mode = None
        super().__init__(rows, observation_space, spaces.Discrete(vocabulary))
        self._rng = np.random.default_rng(0)
        self._tokens, self._length = np.zeros((rows, width), np.int64), np.zeros(rows, np.int64)
        self._rows = np.arange(rows)

    def reset(self) -> dict[str, np.ndarray]:
        """Start episodes in all rows."""
        self._start(self._rows)
        return self._observe()

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the next token of each row, shape (N,)."""
        self._actions = actions

    def step_wait(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Append the tokens; rows that end start again at once."""
        self._tokens[self._rows, self._length] = self._actions
        self._length += 1
        dones = (self._length == self.prompt + self.turn) | (self._rng.random(self.num_envs) < self._end_rate)
        rewards = np.zeros(self.num_envs, np.float32)
        infos: list[dict[str, Any]] = [{} for _ in self._rows]
        for row in np.flatnonzero(dones):
            reply = self._tokens[row, self.prompt : self._length[row]]
            rewards[row] = (reply % 2 == 0).mean()
            infos[row] = {
                "terminal_observation": {
                    "tokens": self._tokens[row].copy(),
                    "length": self._length[row : row + 1].copy(),
                },
                "TimeLimit.truncated": False,
                "episode": {"r": float(rewards[row]), "l": len(reply), "t": 0.0},
            }
        self._start(np.flatnonzero(dones))
        return self._observe(), rewards, dones, infos

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute, the same for every row."""
        return [getattr(self, attr_name)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Rows have no attributes of their own."""
        raise NotImplementedError

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Rows have no methods of their own."""
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Nothing is wrapped; episodes are counted here, as `Monitor` would."""
        return [True] * self.num_envs

    def _start(self, rows: np.ndarray) -> None:
        self._tokens[rows] = 0
        prompts = self._rng.integers(_FIRST_ID, self.vocabulary, (len(rows), self.prompt))
        self._tokens[rows, : self.prompt] = prompts
        self._length[rows] = self.prompt

    def _observe(self) -> dict[str, np.ndarray]:
        return {"tokens": self._tokens.copy(), "length": self._length[:, None].copy()}
