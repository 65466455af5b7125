"""How a language model reads a context and its candidate replies."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from transformers import DynamicCache

from textgym.llm.backbone import Backbone

# Observations in one forward pass.
_ROWS = 16
# Bounds on the size of temporary arrays, in numbers: attention masks of one forward pass, and logits.
_MAX_MASK = 2**26
_MAX_LOGITS = 2**25


@dataclass(frozen=True)
class ChoiceScores:
    """What the model says about K candidates.

    Args:
        context: Hidden state of the last context token, (B, D).
        log_prob: Sum of the candidate's token log-probabilities given the context, in nats, (B, K); 0 where
            it is absent.
        length: Number of the candidate's tokens, float32 (B, K).
        present: Whether there is such a candidate, bool (B, K).
    """

    context: Tensor
    log_prob: Tensor
    length: Tensor
    present: Tensor


def score_choices(backbone: Backbone, tokens: Tensor, length: Tensor) -> ChoiceScores:
    """Score the candidates of observations of the choice view.

    The context is encoded once. The candidates follow it in one row [candidate 1 | ... | candidate K], in which
    each sees the context and itself only, at the positions that follow the context.

    Args:
        backbone: The language model.
        tokens: int64 (B, K+1, L): the context, then the candidates, right padded.
        length: int64 (B, K+1): real tokens of each; 0 for an absent candidate.

    Returns:
        Scores on the model's device, in float32.
    """
    tokens, length = tokens.to(backbone.model.device), length.to(backbone.model.device)
    # In an observation without a context (never seen, but inside its space) token 0 stands for it.
    length = torch.cat([length[:, :1].clamp(min=1), length[:, 1:]], 1)
    own = length[:, 1:].sum(1)
    # Observations of similar size go together, so that little is computed for padding.
    order = own.argsort()
    widest = int(own.max())
    rows = min(_ROWS, max(1, _MAX_MASK // max(1, widest * (widest + int(length[:, 0].max())))))
    parts = [_score(backbone, tokens[chosen], length[chosen]) for chosen in order.split(rows)]
    back = order.argsort()
    return ChoiceScores(*(torch.cat([getattr(p, f.name) for p in parts])[back] for f in fields(ChoiceScores)))


def _score(backbone: Backbone, tokens: Tensor, length: Tensor) -> ChoiceScores:
    context_length, length = length[:, 0], length[:, 1:]
    context = tokens[:, 0, : int(context_length.max())]
    row = _CandidateRow.pack(tokens[:, 1:], length)
    batch = torch.arange(len(tokens), device=tokens.device)[:, None]
    with backbone.body() as body:
        cache = DynamicCache()
        read = body(input_ids=context, **backbone.remembering(cache)).last_hidden_state
        last_read = read[batch[:, 0], context_length - 1]
        hidden = body(
            input_ids=row.ids,
            position_ids=context_length[:, None] + row.offset,
            attention_mask=backbone.attention_mask(_seen(row, context_length, context.shape[1])),
            **backbone.remembering(cache),
        ).last_hidden_state

    # A token is predicted by its predecessor, a candidate's first one by the context's last.
    before = torch.cat([last_read[:, None], hidden[:, :-1]], 1)
    predictors = torch.where((row.offset == 0)[..., None], last_read[:, None], before)
    token_log_prob = _log_probs(backbone, predictors[row.filled], row.ids[row.filled])
    candidates = length.shape[1]
    owner = (batch * candidates + row.segment)[row.filled]
    log_prob = token_log_prob.new_zeros(length.numel()).index_add(0, owner, token_log_prob)

    present = length > 0
    return ChoiceScores(
        context=last_read.float(),
        log_prob=log_prob.reshape(length.shape),
        length=length.float(),
        present=present,
    )


@dataclass(frozen=True)
class _CandidateRow:
    """The candidates of each observation behind one another; all of shape (B, S)."""

    ids: Tensor
    segment: Tensor  # number of the candidate; K in the padding
    offset: Tensor  # position within the candidate
    filled: Tensor  # False in the padding

    @classmethod
    def pack(cls, tokens: Tensor, length: Tensor) -> "_CandidateRow":
        total = length.sum(1)
        columns = torch.arange(max(1, int(total.max())), device=tokens.device)
        filled = columns < total[:, None]
        offset = torch.arange(tokens.shape[2], device=tokens.device).expand_as(tokens)
        inside = offset < length[..., None]
        number = torch.arange(tokens.shape[1], device=tokens.device)[:, None].expand_as(tokens)

        def row(values: Tensor, padding: int) -> Tensor:
            packed = torch.full(filled.shape, padding, dtype=torch.long, device=tokens.device)
            packed[filled] = values[inside]
            return packed

        return cls(row(tokens, 0), row(number, tokens.shape[1]), row(offset, 0), filled)


def _seen(row: _CandidateRow, context_length: Tensor, width: int) -> Tensor:
    """What each candidate token may see, bool (B, 1, S, C + S)."""
    span = row.ids.shape[1]
    causal = torch.ones(span, span, dtype=torch.bool, device=row.ids.device).tril()
    own = causal & (row.segment[:, :, None] == row.segment[:, None, :])
    context = torch.arange(width, device=row.ids.device) < context_length[:, None]
    return torch.cat([context[:, None].expand(-1, span, -1), own], 2)[:, None]


def _log_probs(backbone: Backbone, hidden: Tensor, targets: Tensor) -> Tensor:
    """Log-probabilities of the target ids, shape (N,); logits of a part of the rows at a time."""

    def part(states: Tensor, ids: Tensor) -> Tensor:
        logits = backbone.logits(states)
        return logits.gather(1, ids[:, None])[:, 0] - logits.logsumexp(1)

    rows = max(1, _MAX_LOGITS // backbone.vocab_size)
    if len(targets) <= rows:
        return part(hidden, targets)
    # The logits of a part are computed again in the backward pass instead of being kept.
    pairs = zip(hidden.split(rows), targets.split(rows), strict=True)
    return torch.cat([checkpoint(part, h, t, use_reentrant=False) for h, t in pairs])  # type: ignore[arg-type]
