"""Turn what a person names or holds (a file, a model, an address, a function) into an agent."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from textgym import evaluation
from textgym.errors import AgentError, UnknownName
from textgym.evaluation.endpoint import EndpointAgent
from textgym.evaluation.rollout import OnError
from textgym.protocols import Agent, DecisionAgent, as_agent, as_decision_agent
from textgym.registration import KINDS

_FORMS = (
    "FILE.py or FILE.py:FUNCTION, sb3:FOLDER (of a training run), hf:MODEL (such as hf:tiny), or http(s)://HOST/v1#MODEL; in Python also "
    "an agent, a function or a Stable-Baselines3 model"
)


def load_agent(
    spec: Any,
    *,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    deterministic: bool = True,
) -> Agent | DecisionAgent:
    """Make an agent.

    Args:
        spec: One of

            - `"FILE.py"` or `"FILE.py:FUNCTION"`: the file's `make_agent` (or FUNCTION) is called. It may take
              the keywords `env_id` and `env_kwargs`, to look at the environment's training examples, and
              `deterministic`, and returns an agent or a function: from the newest environment message to the
              reply, or for a decision id from the state's vector and its mask to the action.
            - `"sb3:FOLDER"` or `"sb3:FOLDER/model.zip"`: the folder of a training run (`textgym train`).
            - `"hf:NAME"`: a language model as it is; `tiny`, `smollm2`, a Hugging Face id or a folder.
            - `"http://HOST/v1#MODEL"` or `https`: an OpenAI-compatible chat endpoint.
            - a Stable-Baselines3 model trained on a tokens or choice view, or on a decision id;
            - an agent, which is returned as it is, or a function as above.
        env_id: The text or decision id that the agent will play.
        env_kwargs: Its constructor arguments, without the split.
        deterministic: Models take the most probable token or candidate; False samples, with random numbers
            that depend on the episode's seed alone. An endpoint is asked for temperature 0 or 1, a file's
            function gets the keyword if it takes it; what cannot be told to sample is refused.

    Returns:
        The agent.

    Raises:
        UnknownName: If the form of `spec` is unknown, or what it names does not exist.
        AgentError: If the file or the model is there but does not give an agent, or not one that samples.
        MissingExtra: If a package that it needs is not installed.
    """
    if isinstance(spec, str):
        return _load_named(spec, env_id, env_kwargs, deterministic)
    if isinstance(spec, type):
        raise AgentError(f"got the class {spec.__name__}; pass an object of it: {spec.__name__}(...)")
    if _is_sb3_model(spec):
        from textgym.policies.sb3_agent import sb3_agent

        return sb3_agent(spec, env_id=env_id, env_kwargs=env_kwargs, deterministic=deterministic)
    if not deterministic and (isinstance(spec, Agent) or callable(spec)):
        raise AgentError(
            "deterministic=False applies to models; an agent or a function decides by itself whether it samples"
        )
    if isinstance(spec, Agent):
        return spec
    if callable(spec):
        function: Any = spec
        return as_decision_agent(function) if KINDS.get(env_id or "") == "decision" else as_agent(function)
    raise UnknownName(f"cannot make an agent of {spec!r}; expected {_FORMS}")


def agent_name(spec: str) -> str:
    """A short name of a spec for tables: `"agents/copy_source.py"` -> `"copy_source"`, `"hf:tiny"` -> `"tiny"`."""
    if spec.startswith(("http:", "https:")):
        return spec.partition("#")[2]
    file, _, function = spec.partition(".py:")
    if function:
        return f"{Path(file).name}-{function}"
    return Path(spec.removeprefix("hf:").removeprefix("sb3:")).name.removesuffix(".py").removesuffix(".zip")


def evaluate(
    agent: Any,
    env_id: str,
    *,
    episodes: int,
    seed: int,
    split: str = "test",
    env_kwargs: Mapping[str, Any] | None = None,
    batch_size: int = 32,
    on_error: OnError = "score",
    repeats: bool = False,
    progress: bool = False,
) -> evaluation.Result:
    """Load an agent and evaluate it: `textgym.evaluation.evaluate(load_agent(agent), ...)`.

    Args:
        agent: Anything that `load_agent` takes.
        env_id: See `textgym.evaluation.evaluate`, like all that follows.
        episodes: Number of episodes.
        seed: Seed of the order and of the agent's randomness.
        split: Split of the examples.
        env_kwargs: Constructor arguments of the environment.
        batch_size: Number of episodes open at a time.
        on_error: Whether an agent's failure is scored or raised.
        repeats: Allow more episodes than a finite source has examples.
        progress: Show a progress bar on standard error.

    Returns:
        Records and their statistics.
    """
    return evaluation.evaluate(
        load_agent(agent, env_id=env_id, env_kwargs=env_kwargs),
        env_id,
        episodes=episodes,
        seed=seed,
        split=split,
        env_kwargs=env_kwargs,
        batch_size=batch_size,
        on_error=on_error,
        repeats=repeats,
        progress=progress,
    )


def _load_named(
    spec: str, env_id: str | None, env_kwargs: Mapping[str, Any] | None, deterministic: bool
) -> Agent | DecisionAgent:
    scheme, _, rest = spec.partition(":")
    if scheme in ("http", "https"):
        base_url, _, model = spec.partition("#")
        return EndpointAgent(base_url, model, temperature=0.0 if deterministic else 1.0)
    if scheme == "hf":
        from textgym.llm.agent import LanguageModelAgent

        return LanguageModelAgent(rest, deterministic=deterministic)
    if scheme == "sb3":
        from textgym.algorithms.trained_run import load_trained_agent

        return load_trained_agent(rest, env_id=env_id, env_kwargs=env_kwargs, deterministic=deterministic)
    file, _, function = (
        spec.partition(".py:") if ".py:" in spec else (spec.removesuffix(".py"), "", "make_agent")
    )
    if spec.endswith(".py") or ".py:" in spec:
        return _from_file(Path(f"{file}.py"), function, env_id, env_kwargs, deterministic)
    raise UnknownName(f"unknown agent {spec!r}; expected {_FORMS}")


def _is_sb3_model(value: object) -> bool:
    # If nobody has imported Stable-Baselines3, nobody can hold a model of it.
    base = sys.modules.get("stable_baselines3.common.base_class")
    return base is not None and isinstance(value, base.BaseAlgorithm)


def _from_file(
    path: Path, name: str, env_id: str | None, env_kwargs: Mapping[str, Any] | None, deterministic: bool
) -> Agent | DecisionAgent:
    if not path.is_file():
        raise UnknownName(f"there is no agent file {str(path)!r}")
    try:
        module = _import_file(path)
        factory = getattr(module, name, None)
        if not callable(factory):
            raise AgentError(f"{path} has no function {name}; define one that returns an agent")
        given = {"env_id": env_id, "env_kwargs": env_kwargs, "deterministic": deterministic}
        accepted = _accepted(factory, given, path)
        made = factory(**accepted)
    except (AgentError, UnknownName, ImportError):
        raise
    except Exception as error:
        raise AgentError(f"{_last_line(error, path)}: {type(error).__name__}: {error}") from error
    if isinstance(made, str):
        raise AgentError(f"{name} of {path} must return an agent or a function, it returned a str")
    if not _is_sb3_model(made):
        if not deterministic and "deterministic" not in accepted:
            raise AgentError(
                f"{name} of {path} cannot be told to sample; let it take the keyword deterministic, or leave sampling out"
            )
        deterministic = True  # what it gave has been told
    return load_agent(made, env_id=env_id, env_kwargs=env_kwargs, deterministic=deterministic)


def _import_file(path: Path) -> ModuleType:
    name = f"textgym_agent_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UnknownName(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


def _accepted(factory: Callable[..., Any], known: Mapping[str, Any], path: Path) -> dict[str, Any]:
    parameters = inspect.signature(factory).parameters
    given = {name: value for name, value in known.items() if name in parameters}
    missing = [
        p.name
        for p in parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        if given.get(p.name) is None
    ]
    if missing:
        hint = " (pass env_id=... to load_agent)" if missing == ["env_id"] else ""
        raise AgentError(f"the agent of {path} needs {', '.join(missing)}, which was not given{hint}")
    return given


def _last_line(error: BaseException, path: Path) -> str:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    return f"{path}, line {lines[-1]}" if lines else str(path)
