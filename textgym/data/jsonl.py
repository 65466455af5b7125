"""A user's own examples: a text file with one JSON object in each line."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from textgym.data.base import SPLITS, Record, Split, group_key, split_of
from textgym.data.corpus import Corpus
from textgym.data.jsonl_lines import read_line
from textgym.data.near_duplicates import linked_groups
from textgym.errors import MalformedData


def jsonl_source(path: Path, *, fields: tuple[str, ...]) -> Corpus:
    """The examples of a JSON Lines file (UTF-8).

    Each line is an object that has all of `fields`; other strings in it become fields too. It may have an
    `id` (else `PATH:LINE`), a `group` that keeps it together with others, and a `split` (else 70/10/20 by
    hash of the group). Lines whose first fields differ in case and punctuation only have one prompt and are
    one group; so are all lines of two groups that share a prompt. Blank lines are skipped.

    All of it is read and held in memory. The tasks draw from files of 16 MiB (`large_source.LARGE_BYTES`) or more
    instead, where groups are by hash of the prompt only and are not joined: see `LargeJsonl`.

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
    for number, raw in _lines(path):
        where = f"{path}:{number}"
        record, asked = read_line(raw, fields, where, default_id=f"{path.name}:{number}", first=number == 1)
        if record.id in ids:
            raise MalformedData(
                f"{where}: the id {record.id!r} stands in line {ids[record.id]} already; make ids unique"
            )
        ids[record.id] = number
        rows.append((number, asked, record))
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


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number, from 1, and bytes of every line that is not blank."""
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.strip():
                    yield number, raw
    except OSError as error:
        raise MalformedData(f"cannot read {path}: {error.strerror}; expected a JSON Lines file") from error
