"""Registered environments as vector environments of Stable-Baselines3."""

import difflib
from functools import partial
from typing import Any, cast

import gymnasium as gym
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from textgym.errors import UnknownName, UnsupportedSpace
from textgym.policies.lockstep_vec_env import LockstepVecEnv
from textgym.registration import KINDS, env_ids, make_env, make_vector_env
from textgym.vector.lockstep import LockstepVectorEnv


def make_sb3_vec_env(env_id: str, n_envs: int, *, seed: int | None = None, **make_kwargs: Any) -> VecEnv:
    """Make environments for Stable-Baselines3.

    Args:
        env_id: An id of the token or the choice view, such as `"textgym/Translation-tokens-v0"`, or a decision id.
        n_envs: How many environments, at least 1.
        seed: Environment i is seeded with `seed + i` at its first reset; None leaves it to the algorithm.
        **make_kwargs: Arguments of the environment, such as `source` and `tokenizer`.

    Returns:
        A `LockstepVecEnv` for the token view and decisions, a `DummyVecEnv` for the choice view; both record the
        returns of episodes, as `Monitor` does.

    Raises:
        UnknownName: If there is no such id, or the environment does not take an argument.
        UnsupportedSpace: If it is a text view, which Stable-Baselines3 cannot use.
    """
    if n_envs < 1:
        raise ValueError(f"n_envs must be at least 1, got {n_envs}")
    _check_id(env_id)
    if KINDS[env_id] == "choice":
        venv: VecEnv = DummyVecEnv([partial(_make_choice, env_id, make_kwargs) for _ in range(n_envs)])
    else:
        venv = LockstepVecEnv(cast(LockstepVectorEnv, make_vector_env(env_id, n_envs, **make_kwargs)))
    if seed is not None:
        venv.seed(seed)
    return venv


def _make_choice(env_id: str, make_kwargs: dict[str, Any]) -> gym.Env:
    return Monitor(make_env(env_id, **make_kwargs))


def _check_id(env_id: str) -> None:
    kind = KINDS.get(env_id)
    if kind in ("tokens", "choice", "decision"):
        return
    usable = [*env_ids("tokens"), *env_ids("choice"), *env_ids("decision")]
    if kind is None:
        close = difflib.get_close_matches(env_id, usable, n=3) or usable
        raise UnknownName(f"unknown environment {env_id!r}; did you mean one of {', '.join(close)}?")
    name, _, version = env_id.rpartition("-v")
    views = [i for i in (f"{name}-tokens-v{version}", f"{name}-choice-v{version}") if i in KINDS]
    raise UnsupportedSpace(
        f"{env_id!r} is a {kind} view, which Stable-Baselines3 cannot use; use {' or '.join(views)} instead"
    )
