"""The token view: one action is one token."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, SupportsFloat, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import load_env_creator

from textgym.envs.text_env import MAX_REPLY, TextEnv
from textgym.errors import ContextTooSmall, EpisodeOver, InvalidValue, check_integer, check_text
from textgym.tokenization import ChatTokenizer, load_tokenizer
from textgym.wrappers.prompt_lengths import longest_prompt
from textgym.wrappers.token_episodes import TokenEpisodes


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
        check_text("tokenizer", self.tokenizer)
        for name in ("max_new_tokens", "context_length"):
            check_integer(name, getattr(self, name), least=1)


class TokensView(gym.Wrapper):
    """A text environment played token by token.

    ## Action space
    `Discrete(V)`: the next token id. The end-of-turn id, or the last token of the budget, ends the turn; in the
    second case the environment appends the end-of-turn id itself.

    ## Observation space
    `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`: all ids so far, right padded with 0. The ids are the
    only truth: the agent's are never re-tokenized, and the environment's messages are appended to them.

    ## Rewards
    0 inside a turn; at its end what the text environment gives for the decoded reply (special tokens skipped). A
    reply of more characters than a message may have (`MAX_REPLY`) is cut to that; the ids stay as they are.

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
        self._row = 0
        self._episodes = TokenEpisodes.empty(
            1,
            length,
            end_of_turn=self.tokenizer.end_of_turn_id,
            max_new_tokens=settings.max_new_tokens,
        )

    def share(self, episodes: TokenEpisodes, row: int) -> None:
        """Keep the ids from now on in a row of arrays that others see too; the running episode is left."""
        self._episodes, self._row = episodes, row

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start an episode; see `TextEnv.reset`."""
        _, info = self.env.reset(seed=seed, options=dict(options) if options else None)
        ids = self.tokenizer.prompt_ids(info["conversation"])
        if not self._episodes.begin(self._row, ids):
            raise ContextTooSmall(
                f"the prompt of example {info['example'].id!r} takes {len(ids)} tokens and a turn "
                f"{self.settings.max_new_tokens}; context_length is {self.settings.context_length}. Raise it."
            )
        return self.observation, info

    def step(self, action: int) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Append one token.

        Raises:
            EpisodeOver: If the episode has ended or has not begun.
            ValueError: If the id is outside the vocabulary.
        """
        if self._episodes.over[self._row]:
            raise EpisodeOver("step was called outside an episode; call reset first")
        if not self.action_space.contains(action):
            raise InvalidValue(
                f"the action must be a token id in [0, {self.tokenizer.vocab_size}), got {action!r}"
            )
        token = int(action)
        if not self._episodes.ends_turn(self._row, token):
            self._episodes.append(self._row, token)
            return self.observation, 0.0, False, False, {}
        _, reward, terminated, truncated, info = self.env.step(self.reply(token))
        self._episodes.append(self._row, token)
        outcome = self.end_turn(reward, terminated, truncated, info)
        return self.observation, *outcome

    def reply(self, last: int) -> str:
        """The agent's message if its turn ended with this id: the ids decoded, cut to the longest message."""
        return self.tokenizer.decode([*self._episodes.turn(self._row), last])[:MAX_REPLY]

    def end_turn(
        self, reward: SupportsFloat, terminated: bool, truncated: bool, info: dict[str, Any]
    ) -> tuple[float, bool, bool, dict[str, Any]]:
        """Go on after a whole turn, given what the text environment's step gave for `reply`.

        Returns:
            As `step`, without the observation.
        """
        if not (terminated or truncated):
            ids = self.tokenizer.reply_ids(info["conversation"])
            truncated = not self._episodes.answer(self._row, ids)
            if truncated:
                info["metrics"] = {}
        self._episodes.over[self._row] = terminated or truncated
        return float(reward), terminated, truncated, info

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot: the ids."""
        observation = self.observation
        return {
            "made_with": asdict(self.settings),
            "ids": observation["tokens"][: observation["length"][0]].tolist(),
            "turn_start": int(self._episodes.turn_start[self._row]),
            "over": bool(self._episodes.over[self._row]),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            ValueError: If it was taken from a view with other settings.
        """
        if state["made_with"] != asdict(self.settings):
            raise InvalidValue(
                f"the snapshot was taken from {state['made_with']}, this view has {self.settings}"
            )
        self._episodes.load(self._row, state["ids"], turn_start=state["turn_start"])
        self._episodes.over[self._row] = state["over"]

    @property
    def observation(self) -> dict[str, np.ndarray]:
        """The ids now, `tokens` (L,) and `length` (1,), copied."""
        row = self._row
        return {
            "tokens": self._episodes.tokens[row].copy(),
            "length": self._episodes.length[row : row + 1].copy(),
        }

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
