"""The one sampler: an action and its log-probability from logits, by inverse CDF with one uniform per row."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_SEED_MASK = 2**128 - 1


def mask_logits(logits: Tensor, mask: Tensor) -> Tensor:
    """Logits in which masked entries have probability exactly 0 and finite gradients.

    Args:
        logits: Shape (B, N).
        mask: True where the action is allowed, shape (B, N). A row without any allowed action is left as it
            is: it stands for a state in which no action will be taken.
    """
    allowed = mask | ~mask.any(-1, keepdim=True)
    return logits.masked_fill(~allowed, torch.finfo(logits.dtype).min)


def sample_actions(logits: Tensor, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Draw one action per row.

    The action is the first index whose cumulative probability exceeds the row's uniform, so that equal
    uniforms give equal actions, and the log-probability is that of the distribution drawn from.

    Args:
        logits: Unnormalised log-probabilities, shape (B, N); may come from `mask_logits`.
        uniforms: Numbers in [0, 1), shape (B,).

    Returns:
        Actions, int64 (B,), and their log-probabilities in nats, float32 (B,).
    """
    logits = logits.float()
    peak = logits.amax(-1, keepdim=True)
    weights = (logits - peak).exp()
    cumulative = weights.cumsum(-1)
    total = cumulative[:, -1:]
    # Rounding must not carry u * total up to total, where no index lies above it.
    below = torch.nextafter(total, torch.zeros_like(total))
    points = torch.minimum(uniforms.to(total)[:, None] * total, below)
    actions = torch.searchsorted(cumulative, points, right=True).clamp_(max=logits.shape[-1] - 1)
    # A parallel cumulative sum (GPU) is monotone up to rounding only: never let it pick a masked entry.
    possible = weights.gather(-1, actions) > 0
    actions = torch.where(possible, actions, logits.argmax(-1, keepdim=True))
    log_probs = logits.gather(-1, actions) - peak - total.log()
    return actions[:, 0], log_probs[:, 0]


def best_actions(logits: Tensor) -> tuple[Tensor, Tensor]:
    """The most probable action of each row (the first of equals) and its log-probability in nats."""
    log_probs = torch.log_softmax(logits.float(), -1)
    actions = log_probs.argmax(-1)
    return actions, log_probs.gather(-1, actions[:, None])[:, 0]


def log_prob_and_entropy(logits: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities of given actions and the entropy of each row, in nats, both float32 (B,)."""
    return _LogProbAndEntropy.apply(logits.float(), actions.long().reshape(-1, 1))  # type: ignore[return-value]


class _LogProbAndEntropy(torch.autograd.Function):
    """Keeps one array of the size of the logits for the backward pass, where autograd would keep three."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        log_probs = torch.log_softmax(logits, -1)
        entropy = -torch.linalg.vecdot(log_probs.exp(), log_probs)
        ctx.save_for_backward(log_probs, entropy, actions)
        return log_probs.gather(-1, actions)[:, 0], entropy

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, log_prob_grad: Tensor, entropy_grad: Tensor) -> tuple[Tensor, None]:
        # d log p_a / d logit_i = [i = a] - p_i and d H / d logit_i = -p_i (log p_i + H).
        log_probs, entropy, actions = ctx.saved_tensors
        probs = log_probs.exp()
        grad = (log_probs + entropy[:, None]).mul_(probs).mul_(-entropy_grad[:, None])
        grad.addcmul_(probs, log_prob_grad[:, None], value=-1)
        return grad.scatter_add_(-1, actions, log_prob_grad[:, None]), None


def reply_uniforms(seed: int, episode: int, turn: int, length: int) -> np.ndarray:
    """The uniforms of one reply in an evaluation: position i uses number i.

    They depend on the arguments alone (Philox keyed by the seed, with episode and turn in the counter), not
    on what else is generated, and a longer request begins with the same numbers.

    Args:
        seed: Seed of the episode, at least 0.
        episode: Number of the episode, at least 0.
        turn: Number of the agent's turn, at least 0.
        length: How many.

    Returns:
        Numbers in [0, 1), float64 (length,).
    """
    stream = np.random.Philox(key=seed & _SEED_MASK, counter=np.array([0, 0, turn, episode], np.uint64))
    return np.random.Generator(stream).random(length)
