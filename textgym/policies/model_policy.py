"""The actions of a Stable-Baselines3 model."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import unwrap_vec_wrapper

from textgym.errors import AgentError, AgentMisfit
from textgym.llm.generation import generate_replies
from textgym.llm.sampling import sample_actions
from textgym.policies.feature_caching_vec_env import FeatureCachingVecEnv
from textgym.policies.frozen_features import FrozenFeatures
from textgym.policies.llm_actor_critic import LLMActorCriticPolicy
from textgym.wrappers.tokens import TokenSettings, token_observation


class ModelPolicy:
    """Actions of a model for a batch of observations.

    Args:
        model: Any algorithm, on its environment's observations or on features of a frozen language model.
        deterministic: Take the most probable action; False samples.
        features: What turns observations into the model's features; None asks the model's environment.

    Raises:
        AgentError: If sampling is asked of a model without action probabilities.
    """

    def __init__(
        self, model: BaseAlgorithm, deterministic: bool, features: FrozenFeatures | None = None
    ) -> None:
        if not deterministic and not hasattr(model.policy, "get_distribution"):
            raise AgentError(
                f"{type(model).__name__} has no action probabilities to sample from; use deterministic=True"
            )
        self._model = model
        self._deterministic = deterministic
        self._takes_masks = "action_masks" in inspect.signature(model.predict).parameters
        self._features = features or _features_of(model)
        self._normalizer = model.get_vec_normalize_env()

    def check_sizes(self, actions: int, vector_size: int) -> None:
        """Refuse a decision-level environment of another kind or size than the model's.

        Raises:
            AgentMisfit: If the number of actions differs, or for a model on vectors their length.
        """
        own: Any = self._model.action_space
        space = self._model.observation_space
        on_vectors = self._features is None and isinstance(space, spaces.Box)
        if own.n != actions or (on_vectors and space.shape != (vector_size,)):
            read = f" and vectors of {space.shape[0]} numbers" if on_vectors else ""  # type: ignore[index]
            raise AgentMisfit(
                f"the model was trained on {own.n} actions{read}; this environment has {actions} and {vector_size}. "
                "Evaluate it on the id and with the env_kwargs of its training."
            )

    def act(
        self,
        observations: Any,
        uniforms: np.ndarray,
        masks: np.ndarray | None = None,
    ) -> np.ndarray:
        """Actions of shape (B,).

        Args:
            observations: As the model's environment shows them, B together.
            uniforms: A number in [0, 1) for each, which sampling takes.
            masks: Which actions are legal, bool (B, n); used by models that were trained with masks.
        """
        batch = observations
        if self._features is not None:
            batch = self._features(batch)
        if self._normalizer is not None:
            batch = self._normalizer.normalize_obs(batch)
        options = {"action_masks": masks} if self._takes_masks and masks is not None else {}
        if self._deterministic:
            return self._model.predict(batch, deterministic=True, **options)[0]  # type: ignore[arg-type]
        policy = self._model.policy
        policy.set_training_mode(False)
        with torch.no_grad():
            tensors, _ = policy.obs_to_tensor(batch)
            logits = policy.get_distribution(tensors, **options).distribution.logits  # type: ignore[operator]
            points = torch.as_tensor(uniforms, dtype=torch.float32, device=logits.device)
            return sample_actions(logits, points)[0].cpu().numpy()

    def write(
        self,
        contexts: Sequence[Sequence[int]],
        uniforms: np.ndarray,
        settings: TokenSettings,
        end_of_turn: int,
    ) -> list[list[int]]:
        """One reply to each context, as ids without the end-of-turn id."""
        policy = self._model.policy
        # Generation keeps the keys and values of earlier tokens, but does not cut off the ids that a model
        # has beyond its tokenizer, as the policy does.
        if isinstance(policy, LLMActorCriticPolicy) and policy.backbone.vocab_size == policy.heads.actions:
            return generate_replies(
                policy.backbone,
                contexts,
                max_new_tokens=settings.max_new_tokens,
                end_of_turn=end_of_turn,
                uniforms=None if self._deterministic else uniforms,
            )
        rows = [list(ids) for ids in contexts]
        running = list(range(len(rows)))
        for position in range(settings.max_new_tokens):
            # Cached features belong to rows, so that a reply that has ended must keep its place.
            asked = running if self._features is None else list(range(len(rows)))
            seen = [token_observation(rows[i], settings.context_length) for i in asked]
            tokens = dict(zip(asked, self.act(stacked(seen), uniforms[asked, position]), strict=True))
            for i in running:
                rows[i].append(int(tokens[i]))
            running = [i for i in running if rows[i][-1] != end_of_turn]
            if not running:
                break
        replies = [row[len(ids) :] for row, ids in zip(rows, contexts, strict=True)]
        return [ids[:-1] if ids[-1] == end_of_turn else ids for ids in replies]


def stacked(observations: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Observations of one row each as those of a batch."""
    return {name: np.stack([row[name] for row in observations]) for name in observations[0]}


def _features_of(model: BaseAlgorithm) -> FrozenFeatures | None:
    """Features for a model on cached ones; its environments keep what they hold."""
    env = model.get_env()
    caching = None if env is None else unwrap_vec_wrapper(env, FeatureCachingVecEnv)
    return None if caching is None else FrozenFeatures(caching.extractor)
