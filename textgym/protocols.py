"""The types that layers hand to each other: messages, examples, agents and reward functions."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, NoneType
from typing import Any, Literal, NotRequired, Protocol, TypedDict, runtime_checkable

import numpy as np


class Message(TypedDict):
    """One utterance. The environment speaks as `user`, the agent as `assistant`."""

    role: Literal["system", "user", "assistant"]
    content: str
    name: NotRequired[str]


Conversation = tuple[Message, ...]


@dataclass(frozen=True)
class Example:
    """One item of a task, with everything that its judge needs.

    Args:
        id: Unique within its source, such as `"django:de/17"`.
        prompt: The environment's first message.
        references: Replies that a person or the generator gave; may be empty.
        group: Key of the prompt group; examples of one group are in one split and form one cluster in
            statistics.
        seed: Source of all randomness inside the episode.
        data: What else the judge needs, JSON values only; read-only.
    """

    id: str
    prompt: str
    references: tuple[str, ...] = ()
    group: str = ""
    seed: int = 0
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", _frozen(self.data))

    def __reduce__(self):
        return (Example, (self.id, self.prompt, self.references, self.group, self.seed, _thawed(self.data)))

    def to_json(self) -> dict[str, Any]:
        """The example as JSON values."""
        return {
            "id": self.id,
            "prompt": self.prompt,
            "references": list(self.references),
            "group": self.group,
            "seed": self.seed,
            "data": _thawed(self.data),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Example":
        """The inverse of `to_json`."""
        return cls(**{**value, "references": tuple(value["references"])})


# Asked first: most values are such, and `isinstance(_, Mapping)` is slow.
_PLAIN = frozenset({str, int, float, bool, NoneType})


def _frozen(value: Any) -> Any:
    if type(value) is tuple:
        try:
            hash(value)
            return value  # nothing in it can change
        except TypeError:
            pass
    if isinstance(value, (list, tuple)):
        return tuple([item if type(item) in _PLAIN else _frozen(item) for item in value])
    if type(value) not in _PLAIN and isinstance(value, Mapping):
        frozen = {key: item if type(item) in _PLAIN else _frozen(item) for key, item in value.items()}
        return MappingProxyType(frozen)
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Request:
    """What an agent is asked to answer.

    Args:
        conversation: All messages so far; the last one is the environment's.
        episode: Number of the episode; an agent's memory is keyed by it.
        turn: Number of the agent's turn within the episode, from 0.
        seed: Seed of the episode, for agents that draw random numbers.
    """

    conversation: Conversation
    episode: int
    turn: int
    seed: int


@runtime_checkable
class Agent(Protocol):
    """Text in, text out, in batches. May also define `end(episodes: Sequence[int]) -> None`."""

    def act(self, requests: Sequence[Request]) -> Sequence[str | Exception]:
        """Answer each request, by position; an exception in place of a reply fails that request alone."""
        ...


@runtime_checkable
class DecisionAgent(Protocol):
    """Numbers out, for decision-level environments, in batches. May also define `end`, as `Agent`.

    One that defines `meet(episode: int, example: Example) -> None` is an oracle: it is shown every example,
    references included. An oracle says so in its name and is refused in suites.
    """

    def act(
        self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]
    ) -> Sequence[int | Exception]:
        """Decide for each of B episodes, by position.

        Args:
            observations: Vectors of the states, float32 (B, d).
            masks: Which actions are legal, bool (B, n). An illegal one is played as the environment says.
            requests: `conversation` is one message, the state as a language model reads it.

        Returns:
            An action for each; an exception in its place fails that episode alone.
        """
        ...


def plays(agent: object) -> frozenset[Literal["text", "decision"]]:
    """Which kinds of ids an agent fits, by the number of arguments that its `act` takes; empty without `act`."""
    act = getattr(agent, "act", None)
    if not callable(act):
        return frozenset()
    signature = inspect.signature(act)

    def takes(number: int) -> bool:
        try:
            signature.bind(*[None] * number)
        except TypeError:
            return False
        return True

    kinds: dict[Literal["text", "decision"], int] = {"text": 1, "decision": 3}
    return frozenset(kind for kind, number in kinds.items() if takes(number))


class RewardFn(Protocol):
    """Scores conversations: row-wise, permutation-equivariant, deterministic given its cache."""

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Rewards of shape (B,), float32."""
        ...


def reward_name(reward_fn: RewardFn) -> str:
    """What to call a reward function in messages and specs: its `name`, else that of its function or class."""
    return str(
        getattr(reward_fn, "name", "") or getattr(reward_fn, "__name__", "") or type(reward_fn).__name__
    )


def checked_rewards(
    reward_fn: RewardFn, conversations: Sequence[Conversation], examples: Sequence[Example]
) -> np.ndarray:
    """Call a reward function and hold it to its contract.

    Args:
        reward_fn: What to call, once.
        conversations: B conversations.
        examples: Their examples, by position.

    Returns:
        Finite rewards of shape (B,), float32.

    Raises:
        ValueError: If it returned something else; the message names the function.
    """
    name, returned = reward_name(reward_fn), reward_fn(conversations, examples)
    try:
        with np.errstate(over="ignore"):
            rewards = np.asarray(returned).astype(np.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"reward function {name!r} must return a NumPy array of numbers, got a "
            f"{type(returned).__name__} that does not convert to float32: {error}"
        ) from error
    if rewards.shape != (len(conversations),):
        raise ValueError(
            f"reward function {name!r} must return one reward for each conversation, shape "
            f"({len(conversations)},), got shape {rewards.shape}"
        )
    wrong = np.flatnonzero(~np.isfinite(rewards))
    if wrong.size:
        raise ValueError(
            f"reward function {name!r} must return finite rewards, got {rewards[wrong[0]]} for example "
            f"{examples[wrong[0]].id!r}"
        )
    return rewards


class Proposer(Protocol):
    """Proposes candidate replies. It never sees the example."""

    def __call__(
        self, conversations: Sequence[Conversation], k: int, seeds: Sequence[int]
    ) -> list[list[str]]:
        """One to `k` distinct texts for each conversation, the most promising first."""
        ...


@dataclass(frozen=True)
class _FunctionAgent:
    function: Callable[[Any], str]
    whole: bool

    def act(self, requests: Sequence[Request]) -> list[str]:
        return [
            self.function(r.conversation if self.whole else r.conversation[-1]["content"]) for r in requests
        ]


def as_agent(function: Callable[[Any], str], *, whole: bool = False) -> Agent:
    """Lift a function to an agent.

    Args:
        function: Takes the newest environment message (a string) and returns the reply.
        whole: Give the function the whole conversation instead.

    Returns:
        The agent.
    """
    return _FunctionAgent(function, whole)


@dataclass(frozen=True)
class _DecisionFunctionAgent:
    function: Callable[[np.ndarray, np.ndarray], int]

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        return [self.function(o, m) for o, m in zip(observations, masks, strict=True)]


def as_decision_agent(function: Callable[[np.ndarray, np.ndarray], int]) -> DecisionAgent:
    """Lift a function to an agent of decision-level environments.

    Args:
        function: Takes the vector of a state, float32 (d,), and which actions are legal, bool (n,); returns the
            action.

    Returns:
        The agent.
    """
    return _DecisionFunctionAgent(function)
