"""A Hugging Face model that reads many texts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from textgym.llm.loading import resolve_device

Text = str | tuple[str, str]
"""A text, or a pair that the tokenizer joins in its own way."""


class TextModel:
    """A frozen model with its tokenizer, reading texts in batches of similar length.

    Gradients and dropout are off and weights are 32-bit. A text's result does not depend on the texts beside it,
    except for rounding (about 1e-6) through the padding. A text without tokens is read as the end-of-text token.

    Args:
        model: The model; it is taken over and frozen.
        tokenizer: Its tokenizer.
        max_length: Longest text in tokens, special tokens included; None takes the model's own limit.
        batch_size: Most texts in one forward pass; models without a padding token read one at a time.
        device: A torch device, or `"auto"`: CUDA where there is a GPU, else the CPU.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        *,
        max_length: int | None = None,
        batch_size: int = 64,
        device: str = "auto",
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        placed: Any = model.to(device=resolve_device(device), dtype=torch.float32)  # type: ignore[call-arg]
        self.model = placed.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.max_length = _longest(max_length, model, tokenizer)
        padded = tokenizer.pad_token_id is not None and model.config.pad_token_id is not None
        self.batch_size = batch_size if padded else 1

    def read(
        self,
        texts: Sequence[Text],
        readout: Callable[[Any, torch.Tensor], torch.Tensor],
        *,
        framed: bool = False,
        keep_end: bool = False,
    ) -> np.ndarray:
        """Run the model over texts.

        Args:
            texts: B texts or pairs, at least one.
            readout: Takes the model's output and the attention mask (B, T), returns (B, D).
            framed: Whether the texts spell the model's special tokens themselves, as those of a chat template
                do. Else special tokens are added, and none is recognised inside a text: a reply gains nothing
                by spelling `[SEP]`.
            keep_end: Cut what is too long at its beginning instead of its end.

        Returns:
            Shape (B, D), float32.
        """
        encoded = [self._encode(text, framed=framed, keep_end=keep_end) for text in texts]
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place]["input_ids"]))
        rows: dict[int, np.ndarray] = {}
        for start in range(0, len(order), self.batch_size):
            places = order[start : start + self.batch_size]
            rows |= zip(places, self._forward([encoded[place] for place in places], readout), strict=True)
        return np.stack([rows[place] for place in range(len(texts))])

    def _encode(self, text: Text, *, framed: bool, keep_end: bool) -> dict[str, list[int]]:
        self.tokenizer.truncation_side = "left" if keep_end else "right"
        pair = (text,) if isinstance(text, str) else text
        encoded = self.tokenizer(
            *pair,
            truncation="longest_first",
            max_length=self.max_length,
            add_special_tokens=not framed,
            split_special_tokens=not framed,
        )
        return (
            dict(encoded)
            if encoded["input_ids"]
            else {**{key: [0] for key in encoded}, **self._end_of_text()}
        )

    def _end_of_text(self) -> dict[str, list[int]]:
        """What stands for a text without tokens: no model can read nothing."""
        ids = (self.tokenizer.eos_token_id, self.tokenizer.bos_token_id, 0)
        return {"input_ids": [next(i for i in ids if i is not None)], "attention_mask": [1]}

    @torch.inference_mode()
    def _forward(
        self, encoded: list[dict[str, list[int]]], readout: Callable[[Any, torch.Tensor], torch.Tensor]
    ) -> np.ndarray:
        if len(encoded) == 1:
            batch = {key: torch.tensor([value]) for key, value in encoded[0].items()}
        else:
            batch = dict(self.tokenizer.pad(encoded, padding=True, padding_side="right", return_tensors="pt"))
        batch = {key: value.to(self.model.device) for key, value in batch.items()}
        return readout(self.model(**batch), batch["attention_mask"]).float().cpu().numpy()


def _longest(max_length: int | None, model: PreTrainedModel, tokenizer: Any) -> int:
    # Tokenizers that know no limit state one of 10**30.
    positions = getattr(model.config, "max_position_embeddings", None)
    limit = int(min(tokenizer.model_max_length, positions or tokenizer.model_max_length))
    if max_length is None:
        return limit
    if not 1 <= max_length <= limit:
        raise ValueError(f"max_length must lie in [1, {limit}], got {max_length}")
    return max_length
