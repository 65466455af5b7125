"""Hidden states of conversations that grow token by token: only what is new goes through the model."""

import warnings
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from textgym.llm.backbone import Backbone
from textgym.llm.decode_graphs import DecodeGraphs, Recorder, cuda_graph
from textgym.llm.passes import Pass, plan_passes
from textgym.llm.slot_cache import Placement, SlotCache

# Recorded passes look at a multiple of this many columns, so that few are recorded.
_SPAN_STEP = 128
# Largest difference that is rounding, bfloat16's included, relative to the largest hidden state.
_PROBE_ERROR = 0.03


class SlotEncoder:
    """Remembers one conversation per row, with its keys and values.

    Each call compares the rows with what their slots hold. The longest common prefix is kept and the rest is
    encoded: nothing for a row that is as it was, one token where one was appended (all such rows in one pass), a
    few where the environment answered, everything for a new conversation. What is kept is checked token by token,
    so that a result never belongs to another history; a change of the weights (`Backbone.weights_version`) empties
    all slots.

    Results differ from a pass over the whole conversation by rounding only.

    On a GPU the pass of one token per row is recorded (`DecodeGraphs`) and launched before the host knows which
    rows it was for: the device leaves the other rows alone, and computes while the host finds out.

    Args:
        backbone: The language model; its adapter is part of what is computed.
        slots: Number N of rows in each call.
        record: Records the pass of one token per row; None: a CUDA graph on a GPU, nothing elsewhere.
    """

    def __init__(self, backbone: Backbone, slots: int, *, record: Recorder | None = None) -> None:
        self._backbone = backbone
        device = backbone.model.device
        self._cache = SlotCache(backbone.model, slots)
        self._tokens = torch.zeros(slots, 0, dtype=torch.long, device=device)
        self._length = torch.zeros(slots, dtype=torch.long, device=device)
        self._hidden = torch.zeros(slots, backbone.hidden_size, dtype=backbone.model.dtype, device=device)
        self._weights = backbone.weights_version()
        # Longest conversation of the last call; 0: all slots are empty.
        self._longest = 0
        record = record or (cuda_graph if device.type == "cuda" else None)
        self._graphs = None if record is None else DecodeGraphs(self._decode, record)

    @property
    def slots(self) -> int:
        """Number N of rows."""
        return len(self._length)

    @property
    def memory_bytes(self) -> int:
        """Size of the keys and values."""
        return self._cache.memory_bytes

    def forget(self) -> None:
        """Empty all slots."""
        self._length.zero_()
        self._longest = 0

    @torch.no_grad()
    def last_hidden(self, ids: Tensor, length: Tensor, slots: Tensor | None = None) -> Tensor:
        """Hidden state of the last real token of each row, shape (N, D).

        Args:
            ids: Right-padded ids, int64 (N, T).
            length: Number of real tokens of each row, int64 (N,); 0 counts as 1.
            slots: Rows that are read, int64 (R,), each once; the others are left out of the result, (R, D), and their
                slots stay as they are. None: all.
        """
        if slots is None or len(slots) == self.slots:
            return self._encode(None, ids, length)
        return self._encode(slots.to(self._tokens.device), ids[slots], length[slots])

    @torch.no_grad()
    def continue_any(self, ids: Tensor, length: Tensor) -> Tensor:
        """Hidden state of the last token of one conversation that some slot may hold the beginning of.

        Args:
            ids: int64 (1, T).
            length: int64 (1,).

        Returns:
            Shape (1, D).
        """
        self._check_weights()
        ids, length = self._to_device(ids, length)
        shared = self._shared_with(self._tokens, self._length, ids, length)
        slot = int(shared.argmax())
        return self._encode(torch.tensor([slot], device=ids.device), ids, length)

    def _encode(self, slots: Tensor | None, ids: Tensor, length: Tensor) -> Tensor:
        self._check_weights()
        ids, length = self._to_device(ids, length)
        held = self._length if slots is None else self._length[slots]
        tokens = self._tokens if slots is None else self._tokens[slots]
        shared = self._shared_with(tokens, held, ids, length)
        known = (shared == held) & (held == length)
        start = torch.where(known, length, torch.minimum(shared, length - 1))
        hidden = (self._hidden if slots is None else self._hidden[slots]).clone()
        # The only values that the host needs, in one transfer.
        bounds = _HostCopy(torch.stack([start, length]))
        with self._backbone.body():
            # Most often every row has one token more, or begins anew.
            guessed = slots is None and self._graphs is not None and self._longest > 0
            if guessed:
                hidden = self._run_everyone(_Batch(ids, start, length, None, self._longest + 1), hidden)
            starts, ends = bounds.wait()
            longest = int(ends.max())
            self._cache.reserve(longest)
            batch = _Batch(ids, start, length, slots, longest)
            for step in plan_passes(starts, ends, in_order=slots is None, decoded=guessed):
                hidden = self._run(batch, step, hidden)
        self._longest = max(longest, 0 if slots is None else self._longest)
        self._remember(slots, ids, length, hidden)
        return hidden

    def _run(self, batch: "_Batch", step: Pass, hidden: Tensor) -> Tensor:
        """One forward pass; the hidden states with those of the rows that take part."""
        if step.everyone:
            return self._run_everyone(batch, hidden)
        rows = torch.tensor(step.rows, device=hidden.device)
        start, end = batch.start[rows], batch.end[rows]
        position = start[:, None] + torch.arange(step.width, device=rows.device)
        states = self._states(
            batch.ids[rows].gather(1, position.clamp(max=batch.ids.shape[1] - 1)),
            position.clamp(max=batch.longest - 1),
            Placement(
                slots=rows if batch.slots is None else batch.slots[rows],
                columns=torch.where(position < end[:, None], position, self._cache.scratch),
                span=None if step.fresh else step.span,
            ),
        )
        hidden[rows] = states[torch.arange(len(rows), device=rows.device), end - start - 1]
        return hidden

    def _run_everyone(self, batch: "_Batch", hidden: Tensor) -> Tensor:
        """One new token of most rows; the others compute along and leave no trace."""
        position = batch.end[:, None] - 1
        new = position == batch.start[:, None]
        token = batch.ids.gather(1, position)
        if self._graphs is None:
            states = self._decode(token, position, new, batch.longest)
        else:
            span = -(-batch.longest // _SPAN_STEP) * _SPAN_STEP
            self._cache.reserve(span)
            memory = self._cache.capacity, self._backbone.weights_address()
            states = self._graphs(token, position, new, span=span, memory=memory)
        return torch.where(new, states[:, 0], hidden)

    def _decode(self, token: Tensor, position: Tensor, new: Tensor, span: int) -> Tensor:
        """Hidden states (N, 1, D) of one token in every slot; those that are not new leave no trace."""
        columns = torch.where(new, position, self._cache.scratch)
        return self._states(token, position, Placement(slots=None, columns=columns, span=span))

    def _states(self, ids: Tensor, position: Tensor, placement: Placement) -> Tensor:
        span, body = placement.span, cast(nn.Module, self._backbone.model.base_model)
        return body(
            input_ids=ids,
            position_ids=position,
            attention_mask=None if span is None else self._mask(position, span),
            **self._backbone.remembering(self._cache.place(placement)),
        ).last_hidden_state

    def _mask(self, position: Tensor, span: int) -> Tensor:
        """Each token sees the columns of its slot up to its own: (R, 1, Q, span)."""
        seen = (torch.arange(span, device=position.device) <= position[..., None])[:, None]
        return self._backbone.attention_mask(seen)

    def _remember(self, slots: Tensor | None, ids: Tensor, length: Tensor, hidden: Tensor) -> None:
        missing = ids.shape[1] - self._tokens.shape[1]
        if missing > 0:
            self._tokens = torch.cat([self._tokens, self._tokens.new_zeros(self.slots, missing)], 1)
        target = slice(None) if slots is None else slots
        self._tokens[target, : ids.shape[1]] = ids
        self._length[target], self._hidden[target] = length, hidden

    def _shared_with(self, tokens: Tensor, held: Tensor, ids: Tensor, length: Tensor) -> Tensor:
        """Length of the prefix that rows share with what slots hold, int64 (slots,)."""
        width = min(tokens.shape[1], ids.shape[1])
        most = torch.minimum(held, length)
        if width == 0:
            return torch.zeros_like(most)
        differs, first = (tokens[:, :width] != ids[:, :width]).max(1)
        return torch.where(differs, first, width).minimum(most)

    def _to_device(self, ids: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        device = self._tokens.device
        return ids.to(device), length.to(device).clamp(min=1)

    def _check_weights(self) -> None:
        weights = self._backbone.weights_version()
        if weights != self._weights:
            self.forget()
            self._weights = weights


def slots_fit(backbone: Backbone) -> bool:
    """Whether a model gives with slots what it gives without them, tried on a few tokens.

    False, with a warning that says why, for models whose memory is not keys and values of all earlier tokens, or
    that do not take a mask and positions: they read the whole conversation each time.
    """
    try:
        misfit = _misfit(backbone)
    except Exception as error:  # a model that does not fit fails in a way of its own
        misfit = str(error)
    if misfit:
        name = type(backbone.model).__name__
        warnings.warn(
            f"{name} reads whole conversations at every step, which is slow: {misfit}", stacklevel=2
        )
    return not misfit


@torch.no_grad()
def _misfit(backbone: Backbone) -> str:
    """Why keys and values by slot would not do; empty if they do."""
    if not backbone.plain_attention:
        return "not every layer attends to all earlier tokens"
    ids = torch.arange(32).reshape(2, 16).remainder(backbone.vocab_size)
    encoder = SlotEncoder(backbone, 2)
    for lengths in ([3, 9], [4, 10], [8, 11], [9, 11]):
        length = torch.tensor(lengths)
        expected = backbone.last_hidden(ids, length).float()
        gap = (encoder.last_hidden(ids, length).float() - expected).abs().max()
        if not gap <= _PROBE_ERROR * expected.abs().max():
            return f"with keys and values by slot its hidden states differ by {gap:.2g}"
    return ""


@dataclass(frozen=True)
class _Batch:
    """Rows and what of each is new: positions from `start` up to `end`; `longest` is the largest end."""

    ids: Tensor
    start: Tensor
    end: Tensor
    slots: Tensor | None
    longest: int


class _HostCopy:
    """Numbers on their way from the device; what is launched meanwhile does not hold them up."""

    def __init__(self, values: Tensor) -> None:
        self._arrived = None
        if values.is_cuda:
            pinned = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
            values = pinned.copy_(values, non_blocking=True)
            self._arrived = torch.cuda.Event()
            self._arrived.record()
        self._values = values

    def wait(self) -> np.ndarray:
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._values.numpy()
