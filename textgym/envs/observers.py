"""How a decision-level environment shows a state: as a vector, or as the token ids of a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces

from textgym.data.base import Split
from textgym.errors import ContextTooSmall, UnknownName, check_integer, check_text
from textgym.protocols import Conversation
from textgym.tasks.decision import DecisionTask
from textgym.tokenization import load_tokenizer

# A generated task has no longest text; so many random episodes stand for it, and for a finite one too.
_SAMPLED_EPISODES = 48


@dataclass(frozen=True)
class DecisionSettings:
    """What a reader of a decision-level environment must know to play it.

    Args:
        observation: `"vector"` or `"tokens"`.
        tokenizer: Name for `load_tokenizer`; used by `"tokens"`.
        context_length: Length L of the token observation; used by `"tokens"`.

    Raises:
        UnknownName: If there is no such kind of observation.
        InvalidValue: If the tokenizer is no string, or the length no integer of at least 1.
    """

    observation: str
    tokenizer: str
    context_length: int

    def __post_init__(self) -> None:
        if self.observation not in ("vector", "tokens"):
            raise UnknownName(f"observation must be 'vector' or 'tokens', got {self.observation!r}")
        check_text("tokenizer", self.tokenizer)
        check_integer("context_length", self.context_length, least=1)


class Observer(Protocol):
    """Turns states into observations."""

    @property
    def space(self) -> spaces.Space:
        """The observations."""
        ...

    def fits(self, state: Any) -> bool:
        """Whether the whole state can be shown."""
        ...

    def show(self, state: Any) -> Any:
        """The observation of one state."""
        ...

    def stack(self, observations: Sequence[Any]) -> Any:
        """N observations as one of a vector environment, an object of its own."""
        ...


class VectorObserver:
    """Shows `DecisionTask.vector`.

    Args:
        task: The task.
    """

    def __init__(self, task: DecisionTask) -> None:
        self._vector = task.vector
        self.space = spaces.Box(-1.0, 1.0, (task.vector_size,), np.float32)

    def fits(self, state: Any) -> bool:
        """Always."""
        return True

    def show(self, state: Any) -> np.ndarray:
        """float32 (d,)."""
        return self._vector(state)

    def stack(self, observations: Sequence[np.ndarray]) -> np.ndarray:
        """float32 (N, d)."""
        return np.array(observations)


class TokensObserver:
    """Shows the ids of a prompt that holds `DecisionTask.features`, as the token view shows a prompt.

    Args:
        task: The task.
        settings: Tokenizer and length L.
    """

    def __init__(self, task: DecisionTask, settings: DecisionSettings) -> None:
        self._features, self._settings = task.features, settings
        size, length = load_tokenizer(settings.tokenizer).vocab_size, settings.context_length
        self.space = spaces.Dict(
            tokens=spaces.Box(0, size - 1, (length,), np.int64),
            length=spaces.Box(0, length, (1,), np.int64),
        )

    def fits(self, state: Any) -> bool:
        """Whether the ids fit L."""
        return len(self._ids(state)) <= self._settings.context_length

    def show(self, state: Any) -> dict[str, np.ndarray]:
        """`tokens` (L,) right padded with 0, and `length` (1,); ids beyond L are cut off."""
        return shown_ids(self._ids(state), self._settings.context_length)

    def stack(self, observations: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """`tokens` (N, L) and `length` (N, 1)."""
        return {name: np.stack([row[name] for row in observations]) for name in ("tokens", "length")}

    def _ids(self, state: Any) -> tuple[int, ...]:
        return prompt_ids(self._settings.tokenizer, self._features(state))


def make_observer(task: DecisionTask, settings: DecisionSettings) -> Observer:
    """The observer that the settings ask for."""
    return TokensObserver(task, settings) if settings.observation == "tokens" else VectorObserver(task)


def as_conversation(features: str) -> Conversation:
    """The state as a language model reads it: one message of the environment."""
    return ({"role": "user", "content": features},)


@lru_cache(maxsize=4096)
def prompt_ids(tokenizer: str, features: str) -> tuple[int, ...]:
    """Ids of the prompt that holds a text."""
    return tuple(load_tokenizer(tokenizer).prompt_ids(as_conversation(features)))


def shown_ids(ids: Sequence[int], context_length: int) -> dict[str, np.ndarray]:
    """The token observation of ids; those beyond L are cut off."""
    tokens = np.zeros(context_length, np.int64)
    shown = ids[:context_length]
    tokens[: len(shown)] = shown
    return {"tokens": tokens, "length": np.array([len(shown)], np.int64)}


def check_context(task: DecisionTask, split: Split, difficulty: float, settings: DecisionSettings) -> None:
    """Refuse a context that random episodes do not fit.

    Raises:
        ContextTooSmall: If a text of one of them takes more than L tokens.
    """
    rng = np.random.default_rng(0)
    longest = 0
    for number in range(_SAMPLED_EPISODES):
        if task.finite:
            examples = task.examples(split)
            example = examples[number * len(examples) // _SAMPLED_EPISODES]
        else:
            example = task.generate(rng, split, difficulty)
        state, over = task.start(example), False
        while not over:
            longest = max(longest, len(prompt_ids(settings.tokenizer, task.features(state))))
            step = task.step(state, int(rng.choice(np.flatnonzero(task.mask(state)))))
            state, over = step.state, step.terminated
        longest = max(longest, len(prompt_ids(settings.tokenizer, task.features(state))))
    if longest > settings.context_length:
        raise ContextTooSmall(
            f"context_length {settings.context_length} cannot hold the states of source {task.source!r}, of which "
            f"one in {_SAMPLED_EPISODES} random episodes takes {longest} tokens. Pass context_length={longest} or more."
        )
