"""Every error that textgym raises on purpose."""

import importlib
from types import ModuleType


class TextGymError(Exception):
    """Base of all errors of this package."""


class UnknownName(TextGymError, ValueError):
    """A split, source, language, tokenizer or agent that does not exist."""


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


class UnsupportedSpace(TextGymError, TypeError):
    """A consumer that cannot work with text spaces."""


class NotPlainData(TextGymError, TypeError):
    """A value that does not cross between the processes of the sandbox."""


class SandboxUnavailable(TextGymError, RuntimeError):
    """A sandbox that cannot run programs here; never the fault of a program."""


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
