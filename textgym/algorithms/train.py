"""Train a Stable-Baselines3 algorithm with a language model inside on a token or choice view."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sb3_contrib import QRDQN
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import VecEnv

from textgym.errors import UnknownName
from textgym.policies import LLMActorCriticPolicy, LLMFeaturesExtractor, MetricsCallback, make_sb3_vec_env

_ON_POLICY: dict[str, type[BaseAlgorithm]] = {"ppo": PPO, "a2c": A2C}
_OFF_POLICY: dict[str, type[BaseAlgorithm]] = {"dqn": DQN, "qrdqn": QRDQN}
_CHECKPOINT_EVERY_S = 60.0


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
        UnknownName: If there is no such algorithm.
        ValueError: If the folder holds a run with other arguments.
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
    _claim(folder, json.loads(json.dumps(arguments, default=str)))
    venv = make_sb3_vec_env(env_id, n_envs, seed=seed, **(env_kwargs or {}))
    model = _load_or_build(folder, venv, algorithm, seed, dict(options or {}))
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
    model.save(temporary)
    os.replace(temporary, path)


def _claim(folder: Path, arguments: dict[str, Any]) -> None:
    """Write the run's arguments into its folder, or compare them with those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "training.json"
    if not file.exists():
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps(arguments, indent=2, sort_keys=True), "utf-8")
        os.replace(temporary, file)
        return
    held = json.loads(file.read_text("utf-8"))
    different = sorted(k for k in arguments if held.get(k) != arguments[k])
    if different:
        raise ValueError(
            f"{folder} holds a run with another {', '.join(different)}; choose another folder or delete this one"
        )


def _load_or_build(
    folder: Path, venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]
) -> BaseAlgorithm:
    for name in ("model.zip", "checkpoint.zip"):
        if (folder / name).exists():
            return algorithm_class(algorithm).load(folder / name, env=venv)
    return _build(venv, algorithm, seed, options)


def _build(venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]) -> BaseAlgorithm:
    chosen, options = algorithm_class(algorithm), dict(options)
    if algorithm in _ON_POLICY:
        return chosen(LLMActorCriticPolicy, venv, seed=seed, **options)
    policy_kwargs = {"features_extractor_class": LLMFeaturesExtractor, **options.pop("policy_kwargs", {})}
    return chosen("MultiInputPolicy", venv, seed=seed, policy_kwargs=policy_kwargs, **options)
