"""A policy that scores every item by the same small network, for actions that each stand for one item."""

from typing import Any

import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from textgym.errors import InvalidValue, check_integer
from textgym.tasks.extractive_summarization import SENTENCE_FEATURES


class PointerPolicy(MaskableActorCriticPolicy):
    """Actor and critic on a vector of items: action i < n - 1 takes item i, the last one stops.

    The vector holds `item_features` numbers of each of n - 1 items in turn, then numbers about the whole; an
    absent item is all zeros. One network reads every item, so that what is learned of one place holds for all:
    permuting the items permutes the probabilities. Each item is scored with a summary of all present ones (mean
    and largest of what the network makes of them), and so is stopping. The critic reads the items by a network of
    its own. The untrained policy is uniform.

    Args:
        observation_space: `Box` of one dimension.
        action_space: `Discrete(n)`, n at least 2.
        lr_schedule: From the share of the training that remains to the learning rate.
        item_features: Numbers of each item; those of a sentence in `textgym/ExtractiveSummarization-v0` by default.
        width: Hidden units, at least 1.

    Raises:
        InvalidValue: If the spaces are others, the vector is too short for so many items, or an argument is out of
            range.

    References:
        Vinyals, Fortunato and Jaitly, 2015, "Pointer Networks", arXiv:1506.03134 (probabilities over the input).
        Zaheer et al., 2017, "Deep Sets", arXiv:1703.06114, section 3 (a set read by one network and a pool).
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        *,
        item_features: int = len(SENTENCE_FEATURES),
        width: int = 64,
    ) -> None:
        if not isinstance(observation_space, spaces.Box) or not isinstance(action_space, spaces.Discrete):
            raise InvalidValue(
                f"a pointer policy needs a vector and Discrete actions, got {observation_space}, {action_space}"
            )
        self._item_features = check_integer("item_features", item_features, least=1)
        self._width = check_integer("width", width, least=1)
        self._items = int(action_space.n) - 1
        needed = self._items * self._item_features
        if self._items < 1 or len(observation_space.shape) != 1 or observation_space.shape[0] < needed:
            raise InvalidValue(
                f"{action_space.n} actions over items of {item_features} numbers need a vector of at least {needed}, "
                f"got shape {observation_space.shape}; give item_features"
            )
        super().__init__(observation_space, action_space, lr_schedule, net_arch=[])

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = PointerNetwork(  # type: ignore[assignment]
            self._items,
            self._item_features,
            self.features_dim - self._items * self._item_features,
            self._width,
        )

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        score = nn.Linear(self._width, 1)
        nn.init.zeros_(score.weight)
        nn.init.zeros_(score.bias)
        # In place of a layer that would mix the items.
        self.action_net = nn.Sequential(score, nn.Flatten())
        self.optimizer = self.optimizer_class(
            self.parameters(),
            lr=lr_schedule(1),  # type: ignore[call-arg]
            **self.optimizer_kwargs,
        )

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "lr_schedule": self._dummy_schedule,
            "item_features": self._item_features,
            "width": self._width,
        }


class PointerNetwork(nn.Module):
    """What Stable-Baselines3 calls the extractor: latent codes of each action, and of the state for its value.

    Args:
        items: Number n - 1 of items.
        item_features: Numbers F of each.
        whole: Numbers G about the whole.
        width: Size D of a code.
    """

    def __init__(self, items: int, item_features: int, whole: int, width: int) -> None:
        super().__init__()
        self.latent_dim_pi = self.latent_dim_vf = width
        self._shape = (items, item_features)
        self.actor, self.critic = (ItemEncoder(item_features, whole, width) for _ in range(2))
        self.pick = nn.Sequential(nn.Linear(2 * width, width), nn.Tanh())
        self.stop = nn.Sequential(nn.Linear(width, width), nn.Tanh())

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Codes of the actions (B, n, D) and of the states (B, D), of vectors (B, d)."""
        return self.forward_actor(vectors), self.forward_critic(vectors)

    def forward_actor(self, vectors: Tensor) -> Tensor:
        """Codes of the actions (B, n, D)."""
        items, context = self.actor(*self._parts(vectors))
        beside = context[:, None].expand(-1, items.shape[1], -1)
        picks = self.pick(torch.cat([items, beside], -1))
        return torch.cat([picks, self.stop(context)[:, None]], 1)

    def forward_critic(self, vectors: Tensor) -> Tensor:
        """Codes of the states (B, D)."""
        return self.critic(*self._parts(vectors))[1]

    def _parts(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        items, features = self._shape
        return vectors[:, : items * features].unflatten(1, self._shape), vectors[:, items * features :]


class ItemEncoder(nn.Module):
    """Codes of items, and one of all present items together.

    Args:
        item_features: Numbers F of an item.
        whole: Numbers G about the whole.
        width: Size D of a code.
    """

    def __init__(self, item_features: int, whole: int, width: int) -> None:
        super().__init__()
        self.item = nn.Sequential(nn.Linear(item_features + whole, width), nn.Tanh())
        self.context = nn.Sequential(nn.Linear(2 * width + whole, width), nn.Tanh())

    def forward(self, items: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        """Codes of items (B, n - 1, D) and of all (B, D), of items (B, n - 1, F) and the whole (B, G)."""
        beside = whole[:, None].expand(-1, items.shape[1], -1)
        codes = self.item(torch.cat([items, beside], -1))
        present = (items != 0).any(-1, keepdim=True)
        mean = (codes * present).sum(1) / present.sum(1).clamp(min=1)
        # -1 is the least that tanh gives.
        most = torch.where(present, codes, -1.0).amax(1)
        return codes, self.context(torch.cat([mean, most, whole], -1))
