"""Whole conversations through a model once, read off at many positions: the forward pass of an update."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.checkpoint import checkpoint

from textgym.llm.backbone import Backbone
from textgym.llm.length_groups import length_groups
from textgym.llm.sampling import log_prob_and_entropy
from textgym.llm.trunk import Trunk

# Most logits that exist at a time where more are needed, in numbers.
_MAX_LOGITS = 2**25
# Length of the conversation on which the memory of a forward pass is measured, in tokens.
_PROBE = 32
# Numbers that exist at a time inside one layer, in hidden sizes: queries, keys, values and a feed-forward part.
_LAYER_STATES = 12


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


def packed_hidden(
    backbone: Backbone, packed: PackedTokens, *, max_tokens: int, trunk: Trunk | None = None
) -> Tensor:
    """Hidden states of the action positions, shape (A, D).

    Each conversation goes through the model once, in groups of similar length. If all of them exceed
    `max_tokens`, a group's activations are computed again in the backward pass instead of being kept: memory is
    then that of one group, the gradient is the same, and the pass costs about a third more.

    Args:
        backbone: The language model.
        packed: The conversations. What stands behind the last action position of a row is not encoded.
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
        hidden = checkpoint(encode, inputs, use_reentrant=False) if again else encode(inputs)
        parts.append(hidden[place[row[own]], column[own]])  # type: ignore[index]
        owners.append(own)
    return torch.cat(parts)[torch.cat(owners).argsort()]


def packed_log_prob_and_entropy(
    backbone: Backbone, hidden: Tensor, actions: Tensor, *, vocabulary: int
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of the actions and entropies, in nats, both float32 (A,).

    Logits are computed for a part of the positions at a time where all of them would be large, and again in the
    backward pass.

    Args:
        backbone: The language model; its output head is the policy.
        hidden: Hidden states of the action positions, (A, D).
        actions: Token ids, int64 (A,).
        vocabulary: Number of ids that can be actions; logits beyond it are padding of the model.
    """

    def part(states: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
        return log_prob_and_entropy(backbone.logits(states)[:, :vocabulary], taken)

    actions = actions.to(hidden.device)
    positions = max(1, _MAX_LOGITS // backbone.vocab_size)
    if len(hidden) <= positions:
        return part(hidden, actions)
    pairs = zip(hidden.split(positions), actions.split(positions), strict=True)
    results = [checkpoint(part, h, a, use_reentrant=False) for h, a in pairs]
    log_probs, entropies = zip(*results, strict=True)  # type: ignore[arg-type]
    return torch.cat(log_probs), torch.cat(entropies)


def activation_bytes_per_token(backbone: Backbone) -> int:
    """Memory that a forward pass keeps for the backward pass, per token, measured on a short conversation."""
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor  # alive, so that no address is used twice
        return tensor

    ids = torch.zeros(1, _PROBE, dtype=torch.long)
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        hidden = backbone.hidden(ids)
    for weight in [*backbone.parameters(), *backbone.model.parameters()]:
        kept.pop(weight.untyped_storage().data_ptr(), None)
    del hidden
    saved = sum(tensor.untyped_storage().nbytes() for tensor in kept.values()) // _PROBE
    # Where nothing is trained below the head, what a layer needs while it computes is all there is.
    return max(saved, _LAYER_STATES * backbone.hidden_size * backbone.model.dtype.itemsize)
