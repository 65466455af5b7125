"""Every error that textgym raises on purpose."""

import importlib
from numbers import Integral, Real
from types import ModuleType


class TextGymError(Exception):
    """Base of all errors of this package."""


class UnknownName(TextGymError, ValueError):
    """A split, source, language, tokenizer or agent that does not exist."""


class InvalidValue(TextGymError, ValueError):
    """An argument of the wrong type or out of range, or something given that does not fit the rest."""


class UnsupportedRenderMode(InvalidValue, TypeError):
    """A render mode that an environment does not have.

    Stable-Baselines3 asks every environment for `"rgb_array"`, and makes it without after a `TypeError` only.
    """


class MalformedData(TextGymError, ValueError):
    """A data file that does not hold what its format asks for."""


class MissingExtra(TextGymError, ImportError):
    """An optional dependency that is not installed."""


class ReplyTooLong(TextGymError, ValueError):
    """An agent's message that exceeds the action space."""


class EpisodeOver(TextGymError, RuntimeError):
    """`step` was called after the end of the episode, or before the first `reset`."""


class ContextTooSmall(TextGymError, ValueError):
    """A context, of a view or of a model, that cannot hold what it must."""


class AgentError(TextGymError, RuntimeError):
    """An agent that could not be made."""


class AgentMisfit(TextGymError, TypeError):
    """An agent for another kind of environment than the one it is to play, or for other sizes or arguments of it."""


class AgentUnavailable(TextGymError, RuntimeError):
    """Something that an agent needs, such as its server, is not there. It is never scored: the agent did not fail."""


class UnsupportedSpace(TextGymError, TypeError):
    """A consumer that cannot work with text spaces."""


class NotPlainData(TextGymError, TypeError):
    """A value that does not cross between the processes of the sandbox."""


class SandboxUnavailable(TextGymError, RuntimeError):
    """A sandbox that cannot run programs here; never the fault of a program."""


def check_integer(name: str, value: object, *, least: int) -> int:
    """The value of an argument that counts something.

    Args:
        name: Name of the argument.
        value: What was given for it.
        least: Its smallest value.

    Raises:
        InvalidValue: If it is no integer, or smaller.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InvalidValue(f"{name} must be an integer, got {value!r}")
    if value < least:
        raise InvalidValue(f"{name} must be at least {least}, got {value}")
    return int(value)


def check_share(name: str, value: object) -> float:
    """The value of an argument that is a share or a probability.

    Args:
        name: Name of the argument.
        value: What was given for it.

    Raises:
        InvalidValue: If it is no number in [0, 1].
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= 1:  # pyright: ignore[reportOperatorIssue]
        raise InvalidValue(f"{name} must be a number in [0, 1], got {value!r}")
    return float(value)


def check_text(name: str, value: object) -> str:
    """The value of an argument that names something.

    Args:
        name: Name of the argument.
        value: What was given for it.

    Raises:
        InvalidValue: If it is no string.
    """
    if not isinstance(value, str):
        raise InvalidValue(f"{name} must be a string, got {value!r}")
    return value


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional dependency.

    Args:
        module: Import name, such as `"polib"`.
        extra: Name of the extra that installs it.

    Returns:
        The imported module.

    Raises:
        MissingExtra: If it is absent; the message holds the pip command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.split(".")[0]:
            raise
        raise MissingExtra(
            f"{module!r} is needed here and not installed. Install it with: pip install 'textgym[{extra}]'"
        ) from error
