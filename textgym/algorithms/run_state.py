"""What the next step of an on-policy training depends on beside what Stable-Baselines3 saves."""

import random
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from textgym.envs.snapshots import get_state, set_state
from textgym.policies import LLMActorCriticPolicy, ReferenceKLCallback
from textgym.policies.lockstep_vec_env import LockstepVecEnv


def read_run_state(model: BaseAlgorithm, callbacks: Sequence[BaseCallback] = ()) -> dict[str, Any]:
    """The state between two rollouts: environments, random numbers, and the weight of a KL penalty.

    Args:
        model: PPO, A2C or MaskablePPO on environments of `make_training_env`.
        callbacks: Those of the training.

    Returns:
        What `write_run_state` takes up; it can be pickled.
    """
    return {
        "env": _read_env(cast(VecEnv, model.get_env())),
        # Policies of Stable-Baselines3 draw from torch's own generator.
        "policy": _generator(model).get_state() if _draws(model) else None,
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state(),  # noqa: NPY002 - what Stable-Baselines3 shuffles with
        "python": random.getstate(),
        "kl_beta": [c.beta for c in callbacks if isinstance(c, ReferenceKLCallback)],
    }


def write_run_state(
    model: BaseAlgorithm, state: dict[str, Any], callbacks: Sequence[BaseCallback] = ()
) -> None:
    """Take up a state in a model that was loaded with `force_reset=False` and has fresh environments."""
    _write_env(cast(VecEnv, model.get_env()), state["env"])
    if _draws(model):
        _generator(model).set_state(state["policy"])
    torch.set_rng_state(state["torch"])
    np.random.set_state(state["numpy"])  # noqa: NPY002
    random.setstate(state["python"])
    penalties = [c for c in callbacks if isinstance(c, ReferenceKLCallback)]
    for callback, beta in zip(penalties, state["kl_beta"], strict=True):
        callback.beta = beta


def _draws(model: BaseAlgorithm) -> bool:
    return isinstance(model.policy, LLMActorCriticPolicy)


def _generator(model: BaseAlgorithm) -> torch.Generator:
    return cast(LLMActorCriticPolicy, model.policy).generator


def _read_env(venv: VecEnv) -> Any:
    venv = venv.unwrapped
    if isinstance(venv, LockstepVecEnv):
        return venv.get_state()
    monitors = cast(list[Monitor], cast(DummyVecEnv, venv).envs)
    return [{"view": get_state(monitor.env), "rewards": list(monitor.rewards)} for monitor in monitors]


def _write_env(venv: VecEnv, state: Any) -> None:
    venv = venv.unwrapped
    if isinstance(venv, LockstepVecEnv):
        venv.set_state(state)
        return
    for monitor, row in zip(cast(list[Monitor], cast(DummyVecEnv, venv).envs), state, strict=True):
        set_state(monitor.env, row["view"])
        monitor.rewards, monitor.needs_reset = list(row["rewards"]), False
