"""Low-rank adapters that are attached to a shared model only while they are used."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from weakref import ref

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

Hook = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]

#: Factor on the low-rank update: alpha / rank of the paper, with alpha = 2 rank.
_SCALE = 2.0


class LowRankAdapter(nn.Module):
    """LoRA for every linear layer inside a transformer body.

    The body is not changed: while `attached`, forward hooks add the low-rank update. Several adapters can
    therefore share one body, and the body without its adapter is the reference policy.

    Args:
        body: The transformer without its output head.
        rank: Rank of the update, at least 1.
        trained_layers: Number of transformer layers, counted from the top, that get the update; None for every
            linear layer of the body.

    Raises:
        ValueError: If the rank is below 1, or if the body does not have so many layers.

    References:
        Hu et al., 2021, arXiv:2106.09685.
    """

    def __init__(self, body: nn.Module, *, rank: int, trained_layers: int | None = None) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"the rank of an adapter must be at least 1, got {rank}")
        self.rank = rank
        stack, count = ("", 0) if trained_layers is None else _layer_stack(body)
        if trained_layers is not None and not 1 <= trained_layers <= count:
            raise ValueError(
                f"trained_layers must be from 1 to {count}, the layers of {type(body).__name__}, or None for all; "
                f"got {trained_layers}"
            )
        #: Number of transformer layers below all updates.
        self.frozen_layers = count - (trained_layers or 0)
        linear = [name for name, layer in body.named_modules() if isinstance(layer, nn.Linear | Conv1D)]
        top = tuple(f"{stack}.{i}." for i in range(self.frozen_layers, count))
        self._layers = linear if trained_layers is None else [n for n in linear if n.startswith(top)]
        if not self._layers:
            raise ValueError(f"{type(body).__name__} has no linear layer that an adapter could extend")
        self.down, self.up = nn.ParameterList(), nn.ParameterList()
        for name in self._layers:
            size_in, size_out = _sizes(body.get_submodule(name))
            down = torch.empty(rank, size_in)
            nn.init.kaiming_uniform_(down, a=math.sqrt(5))
            self.down.append(nn.Parameter(down))
            self.up.append(nn.Parameter(torch.zeros(size_out, rank)))

        # Found again at each step of a rollout otherwise: the body, and its layers with their updates.
        self._found: tuple[ref[nn.Module], list[tuple[nn.Module, Hook]]] | None = None

    @contextmanager
    def attached(self, body: nn.Module) -> Iterator[None]:
        """Within this context `body` computes with the adapter."""
        hooks = [layer.register_forward_hook(update) for layer, update in self._updates(body)]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def __getstate__(self) -> dict[str, Any]:
        # What was found belongs to these weights; a copy finds its own.
        return {**self.__dict__, "_found": None}

    def _updates(self, body: nn.Module) -> list[tuple[nn.Module, Hook]]:
        if self._found is None or self._found[0]() is not body:
            parts = zip(self._layers, self.down, self.up, strict=True)
            updates = [(body.get_submodule(name), _add_update(down, up)) for name, down, up in parts]
            self._found = ref(body), updates
        return self._found[1]


def _add_update(down: Tensor, up: Tensor) -> Hook:
    def hook(_layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        x = inputs[0]
        low = functional.linear(x, down.to(x))
        return output + functional.linear(low, up.to(x)) * _SCALE

    return hook


def _layer_stack(body: nn.Module) -> tuple[str, int]:
    """Name and length of the list of transformer layers."""
    stacks = [(name, len(part)) for name, part in body.named_children() if isinstance(part, nn.ModuleList)]
    if len(stacks) != 1:
        raise ValueError(
            f"trained_layers needs a body with one list of layers, and {type(body).__name__} has {len(stacks)}; "
            "leave it out to adapt all layers"
        )
    return stacks[0]


def _sizes(layer: nn.Module) -> tuple[int, int]:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    rows, columns = cast(Tensor, layer.weight).shape  # Conv1D stores the transpose
    return rows, columns
