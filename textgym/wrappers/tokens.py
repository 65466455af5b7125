"""The token view: one action is one token."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import load_env_creator

from textgym.envs.text_env import TextEnv
from textgym.errors import ContextTooSmall, EpisodeOver
from textgym.protocols import Conversation
from textgym.tokenization import ChatTokenizer, load_tokenizer
from textgym.wrappers.prompt_lengths import longest_prompt


@dataclass(frozen=True)
class TokenSettings:
    """What a reader of the token view must know to play it.

    Args:
        tokenizer: Name for `load_tokenizer`.
        max_new_tokens: Most tokens in one agent turn.
        context_length: Length L of the observation, in tokens.
    """

    tokenizer: str
    max_new_tokens: int
    context_length: int

    def __post_init__(self) -> None:
        for name in ("max_new_tokens", "context_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


class TokensView(gym.Wrapper):
    """A text environment played token by token.

    ## Action space
    `Discrete(V)`: the next token id. The end-of-turn id, or the last token of the budget, ends the turn; in the
    second case the environment appends the end-of-turn id itself.

    ## Observation space
    `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`: all ids so far, right padded with 0. The ids are the
    only truth: the agent's are never re-tokenized, and the environment's messages are appended to them.

    ## Rewards
    0 inside a turn; at its end what the text environment gives for the decoded reply (special tokens skipped).

    ## Episode end
    `terminated` as in the text environment; `truncated` when an environment message and one more turn no longer
    fit L.

    ## Info
    As in the text environment, at reset and at the end of each turn; empty between.

    ## Version history
    v0: first version.

    Args:
        env: The text environment.
        settings: Tokenizer and sizes.

    Raises:
        ContextTooSmall: If L cannot hold the longest prompt and every turn's budget.
    """

    def __init__(self, env: gym.Env, settings: TokenSettings) -> None:
        super().__init__(env)
        self.settings = settings
        self.tokenizer: ChatTokenizer = load_tokenizer(settings.tokenizer)
        self._check_context()
        length = settings.context_length
        self.action_space = spaces.Discrete(self.tokenizer.vocab_size)
        self.observation_space = spaces.Dict(
            tokens=spaces.Box(0, self.tokenizer.vocab_size - 1, (length,), np.int64),
            length=spaces.Box(0, length, (1,), np.int64),
        )
        self._ids: list[int] = []
        self._turn_start = 0
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start an episode; see `TextEnv.reset`."""
        _, info = self.env.reset(seed=seed, options=dict(options) if options else None)
        self._ids = self.tokenizer.prompt_ids(info["conversation"])
        if len(self._ids) + self.settings.max_new_tokens > self.settings.context_length:
            raise ContextTooSmall(
                f"the prompt of example {info['example'].id!r} takes {len(self._ids)} tokens and a turn "
                f"{self.settings.max_new_tokens}; context_length is {self.settings.context_length}. Raise it."
            )
        self._turn_start = len(self._ids)
        self._over = False
        return self._observation(), info

    def step(self, action: int) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Append one token.

        Raises:
            EpisodeOver: If the episode has ended or has not begun.
            ValueError: If the id is outside the vocabulary.
        """
        if self._over:
            raise EpisodeOver("step was called outside an episode; call reset first")
        if not self.action_space.contains(action):
            raise ValueError(
                f"the action must be a token id in [0, {self.tokenizer.vocab_size}), got {action!r}"
            )
        self._ids.append(int(action))
        written = len(self._ids) - self._turn_start
        if action != self.tokenizer.end_of_turn_id and written < self.settings.max_new_tokens:
            return self._observation(), 0.0, False, False, {}
        return self._end_turn()

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot: the ids."""
        made_with = asdict(self.settings)
        return {
            "made_with": made_with,
            "ids": list(self._ids),
            "turn_start": self._turn_start,
            "over": self._over,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            ValueError: If it was taken from a view with other settings.
        """
        if state["made_with"] != asdict(self.settings):
            raise ValueError(
                f"the snapshot was taken from {state['made_with']}, this view has {self.settings}"
            )
        self._ids, self._turn_start, self._over = list(state["ids"]), state["turn_start"], state["over"]

    def _end_turn(self) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        reply = self.tokenizer.decode(self._ids[self._turn_start :])
        _, reward, terminated, truncated, info = self.env.step(reply)
        if not (terminated or truncated):
            truncated = not self._append_environment(info["conversation"])
            if truncated:
                info["metrics"] = {}
        self._over = terminated or truncated
        return self._observation(), float(reward), terminated, truncated, info

    def _append_environment(self, conversation: Conversation) -> bool:
        end = self.tokenizer.end_of_turn_id
        closing = [] if self._ids[-1] == end else [end]
        ids = [*self._ids, *closing, *self.tokenizer.reply_ids(conversation)]
        if len(ids) + self.settings.max_new_tokens > self.settings.context_length:
            return False
        self._ids, self._turn_start = ids, len(ids)
        return True

    def _observation(self) -> dict[str, np.ndarray]:
        return token_observation(self._ids, self.settings.context_length)

    def _check_context(self) -> None:
        text_env: TextEnv = self.env.unwrapped  # type: ignore[assignment]
        prompt = longest_prompt(text_env, self.settings.tokenizer)
        need = prompt + text_env.task.max_turns * self.settings.max_new_tokens
        if need > self.settings.context_length:
            raise ContextTooSmall(
                f"context_length {self.settings.context_length} cannot hold the longest prompt of source "
                f"{text_env.task.source!r} ({prompt} tokens) and {text_env.task.max_turns} turns of "
                f"{self.settings.max_new_tokens} tokens. Pass context_length={need} or more, or a smaller "
                "max_new_tokens."
            )


def token_observation(ids: Sequence[int], context_length: int) -> dict[str, np.ndarray]:
    """The observation of at most L ids; see `TokensView`."""
    tokens = np.zeros(context_length, np.int64)
    tokens[: len(ids)] = ids
    return {"tokens": tokens, "length": np.array([len(ids)], np.int64)}


def make_tokens(
    *,
    base: str,
    tokenizer: str = "tiny",
    max_new_tokens: int,
    context_length: int,
    **env_kwargs: Any,
) -> TokensView:
    """Entry point of the `-tokens-v0` ids: the text environment `base` in the token view."""
    env = cast(gym.Env, load_env_creator(base)(**env_kwargs))
    settings = TokenSettings(tokenizer, max_new_tokens=max_new_tokens, context_length=context_length)
    return TokensView(env, settings)
