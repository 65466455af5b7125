"""Keys and values of many conversations that grow independently of one another."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, PreTrainedModel
from transformers.cache_utils import CacheLayerMixin

# Columns are added in steps of this many.
_GROWTH = 64


@dataclass(frozen=True)
class Placement:
    """Where the tokens of one forward pass go, and what they see.

    Args:
        slots: Slots that take part, int64 (R,); None for all of them, in order.
        columns: Column of each token in its slot, int64 (R, Q).
        span: Number of columns that attention looks at; None: the tokens see one another alone.
    """

    slots: Tensor | None
    columns: Tensor
    span: int | None


class SlotCache(Cache):
    """A key-value cache of N slots in one buffer, each with a length of its own.

    A slot holds one conversation. Before each forward pass `place` says which slots the rows of the batch belong
    to and in which columns their tokens stand; which columns a token may see is the attention mask's business.
    One column more than asked for is kept as scratch: padding is written there.

    Args:
        model: The model whose keys and values are kept.
        slots: Number N of slots.
    """

    def __init__(self, model: PreTrainedModel, slots: int) -> None:
        self.slots, self.capacity = slots, 0
        self.placement: Placement | None = None
        count = int(model.config.get_text_config().num_hidden_layers)
        super().__init__(layers=[_SlotLayer(self) for _ in range(count)])

    @property
    def scratch(self) -> int:
        """The column that never holds a token of a conversation."""
        return self.capacity - 1

    @property
    def memory_bytes(self) -> int:
        """Size of the buffers."""
        return sum(layer.memory_bytes for layer in self.layers)  # type: ignore[attr-defined]

    def reserve(self, length: int) -> None:
        """Make room for conversations of `length` tokens; what is held stays."""
        if length + 1 > self.capacity:
            self.capacity = -(-(length + 1) // _GROWTH) * _GROWTH

    def place(self, placement: Placement) -> "SlotCache":
        """Prepare for the next forward pass; returns itself."""
        self.placement = placement
        return self


class _SlotLayer(CacheLayerMixin):
    """One layer's buffers, (N, heads, columns, size)."""

    is_sliding = False

    def __init__(self, owner: SlotCache) -> None:
        super().__init__()
        self._owner = owner

    @property
    def memory_bytes(self) -> int:
        return 2 * self.keys.numel() * self.keys.element_size() if self.keys is not None else 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.keys, self.values = self._empty(key_states, 0), self._empty(value_states, 0)
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Store new keys and values, (R, heads, Q, size), and give back what attention looks at."""
        placement = self._owner.placement
        if placement is None:
            raise RuntimeError("place must say where the tokens go before each forward pass")
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys = self._store(self.keys, key_states, placement)
        self.values = self._store(self.values, value_states, placement)
        if placement.span is None:
            return key_states, value_states
        keys, values = self.keys[:, :, : placement.span], self.values[:, :, : placement.span]
        if placement.slots is None:
            return keys, values  # views: nothing is copied
        return keys[placement.slots], values[placement.slots]

    def _store(self, buffer: Tensor | None, new: Tensor, placement: Placement) -> Tensor:
        assert buffer is not None
        missing = self._owner.capacity - buffer.shape[2]
        if missing > 0:
            buffer = torch.cat([buffer, self._empty(new, missing)], 2)
        slots = placement.slots
        if slots is None:
            slots = torch.arange(len(buffer), device=buffer.device)
        buffer[slots[:, None], :, placement.columns] = new.transpose(1, 2)
        return buffer

    def _empty(self, like: Tensor, columns: int) -> Tensor:
        return like.new_zeros(self._owner.slots, like.shape[1], columns, like.shape[3])

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Unused: every pass brings its own mask, or needs none."""
        return query_length, 0

    def get_seq_length(self) -> int:
        """0: positions are given with each pass."""
        return 0

    def get_max_length(self) -> int:
        """No limit."""
        return -1
