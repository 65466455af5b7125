"""Files that are there whole or not at all, and what is written into them."""

import json
import os
import re
from pathlib import Path
from typing import Any

from textgym.errors import InvalidValue

_SURROGATE = re.compile("[\ud800-\udfff]")


def write_whole(path: Path, text: str) -> None:
    """Write a text so that a reader, or a crash, never meets half of it.

    Args:
        path: The file; its folder is made if it does not exist.
        text: Its content, written as UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, "utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Refuse, before any work, a file that could not be written in the end.

    Args:
        path: The file; its folder need not exist.

    Raises:
        InvalidValue: If it is a folder, or its folder cannot be made or written.
    """
    if path.is_dir():
        raise InvalidValue(f"cannot write {path}: it is a folder; name a file in it")
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise InvalidValue(f"cannot write {path}: {nearest} is a file, not a folder; choose another folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InvalidValue(f"cannot write {path}: {nearest} is not writable; choose another folder")


def json_text(value: Any, *, indent: int | None = 1) -> str:
    """JSON for a file that people read too: characters stand as they are.

    Args:
        value: JSON values. Strings may hold lone surrogates, which a model's reply can and UTF-8 cannot;
            they are escaped.
        indent: Spaces by which nested values are moved in; None for one line.

    Returns:
        The text, with a line end.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
