"""A policy for vectors that tell something of each action: what is learned of one action's numbers holds for all."""

from typing import Any

import torch
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.torch_layers import create_mlp
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from textgym.errors import InvalidValue, check_integer
from textgym.tasks.code.grammar_task import PRODUCTION_FEATURES


class PerActionPolicy(MaskableActorCriticPolicy):
    """Actor and critic on a vector that ends with the same numbers of each of n actions in turn.

    The score of an action is the sum of two: what one small network, the same for all actions, makes of the action's
    numbers, and what a network of the whole vector says of it. So a preference such as for the largest number is
    learned once, not n times, and exceptions can be learned too. The critic is a network of the whole vector. The
    untrained policy is uniform.

    Args:
        observation_space: `Box` of one dimension.
        action_space: `Discrete(n)`.
        lr_schedule: From the share of the training that remains to the learning rate.
        action_features: Numbers of each action; those of a production in `textgym/CodeGrammar-v0` by default.
        width: Hidden units of the networks of the whole vector, at least 1.

    Raises:
        InvalidValue: If the spaces are others, the vector is too short for so many actions, or an argument is out of
            range.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        *,
        action_features: int = len(PRODUCTION_FEATURES),
        width: int = 128,
    ) -> None:
        if not isinstance(observation_space, spaces.Box) or not isinstance(action_space, spaces.Discrete):
            raise InvalidValue(
                f"a policy per action needs a vector and Discrete actions, got {observation_space}, {action_space}"
            )
        self._action_features = check_integer("action_features", action_features, least=1)
        self._width = check_integer("width", width, least=1)
        needed = int(action_space.n) * self._action_features
        if len(observation_space.shape) != 1 or observation_space.shape[0] < needed:
            raise InvalidValue(
                f"{action_space.n} actions with {action_features} numbers each need a vector of at least {needed}, "
                f"got shape {observation_space.shape}; give action_features"
            )
        self._actions = int(action_space.n)
        super().__init__(observation_space, action_space, lr_schedule, net_arch=[])

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = PerActionNetwork(  # type: ignore[assignment]
            self.features_dim, self._actions, self._action_features, self._width
        )

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        self.action_net = SummedScores(self._width, self._actions)  # type: ignore[assignment]
        # Stable-Baselines3 has given weights to the extractor.
        nn.init.zeros_(self.mlp_extractor.score[-1].weight)  # type: ignore[arg-type, index]
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
            "action_features": self._action_features,
            "width": self._width,
        }


class PerActionNetwork(nn.Module):
    """What Stable-Baselines3 calls the extractor: latent codes for the actor and the critic.

    Args:
        numbers: Length d of a vector.
        actions: Number n of actions, whose numbers end the vector.
        action_features: Numbers F of each.
        width: Size D of a code of the whole vector.
    """

    _HIDDEN = 64

    def __init__(self, numbers: int, actions: int, action_features: int, width: int) -> None:
        super().__init__()
        self.latent_dim_pi, self.latent_dim_vf = width + actions, width
        self._shape = (actions, action_features)
        self.actor, self.critic = (
            nn.Sequential(*create_mlp(numbers, -1, [width, width], nn.Tanh)) for _ in range(2)
        )
        self.score = nn.Sequential(*create_mlp(action_features, 1, [self._HIDDEN], nn.Tanh))

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Codes for the actor (B, D + n) and the critic (B, D), of vectors (B, d)."""
        return self.forward_actor(vectors), self.forward_critic(vectors)

    def forward_actor(self, vectors: Tensor) -> Tensor:
        """A code of the whole and the scores of the actions by their numbers (B, D + n)."""
        actions, features = self._shape
        own = self.score(vectors[:, -actions * features :].unflatten(1, self._shape)).squeeze(-1)
        return torch.cat([self.actor(vectors), own], 1)

    def forward_critic(self, vectors: Tensor) -> Tensor:
        """Codes for the critic (B, D)."""
        return self.critic(vectors)


class SummedScores(nn.Module):
    """Scores of the actions: those of the whole, and their own.

    Args:
        width: Size D of a code of the whole.
        actions: Number n of actions.
    """

    def __init__(self, width: int, actions: int) -> None:
        super().__init__()
        self._width = width
        self.whole = nn.Linear(width, actions)
        nn.init.zeros_(self.whole.weight)
        nn.init.zeros_(self.whole.bias)

    def forward(self, codes: Tensor) -> Tensor:
        """Scores (B, n), of codes (B, D + n)."""
        return self.whole(codes[:, : self._width]) + codes[:, self._width :]
