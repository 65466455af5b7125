"""Token views in lock-step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import AutoresetMode

from textgym.envs.text_env import TextEnv
from textgym.errors import EpisodeOver
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Turn
from textgym.vector.lockstep import Outcome, copies
from textgym.vector.text_vector_env import TextVectorEnv
from textgym.wrappers.token_episodes import TokenEpisodes
from textgym.wrappers.tokens import TokenSettings, TokensView


class TokensVectorEnv(TextVectorEnv):
    """N token views of one task: one array operation writes a token into every row.

    A step in which no turn ends costs no more than its array operations; texts and infos are looked at only at
    turn ends. Otherwise as `TextVectorEnv`.

    Args:
        env_fns: Make the N token views, directly over text environments with one task object.
        autoreset_mode: As for `TextVectorEnv`.

    Raises:
        TypeError: If a view is wrapped, wraps more than a `TextEnv` or is no `TokensView`.
        ValueError: As for `TextVectorEnv`, or if the views differ in their settings.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], TokensView]],
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    ) -> None:
        super().__init__(env_fns, autoreset_mode=autoreset_mode)
        self._views = cast(list[TokensView], self.envs)
        settings = self._views[0].settings
        if any(view.settings != settings for view in self._views):
            raise ValueError(f"all views must have the same settings, got {settings} and others")
        self._episodes = TokenEpisodes.empty(
            self.num_envs,
            settings.context_length,
            end_of_turn=self._views[0].tokenizer.end_of_turn_id,
            max_new_tokens=settings.max_new_tokens,
        )
        for row, view in enumerate(self._views):
            view.share(self._episodes, row)

    def observations(self) -> dict[str, np.ndarray]:
        """`tokens` (N, L) and `length` (N, 1), int64, copied."""
        return {"tokens": self._episodes.tokens.copy(), "length": self._episodes.length[:, None].copy()}

    def _inner_env(self, env: gym.Env) -> TextEnv:
        if not isinstance(env, TokensView):
            raise TypeError(
                f"env_fns must make token views without wrappers, which would be passed by, got {env}; use "
                "SyncVectorEnv for wrapped ones, or wrap the vector environment"
            )
        return super()._inner_env(env.env)

    def _cases(self, actions: Any, playing: np.ndarray) -> dict[int, tuple[Example, Conversation]]:
        rows = np.flatnonzero(playing)
        ids = self._ids(actions, rows)
        ending = rows[self._episodes.ends_turn(rows, ids[rows])].tolist()
        return {row: self._text_envs[row].prepare(self._views[row].reply(int(ids[row]))) for row in ending}

    def _write(self, actions: Any, playing: np.ndarray) -> None:
        rows = np.flatnonzero(playing)
        self._episodes.append(rows, np.asarray(actions)[rows])

    def _take(self, row: int, case: tuple[Example, Conversation], turn: Turn) -> Outcome:
        return self._views[row].end_turn(*super()._take(row, case, turn))

    def _ids(self, actions: Any, rows: np.ndarray) -> np.ndarray:
        ids = np.asarray(actions)
        if ids.shape != (self.num_envs,) or not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(
                f"actions must be token ids, integers of shape ({self.num_envs},), got {ids.dtype} of shape {ids.shape}"
            )
        if self._episodes.over[rows].any():
            raise EpisodeOver("step was called outside an episode; call reset first")
        size = self._views[0].tokenizer.vocab_size
        wrong = rows[(ids[rows] < 0) | (ids[rows] >= size)]
        if wrong.size:
            raise ValueError(
                f"the action must be a token id in [0, {size}), got {ids[wrong[0]]} for row {wrong[0]}"
            )
        return ids


def make_tokens_vector(
    *,
    base: str,
    num_envs: int,
    tokenizer: str = "tiny",
    max_new_tokens: int,
    context_length: int,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **env_kwargs: Any,
) -> TokensVectorEnv:
    """Vector entry point of the `-tokens-v0` ids; see `textgym.wrappers.tokens.make_tokens`."""
    env = cast(TextEnv, load_env_creator(base)(**env_kwargs))
    settings = TokenSettings(tokenizer, max_new_tokens=max_new_tokens, context_length=context_length)
    views = [partial(_view, make, settings) for make in copies(env, num_envs)]
    return TokensVectorEnv(views, autoreset_mode=autoreset_mode)


def _view(make: Callable[[], gym.Env], settings: TokenSettings) -> TokensView:
    return TokensView(make(), settings)
