"""A language model as a features extractor of Stable-Baselines3."""

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor

from textgym.llm.backbone import Backbone, Trainable
from textgym.llm.choice_evidence import choice_evidence
from textgym.llm.loading import LanguageModel
from textgym.policies.views import view_of

# Gains are divided by this, so that they have the size of the other features.
_GAIN_SCALE = 16.0
# Most token positions in one forward pass of a frozen model.
_MAX_POSITIONS = 2**14


class LLMFeaturesExtractor(BaseFeaturesExtractor):
    """Features of an observation of the token view or the choice view, for any algorithm.

    Token view: the hidden state of the last token, D numbers.

    Choice view: the hidden state of the context's last token (D numbers), then for each candidate in order its
    mean token log-probability given the context (K numbers), what the context adds to its log-probability / 16
    (K) and whether it is present (K); see `textgym.llm.choice_evidence`. A frozen model reads each observation
    once.

    A frozen model is shared by the whole process and is neither in `parameters()` nor in `state_dict()`.

    Args:
        observation_space: That of a `-tokens-v0` or `-choice-v0` id.
        language_model: See `textgym.llm.loading.load_language_model`.
        trainable: `"nothing"`, `"lora"` (adapters of the shared model) or `"full"` (a float32 copy of its own).
        lora_rank: Rank of the adapters.
        trained_layers: Number of layers, counted from the top, that get adapters; None for all.
        device: Where a frozen model computes: a torch device, or `"auto"`.
        dtype: `"float32"`, `"bfloat16"` or `"auto"`: bfloat16 on a GPU.

    Raises:
        UnsupportedSpace: If the observations are not those of such a view.
        ContextTooSmall: If the view's context is longer than the model can read.
        ValueError: If the model's vocabulary is not the environment's.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        language_model: LanguageModel = "tiny",
        *,
        trainable: Trainable = "nothing",
        lora_rank: int = 8,
        trained_layers: int | None = None,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        view = view_of(observation_space)
        backbone = Backbone(
            language_model,
            trainable,
            lora_rank=lora_rank,
            trained_layers=trained_layers,
            device=device,
            dtype=dtype,
        )
        view.check_vocabulary(backbone.vocab_size)
        view.check_positions(backbone.max_positions, learned=backbone.learned_positions)
        super().__init__(observation_space, backbone.hidden_size + 3 * view.candidates)
        self.backbone, self._candidates = backbone, view.candidates

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Features of shape (B, F), float32, on the device of the observations."""
        tokens, length = observations["tokens"].long(), observations["length"].long()
        encode = self._choice if self._candidates else self._tokens
        if self.backbone.trainable in ("lora", "full"):
            features = encode(tokens, length)
        else:
            rows = max(1, _MAX_POSITIONS // max(1, int(length.reshape(len(length), -1).sum(1).max())))
            parts = zip(tokens.split(rows), length.split(rows), strict=True)
            features = torch.cat([encode(*part) for part in parts])
        return features.to(observations["tokens"].device)

    def _tokens(self, tokens: Tensor, length: Tensor) -> Tensor:
        return self.backbone.last_hidden(tokens, length[:, 0]).float()

    def _choice(self, tokens: Tensor, length: Tensor) -> Tensor:
        evidence = choice_evidence(self.backbone, tokens, length)
        mean, gain = evidence.log_prob / evidence.length.clamp(min=1), evidence.gain / _GAIN_SCALE
        return torch.cat([evidence.context, mean, gain, evidence.present.float()], 1)
