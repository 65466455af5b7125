"""Every environment id: its kind, its class by name, and the sizes of its views."""

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import VectorEnv

from textgym.errors import UnknownName

Kind = Literal["text", "tokens", "choice", "decision"]


@dataclass(frozen=True)
class Family:
    """One text task in its three views.

    Args:
        name: The `<Name>` of `textgym/<Name>-v0`.
        env: Entry point of the text view.
        context_length: Default length L of the token observation, in tokens.
        max_new_tokens: Default budget of one agent turn in the token view, in tokens.
        candidates: Default number K of candidates in the choice view.
        proposer: Name of the default proposer of the choice view.
    """

    name: str
    env: str
    context_length: int
    max_new_tokens: int
    candidates: int
    proposer: str


FAMILIES = (
    Family("Translation", "textgym.envs.translation:TranslationEnv", 256, 64, 8, "retrieval+copy"),
    Family("PostEditing", "textgym.envs.post_editing:PostEditingEnv", 768, 64, 8, "revisions"),
    Family("Summarization", "textgym.envs.summarization:SummarizationEnv", 1024, 96, 8, "retrieval+lead"),
    Family(
        "QueryFocusedSummarization",
        "textgym.envs.query_focused_summarization:QueryFocusedSummarizationEnv",
        1024,
        96,
        8,
        "retrieval+lead",
    ),
    Family("Dialogue", "textgym.envs.dialogue:DialogueEnv", 2048, 64, 8, "dialogue"),
    Family("ChitChat", "textgym.envs.chitchat:ChitChatEnv", 1024, 48, 8, "retrieval"),
    Family("CodeGeneration", "textgym.envs.code:CodeGenerationEnv", 768, 160, 8, "retrieval+code"),
    Family("CodeRepair", "textgym.envs.code:CodeRepairEnv", 2048, 128, 8, "retrieval+edits"),
)


@dataclass(frozen=True)
class Decision:
    """One decision-level task; a family of text tasks may have several.

    Args:
        name: The `<Name>` of `textgym/<Name>-v0`; its vector entry point is named after it.
        env: Entry point of the environment.
    """

    name: str
    env: str


DECISIONS = (
    Decision("ExtractiveSummarization", "textgym.envs.extractive_summarization:ExtractiveSummarizationEnv"),
    Decision("DialogueActs", "textgym.envs.dialogue_acts:DialogueActsEnv"),
    Decision("Negotiation", "textgym.envs.negotiation:NegotiationEnv"),
    Decision("TwentyQuestions", "textgym.envs.twenty_questions:TwentyQuestionsEnv"),
    Decision("SimultaneousTranslation", "textgym.envs.simultaneous_translation:SimultaneousTranslationEnv"),
    Decision("CodeGrammar", "textgym.envs.code_grammar:CodeGrammarEnv"),
)

KINDS: dict[str, Kind] = {}
"""The kind of every registered id."""


def env_ids(kind: Kind | None = None) -> list[str]:
    """Registered ids, of one kind or all, in alphabetical order."""
    return sorted(i for i, k in KINDS.items() if kind in (None, k))


def text_id(env_id: str) -> str:
    """The text view of a view: `"textgym/Translation-tokens-v0"` -> `"textgym/Translation-v0"`."""
    return env_id.replace("-tokens-v", "-v").replace("-choice-v", "-v")


def describe(env_id: str) -> str:
    """What is asked: the first line of the manual of the text environment behind an id."""
    entry_point = gym.spec(text_id(env_id)).entry_point
    manual = load_env_creator(entry_point).__doc__ if isinstance(entry_point, str) else None
    return (manual or "").strip().partition("\n")[0]


def default_arguments(env_id: str) -> dict[str, Any]:
    """The arguments that an environment's constructor takes by name and need not be given, with their values.

    Args:
        env_id: A text or decision id.
    """
    return {n: p.default for n, p in _parameters(env_id).items() if p.default is not p.empty}


def make_env(env_id: str, **kwargs: Any) -> gym.Env:
    """`gym.make`, with an error for the reader about an argument that the environment does not take.

    Args:
        env_id: Any registered id.
        **kwargs: Arguments of `gym.make`, those of the environment's constructor among them.

    Returns:
        The environment with the wrappers of `gym.make`.

    Raises:
        UnknownName: If the environment does not take one of the arguments.
    """
    with _arguments_of(env_id, kwargs):
        return gym.make(env_id, **kwargs)


def make_vector_env(env_id: str, num_envs: int, **kwargs: Any) -> VectorEnv:
    """`gym.make_vec`, with the same error as `make_env`.

    Args:
        env_id: Any registered id.
        num_envs: How many environments.
        **kwargs: Arguments of the environment's constructor, and of a native vector environment:
            `autoreset_mode`.

    Returns:
        The native vector environment; a `SyncVectorEnv` of a choice view, which has none.

    Raises:
        UnknownName: If the environment does not take one of the arguments.
    """
    with _arguments_of(env_id, kwargs):
        return gym.make_vec(env_id, num_envs=num_envs, **kwargs)


@contextmanager
def _arguments_of(env_id: str, kwargs: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except TypeError as error:
        unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
        if unknown is None or unknown[1] not in kwargs:
            raise
        raise UnknownName(
            f"{env_id!r} takes no argument {unknown[1]!r}; it takes {', '.join(_argument_names(env_id))}"
        ) from error


def _argument_names(env_id: str) -> list[str]:
    """What the environment's creator takes by name, and for a view what the text environment behind it takes."""
    parameters = _parameters(env_id)
    return [n for n, p in parameters.items() if p.kind is not p.VAR_KEYWORD and n != "base"]


def _parameters(env_id: str) -> dict[str, inspect.Parameter]:
    parameters: dict[str, inspect.Parameter] = {}
    for known in (env_id, text_id(env_id)):
        entry_point = gym.spec(known).entry_point
        creator = load_env_creator(entry_point) if isinstance(entry_point, str) else entry_point
        parameters |= inspect.signature(creator).parameters  # type: ignore[arg-type]
    return parameters


def _register(
    env_id: str, kind: Kind, entry_point: str, *, vector_entry_point: str | None = None, **kwargs
) -> None:
    gym.register(env_id, entry_point=entry_point, vector_entry_point=vector_entry_point, kwargs=kwargs)
    KINDS[env_id] = kind


for _family in FAMILIES:
    _register(
        f"textgym/{_family.name}-v0",
        "text",
        _family.env,
        vector_entry_point=f"textgym.vector.entry_points:make_{_family.name.lower()}",
    )
    _register(
        f"textgym/{_family.name}-tokens-v0",
        "tokens",
        "textgym.wrappers.tokens:make_tokens",
        vector_entry_point="textgym.vector.tokens_vector_env:make_tokens_vector",
        base=_family.env,
        context_length=_family.context_length,
        max_new_tokens=_family.max_new_tokens,
    )
    _register(
        f"textgym/{_family.name}-choice-v0",
        "choice",
        "textgym.wrappers.choice:make_choice",
        base=_family.env,
        context_length=_family.context_length,
        candidates=_family.candidates,
        proposer=_family.proposer,
    )

for _decision in DECISIONS:
    _register(
        f"textgym/{_decision.name}-v0",
        "decision",
        _decision.env,
        vector_entry_point=f"textgym.vector.entry_points:make_{_decision.name.lower()}",
    )
