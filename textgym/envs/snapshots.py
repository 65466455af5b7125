"""Snapshots: the state of an environment with all its wrappers, as JSON values."""

from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit


def get_state(env: gym.Env | VectorEnv) -> dict[str, Any]:
    """Take a snapshot that `set_state` puts into any environment made the same way, a fresh one too.

    Args:
        env: A textgym environment or native vector environment, with or without wrappers. `TimeLimit`,
            `OrderEnforcing` and `PassiveEnvChecker` of Gymnasium are known.

    Returns:
        JSON values: one entry for each layer, outermost first.

    Raises:
        TypeError: If a wrapper is neither ours nor one of those three, because its state would be lost.
    """
    return {"layers": [{"type": type(layer).__name__, "state": _read(layer)} for layer in _layers(env)]}


def set_state(env: gym.Env | VectorEnv, state: Mapping[str, Any]) -> None:
    """Take up a snapshot.

    Args:
        env: An environment with the same layers as the one the snapshot was taken from.
        state: What `get_state` returned.

    Raises:
        ValueError: If the layers differ.
        TypeError: If a wrapper is unknown.
    """
    layers = list(_layers(env))
    names, given = [type(layer).__name__ for layer in layers], [entry["type"] for entry in state["layers"]]
    if names != given:
        raise ValueError(
            f"the snapshot holds the layers {given}, this environment has {names}; make it the same way"
        )
    # From the inside out: what the task refuses has then changed nothing further out.
    for layer, entry in reversed(list(zip(layers, state["layers"], strict=True))):
        _write(layer, entry["state"])


def _layers(env: gym.Env | VectorEnv) -> Iterator[gym.Env | VectorEnv]:
    yield env
    while isinstance(env, gym.Wrapper | VectorWrapper):
        env = env.env
        yield env


def _read(layer: gym.Env | VectorEnv) -> Any:
    if isinstance(layer, TimeLimit):
        return layer._elapsed_steps
    if isinstance(layer, OrderEnforcing):
        return layer.has_reset
    if isinstance(layer, PassiveEnvChecker):
        return None
    return _ours(layer, "get_state")(layer)


def _write(layer: gym.Env | VectorEnv, state: Any) -> None:
    if isinstance(layer, TimeLimit):
        layer._elapsed_steps = state
    elif isinstance(layer, OrderEnforcing):
        layer._has_reset = state
    elif isinstance(layer, PassiveEnvChecker):
        # Its first-call checks compare a step with the reset before it, which a fresh environment never had.
        layer.checked_reset = layer.checked_step = layer.checked_data_reuse = True
    else:
        _ours(layer, "set_state")(layer, state)


def _ours(layer: gym.Env | VectorEnv, method: str) -> Any:
    # Looked up on the class: a wrapper forwards unknown attributes to the environment inside it.
    found = getattr(type(layer), method, None)
    if found is None:
        raise TypeError(
            f"{type(layer).__name__} cannot be part of a snapshot: it has no get_state and set_state. "
            "Take the snapshot of the environment inside it."
        )
    return found
