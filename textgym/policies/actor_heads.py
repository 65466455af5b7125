"""From the language model to action logits and a state value, one head per view."""

import torch
from torch import Tensor, nn

from textgym.llm.backbone import Backbone
from textgym.llm.choice_scoring import score_choices
from textgym.llm.sampling import mask_logits

Observation = dict[str, Tensor]


class TokenHeads(nn.Module):
    """Token view: the language model's own output head is the policy; the value is linear in the hidden state.

    Args:
        backbone: The language model.
        actions: Number of ids of the environment's tokenizer; logits beyond it are padding of the model.
    """

    def __init__(self, backbone: Backbone, actions: int) -> None:
        super().__init__()
        self.actions = actions
        self.value = _zero_linear(backbone.hidden_size, 1)

    def forward(self, backbone: Backbone, observation: Observation) -> tuple[Tensor, Tensor]:
        """Logits (B, V) and values (B, 1)."""
        hidden = self._hidden(backbone, observation)
        return backbone.logits(hidden)[:, : self.actions], self._value_of(hidden)

    def values(self, backbone: Backbone, observation: Observation) -> Tensor:
        """Values (B, 1) alone."""
        return self._value_of(self._hidden(backbone, observation))

    def _hidden(self, backbone: Backbone, observation: Observation) -> Tensor:
        return backbone.last_hidden(observation["tokens"].long(), observation["length"].long()[:, 0])

    def _value_of(self, hidden: Tensor) -> Tensor:
        return self.value(hidden.to(self.value.weight))


class ChoiceHeads(nn.Module):
    """Choice view: candidates compete with the language model's opinion of them.

    logit_k = scale * mean token log-probability of candidate k + w . hidden_k + rank_bias_k

    where hidden_k belongs to the candidate's last token. `w` and `rank_bias` begin at zero and `scale` at
    `score_scale`, so that the untrained policy ranks candidates exactly as the language model does. Absent
    candidates have probability 0. The value is linear in the hidden state of the context's last token.

    Args:
        backbone: The language model.
        candidates: Number K of candidates.
        score_scale: First value of `scale`, above 0; larger makes the untrained policy more decided.
    """

    def __init__(self, backbone: Backbone, candidates: int, *, score_scale: float) -> None:
        super().__init__()
        if score_scale <= 0:
            raise ValueError(f"score_scale must be above 0, got {score_scale}")
        self.scale = nn.Parameter(torch.tensor(float(score_scale)))
        self.scorer = _zero_linear(backbone.hidden_size, 1, bias=False)
        # Proposers order their candidates best first: the rank itself is informative.
        self.rank_bias = nn.Parameter(torch.zeros(candidates))
        self.value = _zero_linear(backbone.hidden_size, 1)

    def forward(self, backbone: Backbone, observation: Observation) -> tuple[Tensor, Tensor]:
        """Logits (B, K), masked, and values (B, 1)."""
        scores = score_choices(backbone, observation["tokens"].long(), observation["length"].long())
        here = self.scale.device
        learned = self.scorer(scores.candidate.to(here))[..., 0] + self.rank_bias
        logits = self.scale * scores.mean_log_prob.to(here) + learned
        return mask_logits(logits, scores.present.to(here)), self._value_of(scores.context)

    def values(self, backbone: Backbone, observation: Observation) -> Tensor:
        """Values (B, 1) alone; the candidates are not read."""
        tokens, length = observation["tokens"].long()[:, 0], observation["length"].long()[:, 0]
        return self._value_of(backbone.last_hidden(tokens, length))

    def _value_of(self, hidden: Tensor) -> Tensor:
        return self.value(hidden.to(self.value.weight))


def _zero_linear(size: int, outputs: int, *, bias: bool = True) -> nn.Linear:
    layer = nn.Linear(size, outputs, bias=bias)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
