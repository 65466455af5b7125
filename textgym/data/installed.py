"""Where an installed package keeps its files, found without running its code."""

from importlib.util import find_spec
from pathlib import Path

from textgym.errors import MissingExtra


def package_folder(module: str, *, extra: str = "data") -> Path:
    """The folder of an installed top-level package.

    The package is not imported: some of the corpora we read sit in packages whose import loads much more
    than their data, or expects to be configured first.

    Args:
        module: Import name, such as `"django"`.
        extra: Name of the extra that installs it.

    Returns:
        The folder that holds the package's `__init__.py`.

    Raises:
        MissingExtra: If it is absent; the message holds the pip command that installs it.
    """
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(
            f"the package {module!r} holds this data and is not installed. "
            f"Install it with: pip install 'textgym[{extra}]'"
        )
    return Path(next(iter(spec.submodule_search_locations)))
