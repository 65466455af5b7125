"""Replies of a language model to a batch of prompts."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DynamicCache

from textgym.llm.backbone import Backbone
from textgym.llm.sampling import best_actions, sample_actions


def generate_replies(
    backbone: Backbone,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    end_of_turn: int,
    uniforms: np.ndarray | None = None,
    temperature: float = 1.0,
    batch_size: int = 32,
) -> list[list[int]]:
    """Write one reply to each prompt.

    A reply does not depend on the other prompts, beyond the rounding of different batch shapes.

    Args:
        backbone: The language model.
        prompts: Ids of each conversation, ready for the reply; none empty.
        max_new_tokens: Most tokens in a reply, at least 1; the end-of-turn token counts.
        end_of_turn: Id that ends a reply.
        uniforms: One number in [0, 1) for each prompt and position, shape (B, max_new_tokens), see
            `reply_uniforms`; None for greedy replies.
        temperature: Divides the logits of sampled replies; above 0.
        batch_size: Most prompts in one forward pass.

    Returns:
        Ids of the replies, in the order of the prompts, without the end-of-turn id.
    """
    _check(prompts, max_new_tokens, uniforms, temperature)
    replies: list[list[int]] = [[] for _ in prompts]
    by_length = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    with torch.no_grad(), backbone.body() as body:
        for start in range(0, len(prompts), batch_size):
            chosen = by_length[start : start + batch_size]
            batch = _Batch(backbone, body, [prompts[i] for i in chosen])
            owners = np.array(chosen)
            for position in range(max_new_tokens):
                logits = batch.next_logits()
                if uniforms is None:
                    tokens, _ = best_actions(logits)
                else:
                    numbers = torch.as_tensor(uniforms[owners, position], device=logits.device)
                    tokens, _ = sample_actions(logits / temperature, numbers)
                written = tokens.tolist()
                for owner, token in zip(owners, written, strict=True):
                    if token != end_of_turn:
                        replies[owner].append(token)
                going = [i for i, token in enumerate(written) if token != end_of_turn]
                if not going or position == max_new_tokens - 1:
                    break
                batch.append(tokens, going)
                owners = owners[going]
    return replies


class _Batch:
    """Prompts padded on the left, so that all rows write their next token into the same column."""

    def __init__(self, backbone: Backbone, body: nn.Module, prompts: Sequence[Sequence[int]]) -> None:
        self._backbone, self._body = backbone, body
        device = backbone.model.device
        width = max(len(p) for p in prompts)
        ids = [[0] * (width - len(p)) + list(p) for p in prompts]
        self._ids = torch.tensor(ids, device=device)
        length = torch.tensor([len(p) for p in prompts], device=device)
        columns = torch.arange(width, device=device)
        self._mask = (columns >= width - length[:, None]).long()
        self._positions = (columns - (width - length[:, None])).clamp(min=0)
        self._cache = DynamicCache(config=backbone.model.config)

    def next_logits(self) -> Tensor:
        hidden = self._body(
            input_ids=self._ids,
            attention_mask=self._mask,
            position_ids=self._positions,
            **self._backbone.remembering(self._cache),
        ).last_hidden_state[:, -1]
        return self._backbone.logits(hidden)

    def append(self, tokens: Tensor, going: list[int]) -> None:
        """Add a token to each row and drop the rows that are not going on."""
        rows = torch.tensor(going, device=tokens.device)
        if len(going) < len(tokens):
            self._cache.batch_select_indices(rows)
        self._ids = tokens[rows, None]
        self._mask = torch.cat([self._mask[rows], self._mask.new_ones(len(going), 1)], 1)
        self._positions = self._positions[rows, -1:] + 1


def _check(
    prompts: Sequence[Sequence[int]], max_new_tokens: int, uniforms: np.ndarray | None, temperature: float
) -> None:
    if max_new_tokens < 1:
        raise ValueError(f"max_new_tokens must be at least 1, got {max_new_tokens}")
    if temperature <= 0:
        raise ValueError(
            f"temperature must be above 0, got {temperature}; leave out uniforms for greedy replies"
        )
    if any(len(p) == 0 for p in prompts):
        raise ValueError("every prompt must hold at least one token")
    if uniforms is not None and uniforms.shape != (len(prompts), max_new_tokens):
        raise ValueError(
            f"uniforms must have shape ({len(prompts)}, {max_new_tokens}), one number for each prompt and "
            f"position, got {uniforms.shape}"
        )
