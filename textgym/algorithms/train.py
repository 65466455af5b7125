# ruff: noqa: E402 - what is absent is named before anything imports it
"""Train a Stable-Baselines3 algorithm on a token or choice view or on decisions."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from textgym.errors import InvalidValue, check_integer, require

for _package in ("torch", "transformers", "stable_baselines3", "sb3_contrib"):
    require(_package, extra="train")

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, configure
from stable_baselines3.common.vec_env import VecEnv

from textgym.algorithms.building import (
    ON_POLICY,
    algorithm_class,
    build_on,
    load_model,
    make_training_env,
    policy_class,
)
from textgym.algorithms.run_state import read_run_state, write_run_state
from textgym.algorithms.typed_arguments import check_arguments
from textgym.evaluation.whole_file import check_writable, json_text, write_whole
from textgym.policies import (
    LLMActorCriticPolicy,
    MetricsCallback,
    PackedRolloutBuffer,
    RecomputeCallback,
    ReferenceKLCallback,
    TruncationCallback,
)

_ARGUMENTS = "training.json"
# Training time between two checkpoints, in times of saving one.
_TIME_PER_SAVING = 20
# Arguments of the algorithms that `train` gives itself.
_SET_HERE = ("policy", "env", "seed", "_init_setup_model")
# Options that the libraries take as 0 and then fail on, or learn nothing.
_SIZES = {"n_steps", "batch_size", "n_epochs", "buffer_size"}
# Arguments of the policies that the algorithms give themselves.
_GIVEN_TO_POLICY = ("observation_space", "action_space", "lr_schedule", "use_sde")


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
    kl_beta: float = 0.0,
    kl_target: float | None = None,
    progress: bool = False,
) -> BaseAlgorithm:
    """Train, keep checkpoints, and save the model.

    On the views PPO and A2C get `LLMActorCriticPolicy`, in the token view with `PackedRolloutBuffer`; the others get
    their own networks on `LLMFeaturesExtractor`. On decisions every algorithm gets its own networks, on vectors or
    (`observation="tokens"`) on the features of the frozen language model that is named like the tokenizer;
    Q-learning a table. A run that was interrupted goes on from its last checkpoint when
    it is started again with the same folder. With PPO, A2C and MaskablePPO it then ends as if it had never stopped, bit for
    bit on a CPU; except that a frozen model on the choice view or on decisions, which remembers what it has read, may
    round differently. With the others environments begin new episodes and the replay buffer is empty.

    Args:
        env_id: A `-tokens-v0` or `-choice-v0` id, or a decision id.
        out: Folder for `model.zip`, `checkpoint.zip`, `training.json`, and `log-N` with `progress.csv` and
            TensorBoard files, N the timesteps at which the log begins.
        timesteps: Environment steps in all, summed over environments.
        algorithm: `"ppo"`, `"a2c"`, `"maskable_ppo"` (where there are masks), `"dqn"`, `"maskable_dqn"` (the same, with
            masks), `"qrdqn"`, or `"q_learning"` (a table, for decisions with few states).
        seed: Seed of the policy and the environments.
        n_envs: Number of parallel environments.
        env_kwargs: Arguments of `gym.make`; the split may be any but `"test"`.
        options: Arguments of the algorithm's constructor, `policy_kwargs` among them. `policy="pointer"` gives
            MaskablePPO a `PointerPolicy`, for `textgym/ExtractiveSummarization-v0`; `policy="per_action"` a
            `PerActionPolicy`, for `textgym/CodeGrammar-v0`.
        kl_beta: Weight of a penalty for leaving the untrained policy, see `ReferenceKLCallback`; PPO and A2C on
            the token view.
        kl_target: Makes it adaptive.
        progress: Show a progress bar.

    Returns:
        The trained model; its policy is the one that `model.zip` holds.

    Raises:
        UnknownName: If there is no such algorithm, or it, its policy or the environment does not take an argument.
        InvalidValue: If an argument has the wrong type or size, the split is `"test"`, the folder holds a run with
            other arguments or cannot be written, or an argument is not made of JSON values, so that the folder
            could not say what it holds.
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
        "kl_beta": kl_beta,
        "kl_target": kl_target,
    }
    # Mistakes are refused before the folder is claimed, so that it stays free for the corrected run.
    check_integer("timesteps", timesteps, least=1)
    check_integer("seed", seed, least=0)
    if taken := sorted({"env_id", "n_envs", "seed"} & set(env_kwargs or {})):
        raise InvalidValue(
            f"pass {', '.join(taken)} to the training itself, not as an argument of the environment"
        )
    if (env_kwargs or {}).get("split") == "test":
        raise InvalidValue(
            "split='test' is held out for evaluation; train on the split 'train', which is the default, or 'validation'"
        )
    _check_options(env_id, algorithm, options or {})
    _check_json(arguments)
    check_writable(folder / _ARGUMENTS)
    _check_same_run(folder, arguments)
    venv = make_training_env(env_id, n_envs, seed=seed, env_kwargs=env_kwargs)
    model = _load_or_build(folder, venv, algorithm, seed, dict(options or {}))
    callbacks = [MetricsCallback(), *_rollout_callbacks(model, kl_beta, kl_target)]
    write_whole(folder / _ARGUMENTS, json_text(arguments))
    _go_on(model, callbacks, seed)
    remaining = timesteps - model.num_timesteps
    if remaining > 0:
        log = folder / f"log-{model.num_timesteps}"
        model.set_logger(configure(str(log), ["csv", "tensorboard"]))
        checkpoints = CheckpointCallback(folder / "checkpoint.zip", callbacks)
        try:
            model.learn(
                remaining,
                callback=[*callbacks, checkpoints],
                reset_num_timesteps=model.num_timesteps == 0,
                progress_bar=progress,
            )
        finally:
            model.logger.close()
            # The caller may go on learning, which a closed logger would not survive.
            model.set_logger(Logger(folder=None, output_formats=[]))
    save_whole(model, folder / "model.zip")
    (folder / "checkpoint.zip").unlink(missing_ok=True)
    return model


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
    venv = make_training_env(env_id, n_envs, seed=seed, env_kwargs=env_kwargs)
    return build_on(venv, algorithm, seed, options or {})


class CheckpointCallback(BaseCallback):
    """Saves the model and the state of the run between rollouts, as often as costs little time.

    Args:
        path: File to write, whole or not at all.
        callbacks: The other callbacks of the training, whose state belongs to the run's.
    """

    def __init__(self, path: Path, callbacks: Sequence[BaseCallback] = ()) -> None:
        super().__init__()
        self._path, self._callbacks = path, callbacks
        self._next_at = 0.0
        self._begun_with = -1

    def _on_training_start(self) -> None:
        self._begun_with = self.model.num_timesteps

    def _on_rollout_start(self) -> None:
        now = time.monotonic()
        if self.model.num_timesteps == self._begun_with or now < self._next_at:
            return
        state = read_run_state(self.model, self._callbacks) if _on_policy(self.model) else None
        save_whole(self.model, self._path, state=state)
        self._next_at = now + (time.monotonic() - now) * (1 + _TIME_PER_SAVING)

    def _on_step(self) -> bool:
        return True


def save_whole(model: BaseAlgorithm, path: Path, *, state: Any = None) -> None:
    """Save a model so that the file is either the old one or the whole new one.

    Args:
        model: The model.
        path: The zip.
        state: Saved with it, as its attribute `run_state`.
    """
    temporary = path.with_name(f".{path.stem}-unfinished.zip")
    try:
        model.run_state = state  # type: ignore[attr-defined]
        model.save(temporary)
        os.replace(temporary, path)
    finally:
        del model.run_state  # type: ignore[attr-defined]
        temporary.unlink(missing_ok=True)


def _check_options(env_id: str, algorithm: str, options: Mapping[str, Any]) -> None:
    chosen = algorithm_class(algorithm)
    named = {name: value for name, value in options.items() if name != "policy"}
    check_arguments(algorithm, chosen, named, without=_SET_HERE)
    for name in sorted(_SIZES & options.keys()):
        check_integer(f"{name} of {algorithm}", options[name], least=1)
    policy_kwargs = options.get("policy_kwargs") or {}
    policy = policy_class(env_id, algorithm, options.get("policy"))
    check_arguments(f"the policy of {algorithm}", policy, policy_kwargs, without=_GIVEN_TO_POLICY)


def _check_json(arguments: Mapping[str, Any]) -> None:
    for name, value in arguments.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InvalidValue(
                f"{name} must be made of JSON values, which the folder records: {error}. Give models and proposers "
                "by name; for anything else build the algorithm yourself."
            ) from error


def _check_same_run(folder: Path, arguments: Mapping[str, Any]) -> None:
    if not (folder / _ARGUMENTS).exists():
        return
    held, asked = json.loads((folder / _ARGUMENTS).read_text("utf-8")), json.loads(json.dumps(arguments))
    different = sorted(name for name in asked if held.get(name) != asked[name])
    if different:
        raise InvalidValue(
            f"{folder} holds a run with another {', '.join(different)}; choose another folder or delete this one"
        )


def _load_or_build(
    folder: Path, venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]
) -> BaseAlgorithm:
    for name in ("model.zip", "checkpoint.zip"):
        if (folder / name).exists():
            exact = algorithm in ON_POLICY
            return load_model(algorithm, folder / name, env=venv, force_reset=not exact)
    return build_on(venv, algorithm, seed, options)


def _go_on(model: BaseAlgorithm, callbacks: Sequence[BaseCallback], seed: int) -> None:
    """Put the state of an interrupted run back, or where there is none, take new random numbers."""
    state = vars(model).pop("run_state", None)
    if state is not None:
        write_run_state(model, state, callbacks)
    elif model.num_timesteps > 0:
        model._last_obs = None  # its environments are new
        # Loading seeded with the run's own seed, which would repeat its first episodes.
        sequence = np.random.SeedSequence([seed, model.num_timesteps])
        # 31 bits: environment i gets this number plus i.
        model.set_random_seed(int(sequence.generate_state(1)[0]) >> 1)


def _rollout_callbacks(model: BaseAlgorithm, kl_beta: float, kl_target: float | None) -> list[BaseCallback]:
    """What a packed rollout needs beside Stable-Baselines3's own loop."""
    if not isinstance(getattr(model, "rollout_buffer", None), PackedRolloutBuffer):
        if kl_beta or kl_target is not None:
            raise InvalidValue(f"kl_beta needs PPO or A2C on a token view, got {type(model).__name__}")
        return []
    callbacks: list[BaseCallback] = [TruncationCallback()]
    if cast(LLMActorCriticPolicy, model.policy).backbone.model.dtype == torch.bfloat16:
        callbacks.append(RecomputeCallback())
    if kl_beta or kl_target is not None:
        callbacks.append(ReferenceKLCallback(kl_beta, target=kl_target))
    return callbacks


def _on_policy(model: BaseAlgorithm) -> bool:
    return isinstance(model, tuple(ON_POLICY.values()))
