"""A table of Q-values as a policy of Stable-Baselines3."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy

from textgym.errors import UnsupportedSpace


class QTable(BasePolicy):
    """Q-values of the states met so far; a state is the bytes of its observation.

    Args:
        observation_space: Anything with arrays for observations.
        action_space: `Discrete(n)`.
        initial_value: Q-value of what was never tried; high values make every action be tried.

    Raises:
        UnsupportedSpace: If observations are dicts or tuples.
    """

    def __init__(
        self, observation_space: spaces.Space, action_space: spaces.Discrete, *, initial_value: float = 0.0
    ) -> None:
        super().__init__(observation_space, action_space)
        if observation_space.shape is None:
            raise UnsupportedSpace(f"a table needs arrays for observations, got {observation_space}")
        self.actions, self._initial = int(action_space.n), initial_value
        self._values: dict[bytes, np.ndarray] = {}
        self._visits: dict[bytes, np.ndarray] = {}
        self._legal: dict[bytes, np.ndarray] = {}

    def __len__(self) -> int:
        """Number of states met."""
        return len(self._values)

    def keys(self, observations: np.ndarray) -> list[bytes]:
        """The states of a batch of observations, (B, ...)."""
        # Adding 0 makes one number of 0.0 and -0.0.
        rows = np.asarray(observations, self.observation_space.dtype) + 0
        return [row.tobytes() for row in rows]

    def values(self, key: bytes) -> np.ndarray:
        """Q-values of a state, float64 (n,): the table's own row, or initial values for a state never met."""
        return self._values.get(key, np.full(self.actions, self._initial))

    def best(self, key: bytes, mask: np.ndarray | None = None) -> int:
        """The first of the best legal actions; by `mask`, else by what was legal when the state was met."""
        legal = self._legal.get(key) if mask is None else mask
        values = self.values(key)
        return int(np.argmax(values if legal is None else np.where(legal, values, -np.inf)))

    def legal(self, key: bytes) -> np.ndarray:
        """What was legal in a state when it was met last, bool (n,)."""
        return self._legal[key]

    def meet(self, key: bytes, mask: np.ndarray) -> None:
        """Give a state a row, if it has none, and note what is legal in it."""
        if key not in self._values:
            self._values[key] = np.full(self.actions, self._initial)
            self._visits[key] = np.zeros(self.actions, np.int64)
        self._legal[key] = mask

    def visit(self, key: bytes, action: int) -> int:
        """Count that an action is taken in a state that was met; how often it was taken."""
        self._visits[key][action] += 1
        return int(self._visits[key][action])

    def forward(self, observations: torch.Tensor, deterministic: bool = False) -> torch.Tensor:
        """The best action of each observation."""
        return self._predict(observations)

    def _predict(self, observation: Any, deterministic: bool = False) -> torch.Tensor:
        rows = observation.cpu().numpy() if isinstance(observation, torch.Tensor) else observation
        return torch.tensor([self.best(key) for key in self.keys(rows)])

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "initial_value": self._initial,
        }

    def get_extra_state(self) -> dict[str, torch.Tensor]:
        """The table as tensors: what a saved file holds."""
        size = len(self._values)
        keys = np.frombuffer(b"".join(self._values), np.uint8).reshape(size, -1 if size else 0).copy()
        tables = {"values": self._values, "visits": self._visits, "legal": self._legal}
        stacked = {n: np.array(list(t.values())).reshape(size, self.actions) for n, t in tables.items()}
        return {name: torch.from_numpy(array) for name, array in ({"keys": keys} | stacked).items()}

    def set_extra_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take up what `get_extra_state` gave."""
        arrays = {name: tensor.numpy().copy() for name, tensor in state.items()}
        keys = [row.tobytes() for row in arrays["keys"]]
        self._values, self._visits, self._legal = (
            dict(zip(keys, arrays[name], strict=True)) for name in ("values", "visits", "legal")
        )
