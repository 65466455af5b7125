"""Stable-Baselines3 models that were trained on a view, as agents that speak text."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import unwrap_vec_wrapper

from textgym.envs.text_env import MAX_REPLY, TextEnv
from textgym.errors import AgentError, ContextTooSmall
from textgym.evaluation.text_ids import make_text_env
from textgym.llm.generation import generate_replies
from textgym.llm.sampling import reply_uniforms, sample_actions
from textgym.policies.feature_caching_vec_env import FeatureCachingVecEnv
from textgym.policies.frozen_features import FrozenFeatures
from textgym.policies.llm_actor_critic import LLMActorCriticPolicy
from textgym.protocols import Agent, Proposer, Request
from textgym.tokenization import load_tokenizer
from textgym.wrappers.choice import ChoiceSettings, choice_observation
from textgym.wrappers.proposers import named_proposer
from textgym.wrappers.tokens import TokenSettings, token_observation

ViewSettings = TokenSettings | ChoiceSettings


def sb3_agent(
    model: BaseAlgorithm,
    *,
    settings: ViewSettings | None = None,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    deterministic: bool = True,
) -> Agent:
    """Make an agent of a model.

    Args:
        model: Trained on a tokens or choice view.
        settings: Settings of that view; None asks the model's environment.
        env_id: The text id that the agent will play. A named proposer of the choice view is built for it; None
            takes the model's own environment.
        env_kwargs: Its constructor arguments, without the split.
        deterministic: Take the most probable action; False samples from the policy, with random numbers that
            depend on the request's seed, episode and turn.

    Returns:
        The agent.

    Raises:
        AgentError: If the model was not trained on a view or has lost its environment, or if sampling is asked
            of a model without action probabilities.
    """
    policy = _Policy(model, deterministic)
    settings = settings or _settings_of(model)
    if isinstance(settings, TokenSettings):
        return TokenAgent(policy, settings)
    proposer = settings.proposer
    if isinstance(proposer, str):
        env = _text_env(env_id, env_kwargs) if env_id else _env_of(model)
        if proposer == "oracle":
            raise AgentError(
                "the oracle proposer reads the reference; an agent cannot. Train with another proposer."
            )
        proposer = named_proposer(proposer, env)
    return ChoiceAgent(policy, settings, proposer)


class TokenAgent:
    """Writes its messages token by token, as in the tokens view.

    The ids that it wrote stay its history: they are never encoded again. A conversation that no longer fits
    the model's observation raises `ContextTooSmall`.

    Args:
        policy: Picks token ids.
        settings: Settings of the view that the model was trained on.
    """

    def __init__(self, policy: "_Policy", settings: TokenSettings) -> None:
        self._policy = policy
        self._settings = settings
        self._tokenizer = load_tokenizer(settings.tokenizer)
        self._written: dict[int, tuple[int, list[int]]] = {}

    def act(self, requests: Sequence[Request]) -> list[str]:
        """Answer each request, by position."""
        budget = self._settings.max_new_tokens
        contexts = [self._context(request) for request in requests]
        uniforms = np.array([reply_uniforms(r.seed, r.episode, r.turn, budget) for r in requests])
        replies = self._policy.write(contexts, uniforms, self._settings, self._tokenizer.end_of_turn_id)
        # Only now: a batch that fails half-way and is asked again finds the memory as it was.
        for request, context, reply in zip(requests, contexts, replies, strict=True):
            self._written[request.episode] = (request.turn, [*context, *reply])
        return [self._tokenizer.decode(reply)[:MAX_REPLY] for reply in replies]

    def end(self, episodes: Sequence[int]) -> None:
        """Forget finished episodes."""
        for episode in episodes:
            self._written.pop(episode, None)

    def _context(self, request: Request) -> list[int]:
        turn, ids = self._written.get(request.episode, (-1, []))
        if request.turn > 0 and turn == request.turn - 1:
            ids = [*ids, self._tokenizer.end_of_turn_id, *self._tokenizer.reply_ids(request.conversation)]
        else:
            ids = self._tokenizer.prompt_ids(request.conversation)
        if len(ids) + self._settings.max_new_tokens > self._settings.context_length:
            raise ContextTooSmall(
                f"the conversation takes {len(ids)} tokens and a turn {self._settings.max_new_tokens}; the model "
                f"reads {self._settings.context_length}. Train it with a larger context_length."
            )
        return ids


class ChoiceAgent:
    """Picks its message among candidates, as in the choice view.

    Args:
        policy: Picks candidates.
        settings: Settings of the view that the model was trained on.
        proposer: Gives the candidates.
    """

    def __init__(self, policy: "_Policy", settings: ChoiceSettings, proposer: Proposer) -> None:
        self._policy = policy
        self._settings = settings
        self._proposer = proposer
        self._tokenizer = load_tokenizer(settings.tokenizer)

    def act(self, requests: Sequence[Request]) -> list[str]:
        """Answer each request, by position."""
        k = self._settings.candidates
        texts = self._proposer([r.conversation for r in requests], k, [r.seed for r in requests])
        seen = [self._observation(r, row) for r, row in zip(requests, texts, strict=True)]
        masks = np.array([np.arange(k) < len(row) for row in texts])
        uniforms = np.array([reply_uniforms(r.seed, r.episode, r.turn, 1)[0] for r in requests])
        picks = self._policy.act(seen, uniforms, masks)
        return [row[int(pick) % len(row)][:MAX_REPLY] for row, pick in zip(texts, picks, strict=True)]

    def _observation(self, request: Request, candidates: Sequence[str]) -> dict[str, np.ndarray]:
        context = self._tokenizer.prompt_ids(request.conversation)
        if len(context) > self._settings.context_length:
            raise ContextTooSmall(
                f"the conversation takes {len(context)} tokens; the model reads {self._settings.context_length}. "
                "Train it with a larger context_length."
            )
        return choice_observation(self._tokenizer, self._settings, context, candidates)


class _Policy:
    """Actions of a model for a batch of observations."""

    def __init__(self, model: BaseAlgorithm, deterministic: bool) -> None:
        if not deterministic and not hasattr(model.policy, "get_distribution"):
            raise AgentError(
                f"{type(model).__name__} has no action probabilities to sample from; use deterministic=True"
            )
        self._model = model
        self._deterministic = deterministic
        self._takes_masks = "action_masks" in inspect.signature(model.predict).parameters
        self._features = _features_of(model)
        self._normalizer = model.get_vec_normalize_env()

    def act(
        self,
        observations: Sequence[Mapping[str, np.ndarray]],
        uniforms: np.ndarray,
        masks: np.ndarray | None = None,
    ) -> np.ndarray:
        batch: Any = {name: np.stack([row[name] for row in observations]) for name in observations[0]}
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
            tokens = dict(zip(asked, self.act(seen, uniforms[asked, position]), strict=True))
            for i in running:
                rows[i].append(int(tokens[i]))
            running = [i for i in running if rows[i][-1] != end_of_turn]
            if not running:
                break
        replies = [row[len(ids) :] for row, ids in zip(rows, contexts, strict=True)]
        return [ids[:-1] if ids[-1] == end_of_turn else ids for ids in replies]


def _features_of(model: BaseAlgorithm) -> FrozenFeatures | None:
    """Features for a model on cached ones; its environments keep what they hold."""
    env = model.get_env()
    caching = None if env is None else unwrap_vec_wrapper(env, FeatureCachingVecEnv)
    return None if caching is None else FrozenFeatures(caching.extractor)


def _settings_of(model: BaseAlgorithm) -> ViewSettings:
    env = model.get_env()
    if env is None:
        raise AgentError(
            "the model has no environment, so the settings of its view are unknown; load it with "
            "load(path, env=make_sb3_vec_env(...)), in a FeatureCachingVecEnv if it was trained in one, or load the "
            "folder that training wrote with sb3:FOLDER"
        )
    try:
        settings = env.get_attr("settings", 0)[0]
    except AttributeError:
        settings = None
    if not isinstance(settings, ViewSettings):
        raise AgentError("the model was not trained on a tokens or choice view of textgym")
    return settings


def _env_of(model: BaseAlgorithm) -> TextEnv:
    env = model.get_env()
    if env is None:
        raise AgentError("the proposer needs an environment; pass env_id=...")
    return env.get_attr("unwrapped", 0)[0]


def _text_env(env_id: str, env_kwargs: Mapping[str, Any] | None) -> TextEnv:
    return make_text_env(env_id, split="train", env_kwargs=env_kwargs).unwrapped  # type: ignore[return-value]
