"""What a language model has to say about candidate replies, computed once where the model is frozen."""

from collections import OrderedDict
from dataclasses import dataclass, fields
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from textgym.llm.backbone import Backbone
from textgym.llm.choice_scoring import score_choices

# Observations whose evidence is kept for each frozen model; one takes about (D + 4 K) x 4 bytes.
_CAPACITY = 32_768


@dataclass(frozen=True)
class ChoiceEvidence:
    """Log-probabilities of K candidates with and without the context.

    Args:
        context: Hidden state of the last context token, (B, D).
        log_prob: Log-probability of each candidate given the context, in nats, (B, K); 0 where it is absent.
        prior: Its log-probability after the context's last token alone, likewise: how likely it is whatever was
            asked.
        length: Number of its tokens, (B, K).
        present: Whether there is such a candidate, bool (B, K).
    """

    context: Tensor
    log_prob: Tensor
    prior: Tensor
    length: Tensor
    present: Tensor

    @property
    def gain(self) -> Tensor:
        """How much more likely the context makes each candidate, in nats, (B, K).

        References:
            Domain conditional pointwise mutual information: Holtzman et al., 2021, arXiv:2104.08315, section 3.
        """
        return self.log_prob - self.prior


def choice_evidence(backbone: Backbone, tokens: Tensor, length: Tensor) -> ChoiceEvidence:
    """Read observations of the choice view.

    A frozen model reads each distinct observation once in the life of the process (the 32,768 used last are
    kept), a trained one each time.

    Args:
        backbone: The language model.
        tokens: int64 (B, K+1, L): the context, then the candidates, right padded.
        length: int64 (B, K+1): real tokens of each; 0 for an absent candidate.

    Returns:
        The evidence, on the model's device, in float32.
    """
    if backbone.trainable in ("lora", "full"):
        return _read(backbone, tokens, length)
    memory = _MEMORIES.setdefault(backbone.model, OrderedDict())
    keys = _keys(tokens, length)
    new = {key: row for row, key in enumerate(keys) if key not in memory}
    if new:
        rows = torch.tensor(list(new.values()), device=tokens.device)
        with torch.no_grad():
            read = _read(backbone, tokens[rows], length[rows])
        # Clones: a row of a batch would keep the whole batch in memory.
        memory.update(
            (key, tuple(getattr(read, f.name)[i].clone() for f in _FIELDS)) for i, key in enumerate(new)
        )
    found = []
    for key in keys:
        memory.move_to_end(key)
        found.append(memory[key])
    while len(memory) > _CAPACITY:
        memory.popitem(last=False)
    return ChoiceEvidence(*(torch.stack(column) for column in zip(*found, strict=True)))


def _read(backbone: Backbone, tokens: Tensor, length: Tensor) -> ChoiceEvidence:
    scores = score_choices(backbone, tokens, length)
    alone, single = torch.zeros_like(tokens), length.clone()
    last = tokens[:, 0].gather(1, (length[:, :1] - 1).clamp(min=0))
    alone[:, 0, 0], single[:, 0] = last[:, 0], 1
    alone[:, 1:] = tokens[:, 1:]
    prior = score_choices(backbone, alone, single).log_prob
    return ChoiceEvidence(scores.context, scores.log_prob, prior, scores.length, scores.present)


def _keys(tokens: Tensor, length: Tensor) -> list[bytes]:
    """One key for each observation: lengths and real tokens, so that padding does not matter."""
    ids, sizes = tokens.cpu().numpy().astype(np.int32), length.cpu().numpy().astype(np.int32)
    real = np.arange(ids.shape[2]) < sizes[..., None]
    return [sizes[i].tobytes() + ids[i][real[i]].tobytes() for i in range(len(ids))]


_FIELDS = fields(ChoiceEvidence)
_MEMORIES: WeakKeyDictionary[PreTrainedModel, OrderedDict[bytes, tuple[Tensor, ...]]] = WeakKeyDictionary()
