"""How a language model reads a context and its candidate replies."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from textgym.llm.backbone import Backbone

# Bounds on the size of temporary arrays, in numbers: attention masks of one forward pass, and logits.
_MAX_MASK = 2**26
_MAX_LOGITS = 2**25


@dataclass(frozen=True)
class ChoiceScores:
    """What the model says about K candidates.

    Args:
        context: Hidden state of the last context token, (B, D).
        candidate: Hidden state of each candidate's last token, (B, K, D); 0 where it is absent.
        log_prob: Sum of the candidate's token log-probabilities given the context, in nats, (B, K); 0 where
            it is absent.
        length: Number of the candidate's tokens, float32 (B, K).
        present: Whether there is such a candidate, bool (B, K).
    """

    context: Tensor
    candidate: Tensor
    log_prob: Tensor
    length: Tensor
    present: Tensor

    @property
    def mean_log_prob(self) -> Tensor:
        """Token log-probability averaged over the candidate's tokens, (B, K); 0 where it is absent."""
        return self.log_prob / self.length.clamp(min=1)


def score_choices(backbone: Backbone, tokens: Tensor, length: Tensor) -> ChoiceScores:
    """Score the candidates of observations of the choice view.

    Each observation becomes one row [context | candidate 1 | ... | candidate K] in which a candidate sees the
    context and itself only, at the positions that follow the context: the context is encoded once.

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
    total = int(length.sum(1).max())
    rows = max(1, _MAX_MASK // total**2)
    parts = [_score(backbone, *part) for part in zip(tokens.split(rows), length.split(rows), strict=True)]
    if len(parts) == 1:
        return parts[0]
    return ChoiceScores(
        *(torch.cat([getattr(p, f) for p in parts]) for f in ChoiceScores.__dataclass_fields__)
    )


def _score(backbone: Backbone, tokens: Tensor, length: Tensor) -> ChoiceScores:
    batch, segments, width = tokens.shape
    device = tokens.device
    total = length.sum(1)
    span = int(total.max())
    offset = torch.arange(width, device=device).expand_as(tokens)
    inside = offset < length[..., None]
    filled = torch.arange(span, device=device) < total[:, None]

    def packed(values: Tensor, padding: int) -> Tensor:
        row = torch.full((batch, span), padding, dtype=torch.long, device=device)
        row[filled] = values[inside]
        return row

    ids = packed(tokens, 0)
    segment = packed(torch.arange(segments, device=device)[:, None].expand_as(tokens), segments)
    within = packed(offset, 0)
    context_length = length[:, :1]
    hidden = backbone.hidden(
        ids,
        position_ids=torch.where(segment == 0, within, context_length + within),
        attention_mask=_tree_mask(segment, backbone),
    )

    here = torch.arange(span, device=device).expand(batch, span)
    # A token is predicted by its predecessor, a candidate's first one by the context's last.
    predictor = torch.where(within == 0, context_length - 1, here - 1)
    of_candidate = filled & (segment > 0)
    row, column = of_candidate.nonzero(as_tuple=True)
    token_log_prob = _log_probs(backbone, hidden[row, predictor[row, column]], ids[row, column])
    where = row * (segments - 1) + segment[row, column] - 1
    log_prob = token_log_prob.new_zeros(batch * (segments - 1)).index_add(0, where, token_log_prob)

    present = length[:, 1:] > 0
    last = (length.cumsum(1) - 1).clamp(min=0)
    ends = hidden[torch.arange(batch, device=device)[:, None], last].float()
    return ChoiceScores(
        context=ends[:, 0],
        candidate=ends[:, 1:] * present[..., None],
        log_prob=log_prob.reshape(batch, segments - 1),
        length=length[:, 1:].float(),
        present=present,
    )


def _tree_mask(segment: Tensor, backbone: Backbone) -> Tensor:
    span = segment.shape[1]
    causal = torch.ones(span, span, dtype=torch.bool, device=segment.device).tril()
    same = segment[:, :, None] == segment[:, None, :]
    allowed = causal & (same | (segment == 0)[:, None, :])
    if backbone.model.config._attn_implementation == "sdpa":
        return allowed[:, None]
    # Other implementations add the mask to the attention scores.
    dtype = backbone.model.dtype
    forbidden = torch.full_like(allowed, torch.finfo(dtype).min, dtype=dtype)
    return forbidden.masked_fill(allowed, 0.0)[:, None]


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
