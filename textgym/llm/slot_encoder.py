"""Hidden states of conversations that grow token by token: only what is new goes through the model."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from textgym.llm.backbone import Backbone
from textgym.llm.length_groups import length_groups
from textgym.llm.slot_cache import Placement, SlotCache


class SlotEncoder:
    """Remembers one conversation per row, with its keys and values.

    Each call compares the rows with what their slots hold. The longest common prefix is kept and the rest is
    encoded: nothing for a row that is as it was, one token where one was appended (all such rows in one pass), a
    few where the environment answered, everything for a new conversation. What is kept is checked token by token,
    so that a result never belongs to another history; a change of the weights empties all slots.

    Results differ from a pass over the whole conversation by rounding only.

    Args:
        backbone: The language model; its adapter is part of what is computed.
        slots: Number N of rows in each call.
    """

    def __init__(self, backbone: Backbone, slots: int) -> None:
        self._backbone = backbone
        device = backbone.model.device
        self._cache = SlotCache(backbone.model, slots)
        self._tokens = torch.zeros(slots, 0, dtype=torch.long, device=device)
        self._length = torch.zeros(slots, dtype=torch.long, device=device)
        self._hidden = torch.zeros(slots, backbone.hidden_size, dtype=backbone.model.dtype, device=device)
        self._weights = backbone.weights_version()

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

    @torch.no_grad()
    def last_hidden(self, ids: Tensor, length: Tensor) -> Tensor:
        """Hidden state of the last real token of each row, shape (N, D).

        Args:
            ids: Right-padded ids, int64 (N, T).
            length: Number of real tokens of each row, int64 (N,); 0 counts as 1.
        """
        return self._encode(None, ids, length)

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
        # The only values that the host needs, in one transfer.
        starts, ends = torch.stack([start, length]).tolist()
        hidden = (self._hidden if slots is None else self._hidden[slots]).clone()
        self._cache.reserve(max(ends))
        batch = _Batch(ids, starts, ends, slots)
        with self._backbone.body() as body:
            for step in batch.passes(self.slots):
                rows = torch.tensor(step.rows, device=ids.device)
                hidden[rows] = self._run(body, batch, step, rows)
        self._remember(slots, ids, length, hidden)
        return hidden

    def _run(self, body: nn.Module, batch: "_Batch", step: "_Pass", rows: Tensor) -> Tensor:
        """One forward pass; the last hidden state of each row that takes part."""
        taking_part = torch.arange(len(batch.ids), device=rows.device) if step.everyone else rows
        start = torch.tensor(batch.starts, device=rows.device)[taking_part]
        end = torch.tensor(batch.ends, device=rows.device)[taking_part]
        if step.everyone:
            start = end - 1
        width = max(batch.ends[i] - batch.starts[i] for i in step.rows)
        position = start[:, None] + torch.arange(width, device=rows.device)
        real = position < end[:, None]
        if step.everyone:
            real = torch.zeros_like(real).index_fill_(0, rows, True)
        span = None if step.fresh else max(batch.ends[i] for i in step.rows)
        slots = taking_part if batch.slots is None else batch.slots[taking_part]
        placement = Placement(
            slots=None if step.everyone else slots,
            columns=torch.where(real, position, self._cache.scratch),
            span=span,
        )
        states = body(
            input_ids=batch.ids[taking_part].gather(1, position.clamp(max=batch.ids.shape[1] - 1)),
            position_ids=position.clamp(max=max(batch.ends) - 1),
            attention_mask=None if span is None else self._mask(position, span),
            past_key_values=self._cache.place(placement),
            use_cache=True,
        ).last_hidden_state
        if step.everyone:
            return states[rows, 0]
        return states[torch.arange(len(rows), device=rows.device), end - start - 1]

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
        columns = torch.arange(width, device=ids.device)
        most = torch.minimum(held, length)
        differs = (tokens[:, :width] != ids[:, :width]) & (columns < most[:, None])
        first = torch.where(differs, columns, width).amin(1) if width else torch.zeros_like(most)
        return torch.minimum(first, most)

    def _to_device(self, ids: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        device = self._tokens.device
        return ids.to(device), length.to(device).clamp(min=1)

    def _check_weights(self) -> None:
        weights = self._backbone.weights_version()
        if weights != self._weights:
            self.forget()
            self._weights = weights


@dataclass(frozen=True)
class _Pass:
    """Rows that go through the model together.

    Args:
        rows: Their numbers in the batch.
        fresh: Whether they begin at position 0, so that what their slots hold does not matter.
        everyone: Whether the other rows take part as idle ones, which saves copying keys and values.
    """

    rows: list[int]
    fresh: bool
    everyone: bool = False


@dataclass(frozen=True)
class _Batch:
    """Rows and what of each is new: positions from `starts` up to `ends`."""

    ids: Tensor
    starts: list[int]
    ends: list[int]
    slots: Tensor | None

    def passes(self, slots: int) -> list[_Pass]:
        """Forward passes that encode what is new."""
        new = [end - start for start, end in zip(self.starts, self.ends, strict=True)]
        rows = range(len(new))
        single = [i for i in rows if new[i] == 1]
        whole = [i for i in rows if new[i] > 1 and self.starts[i] == 0]
        more = [i for i in rows if new[i] > 1 and self.starts[i] > 0]
        passes = []
        if single:
            everyone = self.slots is None and 2 * len(single) > slots
            passes.append(_Pass(single, fresh=False, everyone=everyone))
        for chosen, fresh in ((whole, True), (more, False)):
            for group in length_groups([new[i] for i in chosen]):
                passes.append(_Pass([chosen[i] for i in group], fresh=fresh))
        return passes
