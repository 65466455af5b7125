"""Whole conversations through a model once, read off at many positions: the forward pass of an update."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.checkpoint import checkpoint

from textgym.llm.backbone import Backbone
from textgym.llm.length_groups import length_groups
from textgym.llm.sampling import log_prob_and_entropy
from textgym.llm.trunk import Trunk

# Lengths of the conversations on which the memory of a forward pass is measured, in tokens.
_PROBES = (32, 64)
# Numbers that exist at a time inside one layer, in hidden sizes: queries, keys, values and a feed-forward part.
_LAYER_STATES = 12
# What a backward pass takes, in times of what the forward pass kept for it.
_BACKWARD = 1.4
# Arrays of the size of the logits that exist at a time: logits, log-probabilities, a gradient and a temporary.
_LOGIT_ARRAYS = 4
# Most logits at a time, in numbers, where they are many: beyond it memory grows and speed does not.
_MAX_LOGITS = 2**25

Read = Callable[[Tensor, Tensor], tuple[Tensor, ...]]
"""From hidden states (P, D) at P action positions, and which of the A actions they are (P,), to tensors (P, ...)."""


@dataclass(frozen=True)
class PackedTokens:
    """Conversations, and positions in them at which actions were taken.

    Args:
        ids: Token ids, right padded, int64 (S, T).
        row: Conversation of each action, int64 (A,).
        column: Index of the last token that the action's state holds, int64 (A,).
    """

    ids: Tensor
    row: Tensor
    column: Tensor


def packed_read(
    backbone: Backbone, packed: PackedTokens, read: Read, *, max_tokens: int, trunk: Trunk | None = None
) -> tuple[Tensor, ...]:
    """What `read` makes of the hidden states at the action positions: each tensor of shape (A, ...).

    Each conversation goes through the model once, in groups of similar length, and `read` looks at a group's
    positions at once. If all of them exceed `max_tokens`, a group's activations are computed again in the backward
    pass instead of being kept: memory is then that of one group, the gradient is the same, and the pass costs about
    a third more.

    Args:
        backbone: The language model.
        packed: The conversations. What stands behind the last action position of a row is not encoded.
        read: The heads.
        max_tokens: Most tokens whose activations may exist at a time, padding counted.
        trunk: That of the language model: its frozen layers read a conversation once and not in every call, for
            T x D numbers kept for each.
    """
    device = backbone.model.device
    ids, row, column = packed.ids.to(device), packed.row.to(device), packed.column.to(device)
    need = torch.ones(len(ids), dtype=torch.long, device=device).scatter_reduce(0, row, column + 1, "amax")
    lengths = need.tolist()
    groups = length_groups(lengths, max_tokens=max_tokens)
    below = None if trunk is None else trunk.activations(ids, lengths, max_tokens=max_tokens)
    encode = backbone.hidden if trunk is None else trunk.top
    total = sum(len(group) * max(lengths[i] for i in group) for group in groups)
    again = torch.is_grad_enabled() and backbone.trainable in ("lora", "full") and total > max_tokens

    def run(inputs: Tensor, line: Tensor, own: Tensor) -> tuple[Tensor, ...]:
        return read(encode(inputs)[line, column[own]], own)

    parts, owners = [], []
    place = torch.empty(len(ids), dtype=torch.long, device=device)
    for group in groups:
        rows = torch.tensor(group, device=device)
        place.fill_(-1)[rows] = torch.arange(len(group), device=device)
        own = (place[row] >= 0).nonzero()[:, 0]
        if below is None:
            inputs = ids[rows, : lengths[group[0]]]
        else:
            inputs = pad_sequence([below[i] for i in group], batch_first=True)
        arguments = inputs, place[row[own]], own
        parts.append(checkpoint(run, *arguments, use_reentrant=False) if again else run(*arguments))
        owners.append(own)
    order = torch.cat(owners).argsort()
    return tuple(torch.cat(tensors)[order.to(tensors[0].device)] for tensors in zip(*parts, strict=True))


def log_prob_and_entropy_at(
    backbone: Backbone, hidden: Tensor, actions: Tensor, *, vocabulary: int, total: int
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of the actions and entropies, in nats, both float32 (P,).

    Logits are computed for a part of the positions at a time where all of them would be large, and again in the
    backward pass.

    Args:
        backbone: The language model; its output head is the policy.
        hidden: Hidden states of the action positions, (P, D).
        actions: Token ids, int64 (P,).
        vocabulary: Number of ids that can be actions; logits beyond it are padding of the model.
        total: Number of positions in the whole pass, A.
    """

    def part(states: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
        return log_prob_and_entropy(backbone.logits(states)[:, :vocabulary], taken)

    actions = actions.to(hidden.device)
    positions = max(1, _MAX_LOGITS // backbone.vocab_size)
    if total <= positions:
        return part(hidden, actions)
    pairs = zip(hidden.split(positions), actions.split(positions), strict=True)
    results = [checkpoint(part, h, a, use_reentrant=False) for h, a in pairs]
    log_probs, entropies = zip(*results, strict=True)  # type: ignore[arg-type]
    return torch.cat(log_probs), torch.cat(entropies)


def tokens_within(backbone: Backbone, memory_bytes: int, *, length: int) -> int:
    """Most tokens that an update can compute with at a time, action positions with logits all of them.

    Args:
        backbone: The language model.
        memory_bytes: What activations and logits may take.
        length: Longest conversation, in tokens.
    """
    per_token = round(_BACKWARD * activation_bytes_per_token(backbone, length))
    number = _LOGIT_ARRAYS * 4
    whole = memory_bytes // (per_token + number * backbone.vocab_size)
    in_parts = (memory_bytes - number * _MAX_LOGITS) // per_token
    return max(1, whole, in_parts)


def activation_bytes_per_token(backbone: Backbone, length: int) -> int:
    """Memory that a forward pass keeps for the backward pass, per token of a conversation of `length` tokens.

    Measured on two short conversations: what a token keeps of the tokens before it grows with the length.
    """
    short, long = (_kept_bytes(backbone, probe) / probe for probe in _PROBES)
    growth = max(0.0, long - short) / (_PROBES[1] - _PROBES[0])
    kept = long + growth * max(0, length - _PROBES[1])
    # Where nothing is trained below the head, what a layer needs while it computes is all there is.
    return max(round(kept), _LAYER_STATES * backbone.hidden_size * backbone.model.dtype.itemsize)


def _kept_bytes(backbone: Backbone, length: int) -> int:
    """Memory that a forward pass over one conversation keeps."""
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor  # alive, so that no address is used twice
        return tensor

    ids = torch.zeros(1, length, dtype=torch.long)
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        hidden = backbone.hidden(ids)
    for weight in [*backbone.parameters(), *backbone.model.parameters()]:
        kept.pop(weight.untyped_storage().data_ptr(), None)
    del hidden
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
