"""Text environments by id."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym

from textgym.envs.text_env import TextEnv
from textgym.errors import InvalidValue
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
    if KINDS.get(env_id) in ("tokens", "choice"):
        raise InvalidValue(
            f"{env_id!r} is a view; agents and people are evaluated on text. Evaluate on {text_id(env_id)!r}: the "
            "agent of a model trained on a view renders the view itself."
        )
    kwargs = dict(env_kwargs or {})
    if taken := sorted({"env_id", "split"} & kwargs.keys()):
        raise InvalidValue(f"pass {taken[0]}=... beside env_kwargs, not inside")
    env = make_env(env_id, split=split, disable_env_checker=True, **kwargs)
    if not isinstance(env.unwrapped, TextEnv):
        raise InvalidValue(
            f"{env_id!r} is no text environment of textgym: it makes a {type(env.unwrapped).__name__}"
        )
    return env
