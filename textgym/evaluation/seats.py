"""The agent's seat at an environment: what it is asked, what it may answer, and what that does."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, SupportsFloat

import gymnasium as gym
import numpy as np

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.text_env import MAX_REPLY
from textgym.errors import AgentMisfit, InvalidValue, ReplyTooLong
from textgym.protocols import Conversation, Request, plays

Step = tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]


class Seat(Protocol):
    """One kind of environment from the agent's side; it holds nothing of an episode."""

    def conversation(self, env: gym.Env, info: Mapping[str, Any]) -> Conversation:
        """What a request shows, after a reset or step that gave `info`."""
        ...

    def ask(self, agent: Any, envs: Sequence[gym.Env], requests: Sequence[Request]) -> Sequence[Any]:
        """The agent's answers."""
        ...

    def problem(self, env: gym.Env, answer: object) -> Exception | None:
        """What is wrong with an answer."""
        ...

    def take(self, env: gym.Env, answer: Any) -> tuple[str, Step]:
        """The reply of the record, and what `step` gives."""
        ...


class TextSeat:
    """Messages in, a message out."""

    def conversation(self, env: gym.Env, info: Mapping[str, Any]) -> Conversation:
        """All messages."""
        return info["conversation"]

    def ask(self, agent: Any, envs: Sequence[gym.Env], requests: Sequence[Request]) -> Sequence[Any]:
        """Replies to the requests."""
        return agent.act(requests)

    def problem(self, env: gym.Env, answer: object) -> Exception | None:
        """A reply must be a string that fits the action space."""
        if not isinstance(answer, str):
            return TypeError(f"the agent must reply with a str, got {type(answer).__name__}")
        if len(answer) > MAX_REPLY:
            return ReplyTooLong(f"the reply has {len(answer)} characters; at most {MAX_REPLY} are accepted")
        return None

    def take(self, env: gym.Env, answer: str) -> tuple[str, Step]:
        """Send the message."""
        return str(answer), env.step(answer)


class DecisionSeat:
    """A state in, as vector, mask and text; a number out."""

    def conversation(self, env: gym.Env, info: Mapping[str, Any]) -> Conversation:
        """The state as one message."""
        return _inner(env).conversation

    def ask(self, agent: Any, envs: Sequence[gym.Env], requests: Sequence[Request]) -> Sequence[Any]:
        """Actions for the states."""
        inner = [_inner(env) for env in envs]
        observations = np.stack([env.observation for env in inner])
        return agent.act(observations, np.stack([env.action_masks() for env in inner]), requests)

    def problem(self, env: gym.Env, answer: object) -> Exception | None:
        """An action must be an integer in [0, n)."""
        actions = _inner(env).task.actions
        if isinstance(answer, bool) or not isinstance(answer, int | np.integer):
            return TypeError(f"the agent must answer with an int, got {type(answer).__name__}")
        if not 0 <= answer < actions:
            return InvalidValue(f"the action must lie in [0, {actions}), got {answer}")
        return None

    def take(self, env: gym.Env, answer: int) -> tuple[str, Step]:
        """Play the action; the reply is the name of the one that was played."""
        inner = _inner(env)
        return inner.played_name(int(answer)), env.step(int(answer))


def seat_of(env: gym.Env) -> Seat:
    """The seat at an environment."""
    return DecisionSeat() if isinstance(env.unwrapped, DecisionEnv) else TextSeat()


def check_fit(agent: object, env: gym.Env, env_id: str) -> None:
    """Refuse an agent that cannot sit at an environment.

    Raises:
        AgentMisfit: If it has no `act`, or `act` takes the arguments of another kind of environment.
    """
    kinds = plays(agent)
    wanted: Literal["text", "decision"] = "decision" if isinstance(env.unwrapped, DecisionEnv) else "text"
    if wanted in kinds:
        return
    form = {
        "text": "a text environment: it needs an agent with act(requests), such as as_agent(function)",
        "decision": (
            "a decision environment: it needs an agent with act(observations, masks, requests), such as "
            "as_decision_agent(function)"
        ),
    }[wanted]
    got = type(agent).__name__ + (f", which plays {' and '.join(sorted(kinds))} ids" if kinds else "")
    raise AgentMisfit(f"{env_id!r} is {form}; got {got}")


def _inner(env: gym.Env) -> DecisionEnv:
    return env.unwrapped  # type: ignore[return-value]
