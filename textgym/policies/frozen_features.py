"""Features of observations from a frozen language model, each token computed once."""

from collections.abc import Mapping

import numpy as np
import torch

from textgym.llm.slot_encoder import SlotEncoder, slots_fit
from textgym.policies.llm_features_extractor import LLMFeaturesExtractor


class FrozenFeatures:
    """What a frozen `LLMFeaturesExtractor` gives, for observations that continue those of the last call.

    Token view: each row is compared with the row of the call before, and only its new tokens go through the
    model. A call with another number of rows begins anew. Choice view: each observation is read once, as the
    extractor does.

    Results differ from those of the extractor by rounding only.

    Args:
        extractor: With a frozen model.
    """

    def __init__(self, extractor: LLMFeaturesExtractor) -> None:
        self._extractor = extractor
        self._slots_fit = slots_fit(extractor.backbone)
        self._encoder: SlotEncoder | None = None

    @torch.no_grad()
    def __call__(self, observations: Mapping[str, np.ndarray]) -> np.ndarray:
        """Features of a batch.

        Args:
            observations: `tokens` (B, L) and `length` (B, 1) of the token view, or `tokens` (B, K+1, L) and
                `length` (B, K+1) of the choice view.

        Returns:
            float32 (B, F), an array of its own.
        """
        batch = {name: torch.as_tensor(values) for name, values in observations.items()}
        tokens, length = batch["tokens"], batch["length"]
        backbone = self._extractor.backbone
        if tokens.dim() == 3 or not self._slots_fit:
            return self._extractor(batch).cpu().numpy()
        if self._encoder is None or self._encoder.slots != len(tokens):
            self._encoder = SlotEncoder(backbone, len(tokens))
        return self._encoder.last_hidden(tokens, length[:, 0]).float().cpu().numpy()
