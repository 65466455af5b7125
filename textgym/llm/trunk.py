"""The frozen lower layers of a language model, computed once for each conversation of a rollout."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from textgym.llm.backbone import Backbone
from textgym.llm.length_groups import length_groups

# Parts of a body, as in Llama, that is no more than embedding, layers and norm: what leaves one layer is all that
# the next one reads.
_PARTS = {"embed_tokens", "layers", "norm", "rotary_emb"}
# Length of the conversation that tells whether a body can be divided, in tokens.
_PROBE = 8


class Trunk:
    """The layers below the adapter, and what they make of conversations.

    Nothing in a trunk is trained: what leaves it depends on the tokens alone, and is never out of date. It is kept
    until `forget`, T x D numbers for a conversation of T tokens, in the model's dtype and on its device. The shared
    model is not changed: both parts are bodies of their own made of the same layers.

    Args:
        backbone: A language model that can be divided; see `trunk_of`.
    """

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._held: dict[bytes, Tensor] = {}

    @property
    def memory_bytes(self) -> int:
        """Size of what is kept."""
        return sum(states.numel() * states.element_size() for states in self._held.values())

    def forget(self) -> None:
        """Drop what is kept."""
        self._held.clear()

    @torch.no_grad()
    def activations(self, ids: Tensor, lengths: Sequence[int], *, max_tokens: int) -> list[Tensor]:
        """What leaves the trunk, (T, D) for each conversation; conversations that it has not met are encoded.

        Args:
            ids: Right-padded ids on the model's device, int64 (S, T).
            lengths: Number of tokens of each row.
            max_tokens: Most tokens in one pass, padding counted.
        """
        host = ids.cpu().numpy()
        keys = [host[row, :length].tobytes() for row, length in enumerate(lengths)]
        new = list({key: row for row, key in enumerate(keys) if key not in self._held}.values())
        for group in length_groups([lengths[row] for row in new], max_tokens=max_tokens):
            rows = [new[i] for i in group]
            for row, states in zip(rows, self.bottom(ids[rows, : lengths[rows[0]]]), strict=True):
                self._held[keys[row]] = states[: lengths[row]].clone()  # a view would keep the padding too
        return [self._held[key] for key in keys]

    def bottom(self, ids: Tensor) -> Tensor:
        """What leaves the trunk, (B, T, D), of ids (B, T); nothing is looked up or kept."""
        body: nn.Module = self._backbone.model.base_model
        frozen = _with(body, layers=body.layers[: self._backbone.frozen_layers], norm=nn.Identity())  # type: ignore[index]
        return frozen(input_ids=ids, use_cache=False).last_hidden_state

    def top(self, states: Tensor) -> Tensor:
        """Hidden states after the final norm of what leaves the trunk, both (B, T, D), with gradients."""
        with self._backbone.body() as body:
            trained = _with(body, layers=body.layers[self._backbone.frozen_layers :])  # type: ignore[index]
            return trained(inputs_embeds=states, use_cache=False).last_hidden_state


def trunk_of(backbone: Backbone) -> Trunk | None:
    """The trunk of a language model; None if all layers are trained or if its body cannot be divided."""
    body: nn.Module = backbone.model.base_model
    parts = {name for name, _ in body.named_children()}
    if backbone.frozen_layers == 0 or parts != _PARTS or not backbone.plain_attention:
        return None
    trunk = Trunk(backbone)
    ids = torch.arange(_PROBE, device=backbone.model.device)[None] % backbone.vocab_size
    with torch.no_grad():
        # Some bodies of the same parts do more: they scale what the embedding gives, say.
        same = torch.equal(trunk.top(trunk.bottom(ids)), backbone.hidden(ids))
    return trunk if same else None


def _with(body: nn.Module, **parts: nn.Module) -> nn.Module:
    """A body with other parts, sharing the rest and all weights."""
    other = copy.copy(body)
    other._modules = {**body._modules, **parts}
    return other
