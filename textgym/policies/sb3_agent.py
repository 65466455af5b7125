"""Stable-Baselines3 models that were trained on a view or on decisions, as agents."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from textgym.envs.observers import DecisionSettings, prompt_ids, shown_ids
from textgym.envs.text_env import MAX_REPLY, TextEnv
from textgym.errors import AgentError, ContextTooSmall
from textgym.evaluation.text_ids import make_text_env
from textgym.llm.sampling import reply_uniforms
from textgym.policies.frozen_features import FrozenFeatures
from textgym.policies.model_policy import ModelPolicy, stacked
from textgym.protocols import Agent, DecisionAgent, Proposer, Request
from textgym.tokenization import load_tokenizer
from textgym.wrappers.choice import ChoiceSettings, choice_observation
from textgym.wrappers.proposers import named_proposer
from textgym.wrappers.tokens import TokenSettings

ViewSettings = TokenSettings | ChoiceSettings | DecisionSettings


def sb3_agent(
    model: BaseAlgorithm,
    *,
    settings: ViewSettings | None = None,
    features: FrozenFeatures | None = None,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    deterministic: bool = True,
) -> Agent | DecisionAgent:
    """Make an agent of a model.

    Args:
        model: Trained on a tokens or choice view or a decision id.
        settings: Settings of that view or id; None asks the model's environment.
        features: What turned observations into those of the model; None asks the model's environment.
        env_id: The text id that the agent will play. A named proposer of the choice view is built for it; None
            takes the model's own environment.
        env_kwargs: Its constructor arguments, without the split.
        deterministic: Take the most probable action; False samples from the policy, with random numbers that
            depend on the request's seed, episode and turn.

    Returns:
        The agent.

    Raises:
        AgentError: If the model was not trained on a view or decision id, or has lost its environment, or if sampling is asked
            of a model without action probabilities.
    """
    policy = ModelPolicy(model, deterministic, features)
    settings = settings or _settings_of(model)
    if isinstance(settings, TokenSettings):
        return TokenAgent(policy, settings)
    if isinstance(settings, DecisionSettings):
        return DecisionModelAgent(policy, settings)
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

    def __init__(self, policy: ModelPolicy, settings: TokenSettings) -> None:
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

    def __init__(self, policy: ModelPolicy, settings: ChoiceSettings, proposer: Proposer) -> None:
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
        picks = self._policy.act(stacked(seen), uniforms, masks)
        return [row[int(pick) % len(row)][:MAX_REPLY] for row, pick in zip(texts, picks, strict=True)]

    def _observation(self, request: Request, candidates: Sequence[str]) -> dict[str, np.ndarray]:
        context = self._tokenizer.prompt_ids(request.conversation)
        if len(context) > self._settings.context_length:
            raise ContextTooSmall(
                f"the conversation takes {len(context)} tokens; the model reads {self._settings.context_length}. "
                "Train it with a larger context_length."
            )
        return choice_observation(self._tokenizer, self._settings, context, candidates)


class DecisionModelAgent:
    """Picks actions as in a decision-level environment, from vectors or from the tokens of the states' texts.

    Args:
        policy: Picks actions.
        settings: How states were shown to the model.
    """

    def __init__(self, policy: ModelPolicy, settings: DecisionSettings) -> None:
        self._policy = policy
        self._settings = settings

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        """Decide for each episode, by position.

        Raises:
            AgentMisfit: If the model was trained on an environment of other sizes.
            ContextTooSmall: If a state takes more tokens than the model reads.
        """
        self._policy.check_sizes(masks.shape[1], observations.shape[1])
        batch: Any = observations
        if self._settings.observation == "tokens":
            batch = stacked([self._tokens(request) for request in requests])
        uniforms = np.array([reply_uniforms(r.seed, r.episode, r.turn, 1)[0] for r in requests])
        return [int(action) for action in self._policy.act(batch, uniforms, masks)]

    def _tokens(self, request: Request) -> dict[str, np.ndarray]:
        ids = prompt_ids(self._settings.tokenizer, request.conversation[-1]["content"])
        if len(ids) > self._settings.context_length:
            raise ContextTooSmall(
                f"the state takes {len(ids)} tokens; the model reads {self._settings.context_length}. Train it with "
                "a larger context_length."
            )
        return shown_ids(ids, self._settings.context_length)


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
        raise AgentError("the model was not trained on a tokens or choice view or a decision id of textgym")
    return settings


def _env_of(model: BaseAlgorithm) -> TextEnv:
    env = model.get_env()
    if env is None:
        raise AgentError("the proposer needs an environment; pass env_id=...")
    return env.get_attr("unwrapped", 0)[0]


def _text_env(env_id: str, env_kwargs: Mapping[str, Any] | None) -> TextEnv:
    return make_text_env(env_id, split="train", env_kwargs=env_kwargs).unwrapped  # type: ignore[return-value]
