"""From the language model to action logits and a state value, one head per view."""

import torch
from torch import Tensor, nn

from textgym.errors import InvalidValue
from textgym.llm.backbone import Backbone
from textgym.llm.choice_evidence import ChoiceEvidence, choice_evidence
from textgym.llm.sampling import mask_logits

Observation = dict[str, Tensor]

# Columns of evidence on a candidate, and hidden units of the network that weighs them.
_EVIDENCE = 5
_SCORER_WIDTH = 64
# How much faster the value of the token view learns than the language model, whose learning rate must be small.
_VALUE_GAIN = 10.0


class TokenHeads(nn.Module):
    """Token view: the language model's own output head is the policy; the value is linear in the hidden state.

    value = g (w . h / sqrt(D) + sqrt(D) b), with w and b trained from 0. An optimizer like Adam moves each of the
    D + 1 parameters by about the same amount: the factors let the mean return, which b must hold, be learned
    before the noise in w, and the gain g = 10 lets both be learned at a language model's learning rate.

    Args:
        backbone: The language model.
        actions: Number of ids of the environment's tokenizer; logits beyond it are padding of the model.
    """

    def __init__(self, backbone: Backbone, actions: int) -> None:
        super().__init__()
        self.actions = actions
        self.value = _zero_linear(backbone.hidden_size, 1)

    def read(self, backbone: Backbone, observation: Observation) -> Tensor:
        """The language model's part: the hidden state of the last token, (B, D)."""
        return backbone.last_hidden(observation["tokens"].long(), observation["length"].long()[:, 0])

    def forward(self, backbone: Backbone, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, V) and values (B, 1) of hidden states."""
        return backbone.logits(hidden)[:, : self.actions], self.values(hidden)

    def values(self, hidden: Tensor) -> Tensor:
        """Values (B, 1) alone."""
        size = hidden.shape[-1]
        return _VALUE_GAIN * size**0.5 * self.value(hidden.to(self.value.weight) / size)


class ChoiceHeads(nn.Module):
    """Choice view: candidates compete with what the language model says about them.

    logit_k = scale * (log p(candidate k | context) - log p(candidate k)) + scorer(evidence_k)

    The first term is what the context adds to a candidate's log-probability, so that a candidate does not win by
    being short or common. The scorer, one small network for all candidates, sees both log-probabilities, their
    difference, the candidate's length and its rank (proposers put the most promising first). Its output begins
    at zero and `scale` at `score_scale`: the untrained policy ranks as the language model does. Absent
    candidates have probability 0. The value is linear in the hidden state of the context's last token.

    Args:
        backbone: The language model.
        candidates: Number K of candidates.
        score_scale: First value of `scale`, above 0; larger makes the untrained policy more decided.
    """

    def __init__(self, backbone: Backbone, candidates: int, *, score_scale: float) -> None:
        super().__init__()
        if score_scale <= 0:
            raise InvalidValue(f"score_scale must be above 0, got {score_scale}")
        self.scale = nn.Parameter(torch.tensor(float(score_scale)))
        self.scorer = nn.Sequential(
            nn.Linear(_EVIDENCE + candidates, _SCORER_WIDTH), nn.Tanh(), _zero_linear(_SCORER_WIDTH, 1)
        )
        self.value = _zero_linear(backbone.hidden_size, 1)

    def read(self, backbone: Backbone, observation: Observation) -> ChoiceEvidence:
        """The language model's part: what it says about the candidates."""
        return choice_evidence(backbone, observation["tokens"].long(), observation["length"].long())

    def forward(self, _backbone: Backbone, evidence: ChoiceEvidence) -> tuple[Tensor, Tensor]:
        """Logits (B, K), masked, and values (B, 1)."""
        gain = evidence.gain.to(self.scale.device)
        logits = self.scale * gain + self.scorer(self._features(evidence))[..., 0]
        return mask_logits(logits, evidence.present.to(logits.device)), self.values(evidence)

    def values(self, evidence: ChoiceEvidence) -> Tensor:
        """Values (B, 1) alone."""
        return self.value(evidence.context.to(self.value.weight))

    def _features(self, evidence: ChoiceEvidence) -> Tensor:
        """Evidence in numbers of order 1, and the rank one-hot: (B, K, 5 + K)."""
        size = evidence.length.clamp(min=1)
        columns = [
            evidence.log_prob / size / 4,
            evidence.prior / size / 4,
            evidence.gain / size,
            evidence.gain / 16,
            size / 16,
        ]
        rank = torch.eye(size.shape[1], device=size.device).expand(len(size), -1, -1)
        return torch.cat([torch.stack(columns, -1), rank], -1).to(self.scale.device)


def _zero_linear(size: int, outputs: int, *, bias: bool = True) -> nn.Linear:
    layer = nn.Linear(size, outputs, bias=bias)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
