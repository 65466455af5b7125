"""One line of a JSON Lines file."""

import json
from collections.abc import Mapping
from typing import Any

from textgym.data.base import SPLITS, Record, Split, group_key
from textgym.errors import MalformedData

_OPTIONAL = ("id", "group", "split")


def read_line(
    raw: bytes, fields: tuple[str, ...], where: str, *, default_id: str, first: bool
) -> tuple[Record, Split | None]:
    """The record of a line, and the split that it names.

    Args:
        raw: The line as it stands in the file.
        fields: Names of the fields that it must have as strings; the prompt first.
        where: What an error begins with.
        default_id: Its id, if it has none.
        first: Whether it is the first of the file, which may begin with a byte order mark.

    Raises:
        MalformedData: If it is not UTF-8, no JSON object, or lacks a field.
    """
    value = _object(raw, where, first=first)
    return _record(value, fields, where, default_id=default_id), _split(value, where)


def _object(raw: bytes, where: str, *, first: bool) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedData(
            f"{where}: not UTF-8 at byte {error.start} of the line; save the file as UTF-8"
        ) from error
    except json.JSONDecodeError as error:
        raise MalformedData(
            f"{where}: not JSON ({error.msg} at column {error.colno}); expected one object in each line"
        ) from error
    except RecursionError as error:
        raise MalformedData(
            f"{where}: JSON nested too deeply; expected one flat object in each line"
        ) from error
    if not isinstance(value, dict):
        raise MalformedData(f"{where}: expected a JSON object, got {type(value).__name__}")
    return value


def _record(value: Mapping[str, Any], fields: tuple[str, ...], where: str, *, default_id: str) -> Record:
    for field in (*fields, *(name for name in _OPTIONAL if name in value)):
        if field not in value:
            raise MalformedData(
                f"{where}: the field {field!r} is missing; expected {', '.join(fields)}, got {', '.join(value) or 'none'}"
            )
        if not isinstance(value[field], str):
            raise MalformedData(
                f"{where}: the field {field!r} must be a string, got {type(value[field]).__name__}"
            )
    for field, text in value.items():
        # A lone half of a surrogate pair ("\\ud83d") is legal JSON and cannot be written or hashed as UTF-8.
        if isinstance(text, str) and any("\ud800" <= character <= "\udfff" for character in text):
            raise MalformedData(
                f"{where}: the field {field!r} holds half of a surrogate pair; escape it in full"
            )
    if not value[fields[0]].strip():
        raise MalformedData(f"{where}: the field {fields[0]!r} is empty; expected the prompt's text")
    rest = {name: text for name, text in value.items() if name not in _OPTIONAL and isinstance(text, str)}
    group = value.get("group", group_key(value[fields[0]], digits=True))
    return Record(value.get("id", default_id), group, rest)


def _split(value: Mapping[str, Any], where: str) -> Split | None:
    split = value.get("split")
    if split is not None and split not in SPLITS:
        raise MalformedData(f"{where}: unknown split {split!r}; expected one of {', '.join(SPLITS)}")
    return split
