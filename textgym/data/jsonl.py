"""A user's own examples: a text file with one JSON object in each line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from textgym.data.base import SPLITS, Record, Split, group_key, split_of
from textgym.data.corpus import Corpus
from textgym.data.near_duplicates import linked_groups
from textgym.errors import MalformedData

_OPTIONAL = ("id", "group", "split")


def jsonl_source(path: Path, *, fields: tuple[str, ...]) -> Corpus:
    """The examples of a JSON Lines file (UTF-8).

    Each line is an object that has all of `fields`; other strings in it become fields too. It may have an
    `id` (else `PATH:LINE`), a `group` that keeps it together with others, and a `split` (else 70/10/20 by
    hash of the group). Lines whose first fields differ in case and punctuation only have one prompt and are
    one group; so are all lines of two groups that share a prompt. Blank lines are skipped.

    Args:
        path: The file.
        fields: Names of the fields that every line must have as strings; the prompt first.

    Returns:
        The corpus, named `jsonl:PATH`.

    Raises:
        MalformedData: If the file is missing, empty or not as described; the message names the line.
    """
    if not fields:
        raise ValueError("fields must name at least the prompt field, got none")
    ids: dict[str, int] = {}
    rows: list[tuple[int, Split | None, Record]] = []
    for number, value in _objects(path):
        where = f"{path}:{number}"
        record = _record(value, fields, where, default_id=f"{path.name}:{number}")
        if record.id in ids:
            raise MalformedData(
                f"{where}: the id {record.id!r} stands in line {ids[record.id]} already; make ids unique"
            )
        ids[record.id] = number
        rows.append((number, _split(value, where), record))
    if not rows:
        raise MalformedData(f"{path} holds no examples; expected one JSON object in each line")
    groups = _linked((record for _, _, record in rows), prompt=fields[0])
    splits: dict[Split, list[Record]] = {split: [] for split in SPLITS}
    seen: dict[str, tuple[int, Split]] = {}
    for number, asked, row in rows:
        record = replace(row, group=groups[row.group])
        split = asked or split_of(record.group)
        line, home = seen.setdefault(record.group, (number, split))
        if home != split:
            raise MalformedData(
                f"{path}:{number}: this prompt group is in the split {split!r} here and in {home!r} in line {line}; "
                f"give both lines the same split, since one prompt must not be in two"
            )
        splits[split].append(record)
    return Corpus(f"jsonl:{path}", {split: tuple(records) for split, records in splits.items()})


def _linked(records: Iterable[Record], *, prompt: str) -> dict[str, str]:
    """From each record's group to the one that it becomes, so that no prompt is in two groups."""
    pairs = ((f"group {r.group}", f"prompt {group_key(r.fields[prompt], digits=True)}") for r in records)
    linked = linked_groups(pairs)
    return {group.removeprefix("group "): to.removeprefix("group ") for group, to in linked.items()}


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number, from 1, and object of every line that is not blank."""
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.strip():
                    yield number, _object(raw, f"{path}:{number}", first=number == 1)
    except OSError as error:
        raise MalformedData(f"cannot read {path}: {error.strerror}; expected a JSON Lines file") from error


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
