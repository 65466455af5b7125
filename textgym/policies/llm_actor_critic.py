"""An actor-critic policy of Stable-Baselines3 that is a language model."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.distributions import CategoricalDistribution, Distribution
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import Tensor

from textgym.errors import InvalidValue, UnsupportedSpace
from textgym.llm.backbone import Backbone, Trainable
from textgym.llm.loading import LanguageModel
from textgym.llm.packed import (
    PackedTokens,
    log_prob_and_entropy_at,
    packed_read,
    tokens_within,
)
from textgym.llm.sampling import best_actions, log_prob_and_entropy, sample_actions
from textgym.llm.slot_encoder import SlotEncoder, slots_fit
from textgym.llm.trunk import Trunk, trunk_of
from textgym.policies.actor_heads import ChoiceHeads, Observation, TokenHeads
from textgym.policies.late_values import LateValues
from textgym.policies.llm_features_extractor import LLMFeaturesExtractor
from textgym.policies.views import View, view_of

_TRAINABLE = ("lora", "full", "heads")
# Who asks: what is kept for a rollout must survive an evaluation in between.
_ROLLOUT, _PREDICT = "rollout", "predict"


class LLMActorCriticPolicy(ActorCriticPolicy):
    """A language model as the policy of PPO or A2C, for the token view and the choice view.

    The untrained policy is the language model itself: in the token view it samples from the model's next-token
    distribution, in the choice view it ranks candidates by what the context adds to their log-probability (see
    `ChoiceHeads`). Values begin at 0. The saved zip holds what is trained and nothing else: adapters and
    heads, or with `"full"` the weights of the whole model.

    Network options of `ActorCriticPolicy` (layers, activation, orthogonal initialisation, features extractor)
    do not exist here: each would put something between the model and its head, or overwrite its weights.

    In the token view acting costs what generation costs: keys and values of each environment's conversation are
    kept, and only new tokens go through the model. With `PackedRolloutBuffer` an update costs one pass over each
    conversation.

    Args:
        observation_space: That of a `-tokens-v0` or `-choice-v0` id.
        action_space: The discrete action space of the same id.
        lr_schedule: Learning rate as a function of the remaining progress.
        language_model: `"tiny"`, another name for `textgym.llm.loading.load_language_model`, or a
            zero-argument callable that returns a causal language model. It is saved with the policy as it is.
        trainable: `"lora"`: low-rank adapters and heads, the model stays frozen and shared. `"full"`: a
            float32 copy of the model, for small ones. `"heads"`: in the token view a copy of the output head,
            in the choice view the scorer; no gradient enters the model.
        lora_rank: Rank of the adapters.
        trained_layers: Number of transformer layers, counted from the top, that get adapters; None for all. With
            `PackedRolloutBuffer` and a body like Llama's, the layers below then read each conversation once per
            rollout and not once per epoch; what leaves them is kept until the next rollout, T x D numbers for a
            conversation of T tokens, on the language model's device.
        score_scale: First value of the factor on log-probabilities in the choice view.
        activation_memory_mb: Most memory for activations and logits of an update with `PackedRolloutBuffer`, in
            2^20 bytes. A minibatch that needs more is encoded in parts whose activations are computed twice. A
            single conversation is the smallest part.
        device: Where a frozen model computes: a torch device, or `"auto"`.
        dtype: `"float32"`, `"bfloat16"` or `"auto"`: bfloat16 on a GPU, where batches of other shapes round
            differently, so that PPO's first ratios are 1 only with `RecomputeCallback`.
        use_sde: Must be False; Stable-Baselines3 passes it.
        optimizer_class: Optimizer of what is trained.
        optimizer_kwargs: Its options without the learning rate.

    Raises:
        UnsupportedSpace: If the spaces are not those of such a view.
        ContextTooSmall: If the view's context is longer than the model can read.
        ValueError: If the model's vocabulary is not the environment's.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        language_model: LanguageModel = "tiny",
        *,
        trainable: Literal["lora", "full", "heads"] = "lora",
        lora_rank: int = 8,
        trained_layers: int | None = None,
        score_scale: float = 1.0,
        activation_memory_mb: int = 4096,
        device: str = "auto",
        dtype: str = "auto",
        use_sde: bool = False,
        optimizer_class: type[torch.optim.Optimizer] = torch.optim.Adam,
        optimizer_kwargs: dict[str, Any] | None = None,
    ) -> None:
        view = view_of(observation_space)
        _check(view, action_space, trainable, use_sde)
        self._settings = {
            "language_model": language_model,
            "trainable": trainable,
            "lora_rank": lora_rank,
            "trained_layers": trained_layers,
            "score_scale": score_scale,
            "activation_memory_mb": activation_memory_mb,
            "device": device,
            "dtype": dtype,
        }
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch={"pi": [], "vf": []},
            ortho_init=False,
            features_extractor_class=LLMFeaturesExtractor,
            features_extractor_kwargs={
                "language_model": language_model,
                "trainable": _part(trainable, view),
                "lora_rank": lora_rank,
                "trained_layers": trained_layers,
                "device": device,
                "dtype": dtype,
            },
            normalize_images=False,
            optimizer_class=optimizer_class,
            optimizer_kwargs=optimizer_kwargs,
        )

    @property
    def backbone(self) -> Backbone:
        """The language model with what is trained of it."""
        return cast(LLMFeaturesExtractor, self.features_extractor).backbone

    def _build(self, lr_schedule: Schedule) -> None:
        # One name for the extractor: three would list its weights three times in the state dict.
        for name in ("pi_features_extractor", "vf_features_extractor"):
            delattr(self, name)
            object.__setattr__(self, name, self.features_extractor)
        view = view_of(self.observation_space)
        self.heads = (
            ChoiceHeads(self.backbone, view.candidates, score_scale=self._settings["score_scale"])
            if view.candidates
            else TokenHeads(self.backbone, view.vocabulary)
        )
        # Of its own, so that what else draws from torch's generator does not change the actions; on the CPU, so
        # that they do not depend on the device. Stable-Baselines3 has just seeded torch.
        self.generator = torch.Generator().manual_seed(torch.initial_seed())
        # By caller; neither modules nor saved.
        self._encoders: dict[str, SlotEncoder] = {}
        self._slots_fit = not view.candidates and slots_fit(self.backbone)
        trained = [p for p in self.parameters() if p.requires_grad]
        self.optimizer = self.optimizer_class(trained, lr=lr_schedule(1), **self.optimizer_kwargs)  # type: ignore[call-arg]

    @cached_property
    def max_update_tokens(self) -> int:
        """Most tokens whose activations and logits fit `activation_memory_mb`."""
        length = view_of(self.observation_space).context_length
        return tokens_within(self.backbone, self._settings["activation_memory_mb"] * 2**20, length=length)

    @cached_property
    def _trunk(self) -> Trunk | None:
        return trunk_of(self.backbone)

    def forward(self, obs: PyTorchObs, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Actions (B,), values (B, 1) and log-probabilities (B,)."""
        logits, values = self._evaluate(obs, _ROLLOUT)
        actions, log_probs = self._act(logits, deterministic)
        return actions, values, log_probs

    def evaluate_actions(
        self, obs: PyTorchObs | PackedTokens, actions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Values (B, 1), log-probabilities (B,) of the actions, and entropies (B,).

        Args:
            obs: Observations, or the conversations of a `PackedRolloutBuffer` with B action positions.
            actions: int64 (B,).
        """
        if isinstance(obs, PackedTokens):
            return self._evaluate_packed(obs, actions)
        logits, values = self._evaluate(obs, _PREDICT)
        log_probs, entropy = log_prob_and_entropy(logits, actions)
        return values, log_probs, entropy

    def predict_values(self, obs: PyTorchObs) -> Tensor:
        """Values (B, 1); those of a whole rollout's environments are computed when they are looked at."""
        encoder = self._encoders.get(_ROLLOUT)
        rows = len(next(iter(obs.values()))) if isinstance(obs, dict) else 0
        if encoder is None or torch.is_grad_enabled() or not encoder.slots == rows > 1:
            return self.heads.values(self._read(cast(Observation, obs), _ROLLOUT))
        heads = cast(TokenHeads, self.heads)
        # Copies: the caller may write the next observations into the same arrays.
        tokens, length = (part.clone() for part in _tokens(cast(Observation, obs)))

        def values_of(wanted: Tensor) -> Tensor:
            with torch.no_grad():
                return heads.values(encoder.last_hidden(tokens, length, slots=wanted))

        return LateValues.of_rows(rows, values_of, device=next(self.heads.parameters()).device)

    def get_distribution(self, obs: PyTorchObs) -> Distribution:
        """The action distribution."""
        logits, _ = self._evaluate(obs, _PREDICT)
        return cast(CategoricalDistribution, self.action_dist).proba_distribution(logits)

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        return self._act(self._evaluate(observation, _PREDICT)[0], deterministic)[0]

    def set_training_mode(self, mode: bool) -> None:
        """Switch between acting and training; the language model computes the same in both."""
        if mode:
            self._forget()
        elif self._trunk is not None:  # a new rollout
            self._trunk.forget()
        if mode != self.training:  # walking the modules of a large model takes a while
            super().set_training_mode(mode)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Any:
        """Take up weights; see `torch.nn.Module.load_state_dict`. They are copied, never assigned."""
        self._forget()
        return super().load_state_dict(state_dict, strict)

    def load_from_vector(self, vector: np.ndarray) -> None:
        """Take up weights; see `BasePolicy.load_from_vector`."""
        self._forget()
        super().load_from_vector(vector)

    def __getstate__(self) -> dict[str, Any]:
        # A copy remembers no conversations: it encodes them anew.
        state = {**self.__dict__, "_encoders": {}}
        state.pop("_trunk", None)
        return state

    def _forget(self) -> None:
        for encoder in self._encoders.values():
            encoder.forget()

    def _evaluate(self, obs: PyTorchObs, caller: str) -> tuple[Tensor, Tensor]:
        logits, values = self.heads(self.backbone, self._read(cast(Observation, obs), caller))
        return logits.to(values.device), values

    def _evaluate_packed(self, packed: PackedTokens, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        heads = cast(TokenHeads, self.heads)

        def read(hidden: Tensor, own: Tensor) -> tuple[Tensor, ...]:
            return heads.values(hidden), *log_prob_and_entropy_at(
                self.backbone, hidden, actions[own], vocabulary=heads.actions, total=len(actions)
            )

        actions = actions.to(self.backbone.model.device)
        values, log_probs, entropy = packed_read(
            self.backbone, packed, read, max_tokens=self.max_update_tokens, trunk=self._trunk
        )
        return values, log_probs.to(values.device), entropy.to(values.device)

    def _read(self, obs: Observation, caller: str) -> Any:
        """What the heads read: with gradients where they are on, else from what is remembered."""
        if torch.is_grad_enabled() or not isinstance(self.heads, TokenHeads) or not self._slots_fit:
            return self.heads.read(self.backbone, obs)
        tokens, length = _tokens(obs)
        encoder = self._encoders.get(caller)
        if encoder is not None and caller == _ROLLOUT and len(tokens) == 1 < encoder.slots:
            # Stable-Baselines3 asks for the value of one truncated episode: its slot holds all but the end.
            return encoder.continue_any(tokens, length)
        if encoder is None or encoder.slots != len(tokens):
            encoder = self._encoders[caller] = SlotEncoder(self.backbone, len(tokens))
        return encoder.last_hidden(tokens, length)

    def _act(self, logits: Tensor, deterministic: bool) -> tuple[Tensor, Tensor]:
        if deterministic:
            return best_actions(logits)
        uniforms = torch.rand(len(logits), generator=self.generator)
        return sample_actions(logits, uniforms.to(logits.device))

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "lr_schedule": self._dummy_schedule,
            **self._settings,
            "optimizer_class": self.optimizer_class,
            "optimizer_kwargs": self.optimizer_kwargs,
        }


def _tokens(obs: Observation) -> tuple[Tensor, Tensor]:
    """Ids (B, T) and lengths (B,) of token views, int64."""
    return obs["tokens"].long(), obs["length"].long()[:, 0]


def _part(trainable: str, view: View) -> Trainable:
    """What of the language model itself is trained."""
    if trainable == "heads":
        return "nothing" if view.candidates else "head"
    return cast(Trainable, trainable)


def _check(view: View, action_space: spaces.Space, trainable: str, use_sde: bool) -> None:
    if trainable not in _TRAINABLE:
        raise InvalidValue(f"trainable must be one of {', '.join(_TRAINABLE)}; got {trainable!r}")
    if use_sde:
        raise InvalidValue("use_sde must be False: state-dependent noise is for continuous actions")
    expected = view.candidates or view.vocabulary
    if not isinstance(action_space, spaces.Discrete) or int(action_space.n) != expected:
        raise UnsupportedSpace(
            f"expected the action space Discrete({expected}) of the view, got {action_space}"
        )
