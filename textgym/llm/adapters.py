"""Low-rank adapters that are attached to a shared model only while they are used."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

#: Factor on the low-rank update: alpha / rank of the paper, with alpha = 2 rank.
_SCALE = 2.0


class LowRankAdapter(nn.Module):
    """LoRA for every linear layer inside a transformer body.

    The body is not changed: while `attached`, forward hooks add the low-rank update. Several adapters can
    therefore share one body, and the body without its adapter is the reference policy.

    Args:
        body: The transformer without its output head.
        rank: Rank of the update, at least 1.

    References:
        Hu et al., 2021, arXiv:2106.09685.
    """

    def __init__(self, body: nn.Module, *, rank: int) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"the rank of an adapter must be at least 1, got {rank}")
        self.rank = rank
        self._layers = [name for name, layer in body.named_modules() if isinstance(layer, nn.Linear | Conv1D)]
        if not self._layers:
            raise ValueError(f"{type(body).__name__} has no linear layer that an adapter could extend")
        self.down, self.up = nn.ParameterList(), nn.ParameterList()
        for name in self._layers:
            size_in, size_out = _sizes(body.get_submodule(name))
            down = torch.empty(rank, size_in)
            nn.init.kaiming_uniform_(down, a=math.sqrt(5))
            self.down.append(nn.Parameter(down))
            self.up.append(nn.Parameter(torch.zeros(size_out, rank)))

    @contextmanager
    def attached(self, body: nn.Module) -> Iterator[None]:
        """Within this context `body` computes with the adapter."""
        hooks = [
            body.get_submodule(name).register_forward_hook(_add_update(down, up))
            for name, down, up in zip(self._layers, self.down, self.up, strict=True)
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


def _add_update(down: Tensor, up: Tensor):
    def hook(_layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        x = inputs[0]
        low = functional.linear(x, down.to(x))
        return output + functional.linear(low, up.to(x)) * _SCALE

    return hook


def _sizes(layer: nn.Module) -> tuple[int, int]:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    rows, columns = cast(Tensor, layer.weight).shape  # Conv1D stores the transpose
    return rows, columns
