"""Files that are there whole or not at all, and what is written into them."""

import json
import os
import re
from pathlib import Path
from typing import Any

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


def json_text(value: Any) -> str:
    """JSON for a file that people read too: characters stand as they are.

    Args:
        value: JSON values. Strings may hold lone surrogates, which a model's reply can and UTF-8 cannot;
            they are escaped.

    Returns:
        The text, with a line end.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
