"""Values that are computed when somebody looks at them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map


class LateValues(Tensor):
    """Values (B, 1) that nobody has computed yet; any use of the tensor computes them all.

    At the end of a rollout Stable-Baselines3 asks for the values of all last observations, and has no use for those of
    episodes that just ended: their last observation is the prompt of another episode. `PackedRolloutBuffer` knows which
    ended and asks for the others.

    Look at them before the weights change.
    """

    _read: Callable[[Tensor], Tensor]
    _late: Tensor
    _missing: Tensor

    @classmethod
    def of_rows(cls, number: int, read: Callable[[Tensor], Tensor], device: torch.device) -> "LateValues":
        """Values of `number` rows.

        Args:
            number: Number B of rows.
            read: Gives the values, shape (R, 1), of rows, int64 (R,).
            device: Where the values are.
        """
        values = torch.zeros(number, 1, device=device)
        late = values.as_subclass(cls)
        late._read, late._late, late._missing = read, values, torch.ones(number, dtype=torch.bool)
        return late

    def known(self, rows: Tensor) -> Tensor:
        """The values, computed for some rows; the others are 0 if nobody asked for them before.

        Args:
            rows: Which ones are wanted, bool (B,).
        """
        with torch._C.DisableTorchFunctionSubclass():
            wanted = (rows & self._missing).nonzero()[:, 0]
            if len(wanted):
                self._late[wanted] = self._read(wanted)
                self._missing[wanted] = False
            return self._late

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute what is late, then do what was asked for."""

        def plain(value: Any) -> Any:
            return value.known(torch.ones_like(value._missing)) if isinstance(value, cls) else value

        with torch._C.DisableTorchFunctionSubclass():
            return func(*tree_map(plain, args), **tree_map(plain, kwargs or {}))
