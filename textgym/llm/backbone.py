"""A causal language model as a function from token ids to hidden states and logits."""

import copy
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Cache, PreTrainedModel

from textgym.llm.adapters import LowRankAdapter
from textgym.llm.loading import LanguageModel, load_language_model

Trainable = Literal["nothing", "head", "lora", "full"]


class Backbone(nn.Module):
    """A resident language model and what is trained of it.

    The frozen model is shared by the whole process and is no submodule: `parameters()` and `state_dict()` hold
    only what is trained. The model always computes in evaluation mode, so that dropout never makes training
    differ from acting.

    Args:
        language_model: See `load_language_model`.
        trainable: `"nothing"`; `"head"`: a copy of the output head; `"lora"`: low-rank adapters of all linear
            layers; `"full"`: a copy of the whole model in float32, for small models.
        lora_rank: Rank of the adapters.
        trained_layers: With `"lora"`, number of transformer layers, counted from the top, that get adapters; None
            for all of them.
        device: See `load_language_model`. Ids and results move between devices where they differ.
        dtype: See `load_language_model`; ignored with `"full"`.
    """

    _shared: "_Shared"

    def __init__(
        self,
        language_model: LanguageModel = "tiny",
        trainable: Trainable = "nothing",
        *,
        lora_rank: int = 8,
        trained_layers: int | None = None,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        super().__init__()
        if trainable not in get_args(Trainable):
            raise ValueError(f"trainable must be one of {', '.join(get_args(Trainable))}; got {trainable!r}")
        if trained_layers is not None and trainable != "lora":
            raise ValueError(
                f"trained_layers says where adapters are and needs trainable='lora'; got {trainable!r}"
            )
        self.trainable = trainable
        dtype = "float32" if trainable == "full" else dtype
        self._source = {"language_model": language_model, "device": device, "dtype": dtype}
        shared = load_language_model(language_model, device=device, dtype=dtype)
        if trainable == "full":
            self.own_model = copy.deepcopy(shared).requires_grad_(True)
        if trainable != "full" or callable(language_model):
            # A callable may give another model the next time it is asked: the reference must be this one.
            self._shared = _Shared(shared)
        body: nn.Module = self.model.base_model
        self.adapter = None
        if trainable == "lora":
            self.adapter = LowRankAdapter(body, rank=lora_rank, trained_layers=trained_layers)
        self.own_head = None
        if trainable == "head":
            self.own_head = copy.deepcopy(self._model_head).float().requires_grad_(True)

    @property
    def model(self) -> PreTrainedModel:
        """The Hugging Face model that computes: the shared one, or the own copy."""
        return cast(PreTrainedModel, self.own_model) if self.trainable == "full" else self._shared.model

    @property
    def hidden_size(self) -> int:
        """Size D of the hidden states."""
        return int(self.model.config.get_text_config().hidden_size)

    @property
    def max_positions(self) -> int | None:
        """Number of positions that the model was made for; None if its config names none."""
        return getattr(self.model.config.get_text_config(), "max_position_embeddings", None)

    @property
    def learned_positions(self) -> bool:
        """Whether positions are rows of a table, so that there is none beyond `max_positions`."""
        # Rotary models, whose config describes the rotation, compute positions of any size.
        return getattr(self.model.config.get_text_config(), "rope_parameters", None) is None

    @property
    def vocab_size(self) -> int:
        """Number V of logits."""
        return int(self._model_head.weight.shape[0])

    @cached_property
    def plain_attention(self) -> bool:
        """Whether every layer attends to all earlier tokens, so that keys and values are all that it remembers."""
        config = self.model.config.get_text_config()
        kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
        windows = ("sliding_window", "window_size", "attention_types", "alibi")
        return kinds == {"full_attention"} and not any(getattr(config, name, None) for name in windows)

    def remembering(self, cache: Cache) -> dict[str, Any]:
        """The arguments of `body` that make it read from a cache of keys and values and add to it."""
        return {self._cache_argument: cache, "use_cache": True}

    @cached_property
    def _cache_argument(self) -> str:
        # transformers 5.24 began to rename it, one architecture after another.
        names = inspect.signature(self.model.base_model.forward).parameters
        return "cache" if "cache" in names else "past_key_values"

    @property
    def frozen_layers(self) -> int:
        """Number of layers below all adapters; 0 unless `trained_layers` was given."""
        return 0 if self.adapter is None else self.adapter.frozen_layers

    def weights_version(self) -> int:
        """A number that changes when an optimizer or an assignment changes a trained weight.

        Writing into `.data` in place goes unnoticed.
        """
        # An assignment to `.data` gives a parameter new memory and leaves its version.
        return hash(tuple((p._version, p.data_ptr()) for p in self._trained))

    def weights_address(self) -> int:
        """A number that changes when a trained weight moves in memory."""
        return hash(tuple(p.data_ptr() for p in self._trained))

    @cached_property
    def _trained(self) -> tuple[nn.Parameter, ...]:
        return tuple(self.parameters())

    def attention_mask(self, seen: Tensor) -> Tensor:
        """A boolean mask in the form that the model's attention takes.

        Args:
            seen: True where a token may look, shape (B, 1, Q, K).
        """
        if self.model.config._attn_implementation == "sdpa":
            return seen
        zeros = torch.zeros(seen.shape, dtype=self.model.dtype, device=seen.device)
        return zeros.masked_fill(~seen, torch.finfo(zeros.dtype).min)

    def train(self, mode: bool = True) -> "Backbone":
        """Keep the model in evaluation mode whatever `mode` is."""
        super().train(mode)
        self.model.eval()
        return self

    def reference(self) -> "Backbone":
        """The same language model as it was before training; a frozen base is shared, not copied."""
        return Backbone(**self._source)

    @contextmanager
    def body(self) -> Iterator[nn.Module]:
        """The transformer without its head, computing with the adapter, and with gradients if it is trained."""
        body: nn.Module = self.model.base_model
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.trainable in ("lora", "full")):
            if self.adapter is None:
                yield body
            else:
                with self.adapter.attached(body):
                    yield body

    def hidden(self, ids: Tensor) -> Tensor:
        """Hidden states after the final norm, shape (B, T, D), in the model's dtype and on its device.

        Args:
            ids: Token ids, int64 (B, T). Right padding needs no mask: attention is causal.
        """
        with self.body() as body:
            return body(input_ids=ids.to(self.model.device), use_cache=False).last_hidden_state

    def last_hidden(self, ids: Tensor, length: Tensor) -> Tensor:
        """Hidden state of the last real token of each row, shape (B, D).

        Args:
            ids: Right-padded ids, int64 (B, T).
            length: Number of real tokens of each row, int64 (B,).
        """
        length = length.to(self.model.device).clamp(min=1)
        hidden = self.hidden(ids[:, : int(length.max())])
        return hidden[torch.arange(len(length), device=hidden.device), length - 1]

    def logits(self, hidden: Tensor) -> Tensor:
        """Next-token logits of hidden states, float32, shape (..., V)."""
        head = self._model_head if self.own_head is None else self.own_head
        return functional.linear(hidden.to(head.weight), head.weight, head.bias).float()

    @property
    def _model_head(self) -> nn.Linear:
        return cast(nn.Linear, self.model.get_output_embeddings())


class _Shared:
    """Hides a model from torch, which would register it as a submodule, and stays shared when copied."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model

    def __deepcopy__(self, _memo: dict[int, Any]) -> "_Shared":
        return self
