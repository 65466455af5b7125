"""The choice view: one action picks one of K candidate messages."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import load_env_creator

from textgym.envs.text_env import MAX_REPLY, TextEnv
from textgym.errors import ContextTooSmall, EpisodeOver, InvalidValue, check_integer, check_text
from textgym.protocols import Conversation, Example, Proposer
from textgym.tokenization import ChatTokenizer, load_tokenizer
from textgym.wrappers.prompt_lengths import longest_prompt
from textgym.wrappers.proposers import named_proposer


@dataclass(frozen=True)
class ChoiceSettings:
    """What a reader of the choice view must know to play it.

    Args:
        tokenizer: Name for `load_tokenizer`.
        candidates: Number K of candidates, at least 2.
        context_length: Length L of each row of the observation, in tokens.
        proposer: Name for `named_proposer`, or a proposer.
    """

    tokenizer: str
    candidates: int
    context_length: int
    proposer: str | Proposer

    def __post_init__(self) -> None:
        check_text("tokenizer", self.tokenizer)
        check_integer("candidates", self.candidates, least=2)
        check_integer("context_length", self.context_length, least=1)
        if not callable(self.proposer):
            check_text("proposer", self.proposer)


class ChoiceView(gym.Wrapper):
    """A text environment played by picking among candidates.

    ## Action space
    `Discrete(K)`: the candidate to send. Where a proposer gave n < K candidates, the others are absent: their
    mask is False, and choosing the i-th of them sends candidate i mod n.

    ## Observation space
    `Dict(tokens: Box int64 (K+1, L), length: Box int64 (K+1,))`: row 0 holds the ids of the conversation, ready
    for a reply, row k those of candidate k with the end-of-turn id; right padded with 0; length 0 when absent. A
    candidate of more than L tokens is shown cut to L, one longer than a message may be is cut to that. At the end of the episode only row 0 is filled.

    ## Rewards
    Those of the text environment for the chosen text.

    ## Episode end
    `terminated` as in the text environment; `truncated` when the conversation no longer fits L.

    ## Info
    As in the text environment, and `candidates`: the texts to choose from (empty at the end).

    ## Version history
    v0: first version.

    Args:
        env: The text environment.
        settings: Tokenizer, proposer and sizes.

    Raises:
        ContextTooSmall: If L cannot hold the longest prompt.
    """

    def __init__(self, env: gym.Env, settings: ChoiceSettings) -> None:
        super().__init__(env)
        self.settings = settings
        self.tokenizer: ChatTokenizer = load_tokenizer(settings.tokenizer)
        text_env: TextEnv = env.unwrapped  # type: ignore[assignment]
        self._check_context(text_env)
        self._proposer = self._load_proposer()
        rows, length = settings.candidates + 1, settings.context_length
        self.action_space = spaces.Discrete(settings.candidates)
        self.observation_space = spaces.Dict(
            tokens=spaces.Box(0, self.tokenizer.vocab_size - 1, (rows, length), np.int64),
            length=spaces.Box(0, length, (rows,), np.int64),
        )
        self._context: list[int] = []
        self._candidates: list[str] = []
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start an episode; see `TextEnv.reset`."""
        _, info = self.env.reset(seed=seed, options=dict(options) if options else None)
        if not self._open_turn(info["conversation"]):
            raise ContextTooSmall(
                f"the prompt of example {info['example'].id!r} takes {len(self._context)} tokens; context_length "
                f"is {self.settings.context_length}. Raise it."
            )
        self._over = False
        return self._observation(), {**info, "candidates": tuple(self._candidates)}

    def step(self, action: int) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Send a candidate.

        Raises:
            EpisodeOver: If the episode has ended or has not begun.
            ValueError: If the action is not in [0, K).
        """
        if self._over:
            raise EpisodeOver("step was called outside an episode; call reset first")
        if not self.action_space.contains(action):
            raise InvalidValue(f"the action must lie in [0, {self.settings.candidates}), got {action!r}")
        text = self._candidates[int(action) % len(self._candidates)]
        _, reward, terminated, truncated, info = self.env.step(text)
        if not (terminated or truncated):
            truncated = not self._open_turn(info["conversation"])
            if truncated:
                info["metrics"] = {}
        self._over = terminated or truncated
        if self._over:
            self._candidates = []
        info["candidates"] = tuple(self._candidates)
        return self._observation(), float(reward), terminated, truncated, info

    def action_masks(self) -> np.ndarray:
        """Which candidates are present: bool, shape (K,)."""
        return np.arange(self.settings.candidates) < len(self._candidates)

    def get_state(self) -> dict[str, Any]:
        """Own part of a snapshot: context ids and candidates."""
        return {
            "made_with": self._made_with(),
            "context": list(self._context),
            "candidates": list(self._candidates),
            "over": self._over,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what `get_state` gave.

        Raises:
            ValueError: If it was taken from a view with other settings.
        """
        if state["made_with"] != self._made_with():
            raise InvalidValue(
                f"the snapshot was taken from {state['made_with']}, this view has {self._made_with()}"
            )
        self._context, self._candidates = list(state["context"]), list(state["candidates"])
        self._over = state["over"]

    def __getstate__(self) -> dict[str, Any]:
        # A named proposer can hold a whole index; it is built again where the environment is unpickled.
        state = self.__dict__.copy()
        del state["_proposer"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._proposer = self._load_proposer()

    def _load_proposer(self) -> Proposer:
        proposer = self.settings.proposer
        return named_proposer(proposer, self.env.unwrapped) if isinstance(proposer, str) else proposer  # type: ignore[arg-type]

    def _made_with(self) -> dict[str, Any]:
        # The candidates themselves are part of the state; the proposer may be any function.
        sizes = {"candidates": self.settings.candidates, "context_length": self.settings.context_length}
        return {"tokenizer": self.settings.tokenizer, **sizes}

    def _open_turn(self, conversation: Conversation) -> bool:
        context = self.tokenizer.prompt_ids(conversation)
        if len(context) > self.settings.context_length:
            return False
        self._context = context
        example: Example = self.env.unwrapped.example  # type: ignore[attr-defined]
        seed = zlib.crc32(f"{example.seed} {example.id} {example.prompt}".encode("utf-8", "replace"))
        texts = self._proposer([conversation], self.settings.candidates, [seed])[0]
        if not 1 <= len(texts) <= self.settings.candidates:
            raise InvalidValue(
                f"the proposer must give 1 to {self.settings.candidates} candidates, it gave {len(texts)}"
            )
        self._candidates = [text[:MAX_REPLY] for text in texts]
        return True

    def _observation(self) -> dict[str, np.ndarray]:
        return choice_observation(self.tokenizer, self.settings, self._context, self._candidates)

    def _check_context(self, text_env: TextEnv) -> None:
        prompt = longest_prompt(text_env, self.settings.tokenizer)
        if prompt > self.settings.context_length:
            raise ContextTooSmall(
                f"context_length {self.settings.context_length} cannot hold the longest prompt of source "
                f"{text_env.task.source!r} ({prompt} tokens). Pass context_length={prompt} or more."
            )


def choice_observation(
    tokenizer: ChatTokenizer, settings: ChoiceSettings, context: Sequence[int], candidates: Sequence[str]
) -> dict[str, np.ndarray]:
    """The observation of a context (ids, at most L) and at most K candidate texts; see `ChoiceView`."""
    limit, end = settings.context_length, tokenizer.end_of_turn_id
    tokens = np.zeros((settings.candidates + 1, limit), np.int64)
    length = np.zeros(settings.candidates + 1, np.int64)
    rows = [[*ids, end][:limit] for ids in tokenizer.encode_batch(candidates)]
    for row, ids in enumerate([context, *rows]):
        tokens[row, : len(ids)] = ids
        length[row] = len(ids)
    return {"tokens": tokens, "length": length}


def make_choice(
    *,
    base: str,
    tokenizer: str = "tiny",
    candidates: int,
    context_length: int,
    proposer: str | Proposer,
    **env_kwargs: Any,
) -> ChoiceView:
    """Entry point of the `-choice-v0` ids: the text environment `base` in the choice view."""
    env = cast(gym.Env, load_env_creator(base)(**env_kwargs))
    settings = ChoiceSettings(
        tokenizer, candidates=candidates, context_length=context_length, proposer=proposer
    )
    return ChoiceView(env, settings)
