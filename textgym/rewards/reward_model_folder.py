"""The folder in which a reward model is saved: what was trained, and what it was trained on."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from textgym.errors import MalformedData, UnknownName
from textgym.evaluation.whole_file import json_text

_CONFIG, _WEIGHTS = "reward_model.json", "reward_model.safetensors"
# Numbers of each weight that go into the hash of a base.
_HASHED = 64


@dataclass(frozen=True)
class RewardModelConfig:
    """What a reward model is made of, beside its weights.

    Args:
        language_model: Name of the base; None for a callable, which has no name.
        tokenizer: Name of the tokenizer; None for that of the language model.
        lora_rank: As for `RewardModel`, and so are the next two.
        activation_memory_mb: Most memory for activations.
        dtype: What the base computes in.
        base: `base_hash` of the base that the weights belong to.
    """

    language_model: str | None
    tokenizer: str | None
    lora_rank: int
    activation_memory_mb: int
    dtype: str
    base: str

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of a `RewardModel`, but for its base."""
        return {name: value for name, value in asdict(self).items() if name not in ("language_model", "base")}


def write_folder(folder: Path, config: RewardModelConfig, weights: Mapping[str, Tensor]) -> None:
    """Write a folder that is there whole or not at all.

    Raises:
        FileExistsError: If it is there already.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists already: remove it, or save to another folder")
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    unfinished.mkdir(parents=True, exist_ok=True)
    try:
        save_file(dict(weights), unfinished / _WEIGHTS)
        (unfinished / _CONFIG).write_text(json_text(asdict(config)), "utf-8")
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def read_folder(folder: Path) -> tuple[RewardModelConfig, dict[str, Tensor]]:
    """What `write_folder` wrote; the weights lie on the CPU.

    Raises:
        UnknownName: If it is no such folder.
        MalformedData: If its files are damaged.
    """
    if not (folder / _CONFIG).is_file():
        raise UnknownName(f"{folder} holds no reward model: it has no {_CONFIG}")
    try:
        config: Any = json.loads((folder / _CONFIG).read_text("utf-8"))
        return RewardModelConfig(**config), load_file(folder / _WEIGHTS)
    except (ValueError, TypeError, OSError, SafetensorError) as error:
        raise MalformedData(f"{folder} holds a damaged reward model: {error}") from error


def base_hash(model: nn.Module, ids: list[int]) -> str:
    """Tells one base from another; the same for each dtype and device that it is loaded with.

    Args:
        model: The language model.
        ids: Of a fixed conversation: they tell tokenizers and chat templates apart.
    """
    digest = hashlib.sha256(json.dumps(ids).encode())
    for weight in model.parameters():
        # The number that stays when a float32 model is loaded as bfloat16.
        first = weight.detach().flatten()[:_HASHED].to(torch.bfloat16).view(torch.int16)
        digest.update(first.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
