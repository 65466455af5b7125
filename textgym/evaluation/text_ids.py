"""The environments that agents and people play, by id: text and decision-level ones."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.text_env import TextEnv
from textgym.registration import KINDS, make_env, text_id


def make_text_env(env_id: str, *, split: str, env_kwargs: Mapping[str, Any] | None = None) -> gym.Env:
    """Make an environment whose messages are strings.

    Args:
        env_id: A text id of textgym, or another id of a `TextEnv`.
        split: Split of its examples.
        env_kwargs: Its other constructor arguments.

    Returns:
        The environment with the wrappers of `gym.make`, except the checker.

    Raises:
        ValueError: If the id is a view or another environment, or does not take the arguments.
    """
    env = make_played_env(env_id, split=split, env_kwargs=env_kwargs)
    if not isinstance(env.unwrapped, TextEnv):
        raise ValueError(
            f"{env_id!r} is no text environment of textgym: it makes a {type(env.unwrapped).__name__}"
        )
    return env


def make_played_env(env_id: str, *, split: str, env_kwargs: Mapping[str, Any] | None = None) -> gym.Env:
    """Make an environment that agents are evaluated on: of messages, or of decisions shown as vectors.

    Args:
        env_id: A text or decision id of textgym, or another id of a `TextEnv` or `DecisionEnv`.
        split: Split of its examples.
        env_kwargs: Its other constructor arguments.

    Returns:
        The environment with the wrappers of `gym.make`, except the checker.

    Raises:
        ValueError: If the id is a view or another environment, or does not take the arguments.
    """
    if KINDS.get(env_id) in ("tokens", "choice"):
        raise ValueError(
            f"{env_id!r} is a view; agents and people are evaluated on text. Evaluate on {text_id(env_id)!r}: the "
            "agent of a model trained on a view renders the view itself."
        )
    kwargs = dict(env_kwargs or {})
    if "split" in kwargs:
        raise ValueError("pass split=... beside env_kwargs, not inside")
    env = make_env(env_id, split=split, disable_env_checker=True, **kwargs)
    inner = env.unwrapped
    if not isinstance(inner, TextEnv | DecisionEnv):
        raise ValueError(
            f"{env_id!r} is no text or decision environment of textgym: it makes a {type(inner).__name__}"
        )
    if isinstance(inner, DecisionEnv) and inner.settings.observation != "vector":
        raise ValueError(
            "agents are evaluated on vectors and texts; leave observation, tokenizer and context_length out of "
            "env_kwargs: the agent of a model trained on tokens encodes the states itself"
        )
    return env
