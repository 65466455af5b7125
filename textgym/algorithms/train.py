# ruff: noqa: E402 - what is absent is named before anything imports it
"""Train a Stable-Baselines3 algorithm with a language model inside on a token or choice view."""

import inspect
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from textgym.errors import UnknownName, require

for _package in ("torch", "transformers", "stable_baselines3", "sb3_contrib"):
    require(_package, extra="train")

from sb3_contrib import QRDQN
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, configure
from stable_baselines3.common.vec_env import VecEnv

from textgym.evaluation.whole_file import json_text, write_whole
from textgym.policies import LLMActorCriticPolicy, LLMFeaturesExtractor, MetricsCallback, make_sb3_vec_env

_ON_POLICY: dict[str, type[BaseAlgorithm]] = {"ppo": PPO, "a2c": A2C}
_OFF_POLICY: dict[str, type[BaseAlgorithm]] = {"dqn": DQN, "qrdqn": QRDQN}
_ARGUMENTS = "training.json"
_CHECKPOINT_EVERY_S = 60.0
# Arguments of the algorithms that `train` gives itself.
_SET_HERE = ("policy", "env", "seed", "_init_setup_model")


def train(
    env_id: str,
    out: Path | str,
    *,
    timesteps: int,
    algorithm: str = "ppo",
    seed: int = 0,
    n_envs: int = 16,
    env_kwargs: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    progress: bool = False,
) -> BaseAlgorithm:
    """Train, keep checkpoints, and save the model.

    PPO and A2C get `LLMActorCriticPolicy`; DQN and QR-DQN get their own networks on `LLMFeaturesExtractor`. A
    run that was interrupted goes on from its last checkpoint when it is started again with the same folder;
    environments then begin new episodes, so it is not step by step the run that it would have been.

    Args:
        env_id: A `-tokens-v0` or `-choice-v0` id.
        out: Folder for `model.zip`, `checkpoint.zip`, `training.json`, and `log-N` with `progress.csv` and
            TensorBoard files, N the timesteps at which the log begins.
        timesteps: Environment steps in all, summed over environments.
        algorithm: `"ppo"`, `"a2c"`, `"dqn"` or `"qrdqn"`.
        seed: Seed of the policy and the environments.
        n_envs: Number of parallel environments.
        env_kwargs: Arguments of `gym.make`.
        options: Arguments of the algorithm's constructor, `policy_kwargs` among them.
        progress: Show a progress bar.

    Returns:
        The trained model; its policy is the one that `model.zip` holds.

    Raises:
        UnknownName: If there is no such algorithm, or it or the environment does not take an argument.
        ValueError: If the folder holds a run with other arguments, or an argument is not made of JSON values,
            so that the folder could not say what it holds.
    """
    folder = Path(out)
    arguments = {
        "env_id": env_id,
        "algorithm": algorithm,
        "timesteps": timesteps,
        "seed": seed,
        "n_envs": n_envs,
        "env_kwargs": dict(env_kwargs or {}),
        "options": dict(options or {}),
    }
    # Mistakes are refused before the folder is claimed, so that it stays free for the corrected run.
    _check_options(algorithm, options or {})
    _check_json(arguments)
    _check_same_run(folder, arguments)
    venv = make_sb3_vec_env(env_id, n_envs, seed=seed, **(env_kwargs or {}))
    model = _load_or_build(folder, venv, algorithm, seed, dict(options or {}))
    write_whole(folder / _ARGUMENTS, json_text(arguments))
    remaining = timesteps - model.num_timesteps
    if remaining > 0:
        log = folder / f"log-{model.num_timesteps}"
        model.set_logger(configure(str(log), ["csv", "tensorboard"]))
        checkpoints = CheckpointCallback(folder / "checkpoint.zip", every_s=_CHECKPOINT_EVERY_S)
        try:
            model.learn(
                remaining,
                callback=[MetricsCallback(), checkpoints],
                reset_num_timesteps=model.num_timesteps == 0,
                progress_bar=progress,
            )
        except KeyboardInterrupt:
            save_whole(model, folder / "checkpoint.zip")
            raise
        finally:
            model.logger.close()
            # The caller may go on learning, which a closed logger would not survive.
            model.set_logger(Logger(folder=None, output_formats=[]))
    save_whole(model, folder / "model.zip")
    (folder / "checkpoint.zip").unlink(missing_ok=True)
    return model


def algorithm_class(name: str) -> type[BaseAlgorithm]:
    """The class of an algorithm that `train` knows.

    Raises:
        UnknownName: If there is no such algorithm.
    """
    classes = {**_ON_POLICY, **_OFF_POLICY}
    if name not in classes:
        raise UnknownName(f"unknown algorithm {name!r}; choose one of {', '.join(classes)}")
    return classes[name]


def build_model(
    env_id: str,
    *,
    algorithm: str = "ppo",
    seed: int = 0,
    n_envs: int = 1,
    env_kwargs: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> BaseAlgorithm:
    """The untrained model that `train` with the same arguments begins with; see there."""
    venv = make_sb3_vec_env(env_id, n_envs, seed=seed, **(env_kwargs or {}))
    return _build(venv, algorithm, seed, options or {})


class CheckpointCallback(BaseCallback):
    """Saves the model between rollouts, at most once in a given time.

    Args:
        path: File to write, whole or not at all.
        every_s: Least time between two checkpoints, in seconds.
    """

    def __init__(self, path: Path, *, every_s: float) -> None:
        super().__init__()
        self._path, self._every_s, self._last = path, every_s, time.monotonic()

    def _on_rollout_start(self) -> None:
        if time.monotonic() - self._last > self._every_s:
            save_whole(self.model, self._path)
            self._last = time.monotonic()

    def _on_step(self) -> bool:
        return True


def save_whole(model: BaseAlgorithm, path: Path) -> None:
    """Save a model so that the file is either the old one or the whole new one."""
    temporary = path.with_name(f".{path.stem}-{os.getpid()}.zip")
    try:
        model.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _check_options(algorithm: str, options: Mapping[str, Any]) -> None:
    taken = [n for n in inspect.signature(algorithm_class(algorithm)).parameters if n not in _SET_HERE]
    unknown = sorted(set(options) - set(taken))
    if unknown:
        raise UnknownName(f"{algorithm} takes no option {', '.join(unknown)}; it takes {', '.join(taken)}")


def _check_json(arguments: Mapping[str, Any]) -> None:
    for name, value in arguments.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name} must be made of JSON values, which the folder records: {error}. Give models and proposers "
                "by name; for anything else build the algorithm yourself."
            ) from error


def _check_same_run(folder: Path, arguments: Mapping[str, Any]) -> None:
    if not (folder / _ARGUMENTS).exists():
        return
    held, asked = json.loads((folder / _ARGUMENTS).read_text("utf-8")), json.loads(json.dumps(arguments))
    different = sorted(name for name in asked if held.get(name) != asked[name])
    if different:
        raise ValueError(
            f"{folder} holds a run with another {', '.join(different)}; choose another folder or delete this one"
        )


def _load_or_build(
    folder: Path, venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]
) -> BaseAlgorithm:
    for name in ("model.zip", "checkpoint.zip"):
        if (folder / name).exists():
            model = algorithm_class(algorithm).load(folder / name, env=venv)
            _seed_the_rest(model, seed)
            return model
    return _build(venv, algorithm, seed, options)


def _seed_the_rest(model: BaseAlgorithm, seed: int) -> None:
    """Loading seeded with the run's own seed, which would repeat its first episodes and actions."""
    sequence = np.random.SeedSequence([seed, model.num_timesteps])
    fresh = int(sequence.generate_state(1)[0]) >> 1  # 31 bits: environment i gets this number plus i
    model.set_random_seed(fresh)
    if isinstance(model.policy, LLMActorCriticPolicy):
        model.policy.generator.manual_seed(fresh)


def _build(venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]) -> BaseAlgorithm:
    chosen, options = algorithm_class(algorithm), dict(options)
    if algorithm in _ON_POLICY:
        return chosen(LLMActorCriticPolicy, venv, seed=seed, **options)
    policy_kwargs = {"features_extractor_class": LLMFeaturesExtractor, **options.pop("policy_kwargs", {})}
    return chosen("MultiInputPolicy", venv, seed=seed, policy_kwargs=policy_kwargs, **options)
