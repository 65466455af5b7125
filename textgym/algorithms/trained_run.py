"""Read back the folder that `textgym.algorithms.train` wrote."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym

from textgym.algorithms.train import load_model
from textgym.envs.observers import DecisionSettings
from textgym.errors import AgentError, AgentMisfit, UnknownName
from textgym.policies import LLMFeaturesExtractor
from textgym.policies.frozen_features import FrozenFeatures
from textgym.policies.sb3_agent import sb3_agent
from textgym.protocols import Agent, DecisionAgent
from textgym.registration import KINDS, default_arguments, text_id

# What `gym.make` of a view takes beside the arguments of its text environment, and the split.
_VIEW_ARGUMENTS = (
    "tokenizer",
    "max_new_tokens",
    "context_length",
    "candidates",
    "proposer",
    "observation",
    "split",
)
# What of a decision id changes how a state is shown, or what an action does; all else changes only which episodes come.
_SHOWN = ("domain", "belief", "max_sentences")
# The same for models that read tokens.
_SHOWN_AS_TEXT = (*_SHOWN, "text")


def learning_curve(folder: Path, column: str = "rollout/ep_rew_mean") -> dict[int, float]:
    """A column of a run's logs by environment steps, ascending; an interrupted run has several logs, of which each
    counts up to where the next one begins: what came after the checkpoint was done again.

    Args:
        folder: Of the run.
        column: Such as the mean return of training episodes; rows that lack it are left out.
    """
    curve: dict[int, float] = {}
    for log in sorted(folder.glob("log-*"), key=_begin):
        curve = {steps: value for steps, value in curve.items() if steps <= _begin(log)}
        with (log / "progress.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row.get(column):
                    curve[int(row["time/total_timesteps"])] = float(row[column])
    return dict(sorted(curve.items()))


def _begin(log: Path) -> int:
    return int(log.name.removeprefix("log-"))


def load_trained_agent(
    path: Path | str,
    *,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    deterministic: bool = True,
) -> Agent | DecisionAgent:
    """The agent that a training run left behind.

    Args:
        path: The run's folder, or a zip of a model inside it, with or without its suffix. `training.json`,
            which names the algorithm and the view, must lie beside the zip.
        env_id: The text or decision id that the agent will play; None takes the one it was trained on.
        env_kwargs: Its constructor arguments, without the split.
        deterministic: See `textgym.policies.sb3_agent.sb3_agent`.

    Returns:
        The agent.

    Raises:
        UnknownName: If there is no model at that path.
        AgentError: If `training.json` is missing or does not describe a run.
        AgentMisfit: If a run on a decision id is to play another one, or with other arguments of those that change how states
            are shown (`domain`, `belief`, `max_sentences`; for models on tokens `text`).
    """
    zip_file = _find(Path(path).expanduser())
    run = _read_run(zip_file.with_name("training.json"))
    model = load_model(run["algorithm"], zip_file)
    view = gym.make(run["env_id"], disable_env_checker=True, **run["env_kwargs"])
    settings = view.get_wrapper_attr("settings")
    features = None
    if isinstance(settings, DecisionSettings) and settings.observation == "tokens":
        features = FrozenFeatures(LLMFeaturesExtractor(view.observation_space, settings.tokenizer))
    if env_id is None:
        own = {name: value for name, value in run["env_kwargs"].items() if name not in _VIEW_ARGUMENTS}
        env_id, env_kwargs = text_id(run["env_id"]), own
    if isinstance(settings, DecisionSettings) and KINDS.get(env_id) == "decision":
        shown = _SHOWN_AS_TEXT if settings.observation == "tokens" else _SHOWN
        _check_fit(run, env_id, env_kwargs or {}, shown)
    return sb3_agent(
        model,
        settings=settings,
        features=features,
        env_id=env_id,
        env_kwargs=env_kwargs,
        deterministic=deterministic,
    )


def _check_fit(
    run: Mapping[str, Any], env_id: str, env_kwargs: Mapping[str, Any], shown: Sequence[str]
) -> None:
    if env_id != run["env_id"]:
        raise AgentMisfit(f"the run was trained on {run['env_id']!r}; it cannot play {env_id!r}")
    defaults = default_arguments(env_id)
    trained, asked = {**defaults, **run["env_kwargs"]}, {**defaults, **env_kwargs}
    for name in shown:
        if name in defaults and trained[name] != asked[name]:
            raise AgentMisfit(
                f"the run was trained with {name}={trained[name]!r}, and is to play {env_id!r} with "
                f"{name}={asked[name]!r}, which shows its model other states; pass {name}={trained[name]!r}"
            )


def _find(path: Path) -> Path:
    candidates = [path / "model.zip"] if path.is_dir() else [path, path.with_name(f"{path.name}.zip")]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise UnknownName(f"there is no model at {str(path)!r}; looked for {', '.join(map(str, candidates))}")


def _read_run(file: Path) -> Mapping[str, Any]:
    try:
        run = json.loads(file.read_text("utf-8"))
        return {name: run[name] for name in ("algorithm", "env_id", "env_kwargs")}
    except FileNotFoundError as error:
        raise AgentError(
            f"{file} is missing; it names the algorithm and the view of the model. Load the model yourself with "
            "load(path, env=make_sb3_vec_env(...)) and pass it instead of a path."
        ) from error
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise AgentError(f"{file} does not describe a training run: {error!r}") from error
