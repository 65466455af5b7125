"""Every finite source by its name."""

import os.path
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from textgym.data.aclsum import aclsum_source
from textgym.data.base import SPLITS, Source
from textgym.data.catalogues import catalogue_source
from textgym.data.chitchat import chitchat_source
from textgym.data.corpus import Corpus
from textgym.data.doctests import doctest_source
from textgym.data.file_stamp import FileStamp, file_stamp
from textgym.data.hf import listed
from textgym.data.hf_request import HfRequest
from textgym.data.hf_rows import HfRows
from textgym.data.hf_tables import bytes_on_disk
from textgym.data.humaneval import humaneval_source
from textgym.data.jsonl import jsonl_source
from textgym.data.large_jsonl import LargeJsonl
from textgym.data.large_source import LARGE_BYTES, LargeSource
from textgym.data.large_table import LargeTable
from textgym.data.stdlib import stdlib_source
from textgym.errors import InvalidValue, MalformedData, UnknownName

_CLOSED: dict[str, Callable[[], Source]] = {
    "aclsum": aclsum_source,
    "chitchat": chitchat_source,
    "humaneval": humaneval_source,
    "stdlib": stdlib_source,
}
#: What a source string may look like.
KNOWN_SOURCES = (
    "django:LANG",
    "django:LANG+LANG",
    *_CLOSED,
    "doctest:PACKAGE",
    "jsonl:PATH",
    "hf:NAME",
    "hf:NAME:CONFIG",
    "hf:NAME?KEY=VALUE",
    "hf:FOLDER",
)


def load_source(
    spec: str,
    *,
    fields: tuple[str, ...],
    columns: Mapping[str, str] | None = None,
    also: Sequence[str] = (),
) -> Source:
    """The source that a string names. Callers that ask for the same one share one copy.

    Args:
        spec: One of `KNOWN_SOURCES`, such as `"django:de"` or `"jsonl:pairs.jsonl"`.
        fields: The fields that every record must have; the prompt first, since splits of `jsonl:` and
            `hf:` follow from it.
        columns: For `hf:` only: from a field to the column that holds it (see `hf_source`).
        also: What the caller accepts besides, such as `"generated"`; an unknown source's error lists it first.

    Returns:
        The source; its records have at least the fields.

    Raises:
        UnknownName: If there is no such source, language or column.
        MalformedData: If a file does not hold what is asked for, or the source has other fields.
        MissingExtra: If the package that holds the source is not installed.
    """
    kind, _, rest = spec.partition(":")
    if columns and kind != "hf":
        raise InvalidValue(f"columns apply to 'hf:' sources, got {spec!r}")
    if spec in _CLOSED:
        return _with_fields(_CLOSED[spec](), fields)
    if kind == "django" and rest:
        return _with_fields(catalogue_source(rest), fields)
    if kind == "doctest" and rest:
        return _with_fields(doctest_source(rest), fields)
    if kind == "jsonl" and rest:
        path = os.path.expanduser(rest)
        return _jsonl(path, fields, file_stamp(path))
    if kind == "hf" and rest:
        source = _hf(rest, fields, tuple(sorted((columns or {}).items())), _stamps(rest))
        return _listed(source) if isinstance(source, LargeTable) else source
    raise UnknownName(f"unknown source {spec!r}; choose one of {', '.join((*also, *KNOWN_SOURCES))}")


def large_source(spec: str, *, fields: tuple[str, ...]) -> LargeSource | None:
    """The source that a string names, if it is too large to be listed; callers share one copy.

    Args:
        spec: As for `load_source`, which lists it all the same.
        fields: As for `load_source`.

    Returns:
        The source for a `jsonl:` file, or `hf:` tables without `rows`, of `LARGE_BYTES` or more, else None.

    Raises:
        MalformedData: If the file's first line, or that of a table, does not hold what is asked for.
        UnknownName: As `load_source`, for `hf:`.
        MissingExtra: As `load_source`, for `hf:`.
    """
    kind, _, rest = spec.partition(":")
    if kind == "hf" and rest:
        source = _hf(rest, fields, (), _stamps(rest))
        return source if isinstance(source, LargeTable) else None
    path = os.path.expanduser(rest)
    stamp = file_stamp(path) if kind == "jsonl" and rest else (0, 0)
    return _large_jsonl(path, fields, stamp) if stamp[1] >= LARGE_BYTES else None


def _with_fields(source: Source, fields: tuple[str, ...]) -> Source:
    """The source itself, if it has the fields."""
    present = next((records[0].fields for records in map(source.records, SPLITS) if records), {})
    missing = [field for field in fields if present and field not in present]
    if missing:
        raise MalformedData(
            f"source {source.name!r} has the fields {', '.join(present)}, not {', '.join(missing)}; "
            f"choose a source that fits the task"
        )
    return source


def _stamps(name: str) -> tuple[tuple[str, int, int], ...]:
    """Those of all files of a local folder that is read as `hf:`."""
    folder = HfRequest.parse(name).folder
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder else ()
    return tuple((str(path), *file_stamp(str(path))) for path in files)


@lru_cache(maxsize=16)
def _jsonl(path: str, fields: tuple[str, ...], stamp: FileStamp) -> Source:
    del stamp
    return jsonl_source(Path(path), fields=fields)


@lru_cache(maxsize=16)
def _large_jsonl(path: str, fields: tuple[str, ...], stamp: FileStamp) -> LargeJsonl:
    del stamp
    return LargeJsonl(Path(path), fields)


@lru_cache(maxsize=16)
def _hf(
    name: str,
    fields: tuple[str, ...],
    columns: tuple[tuple[str, str], ...],
    stamps: tuple[tuple[str, int, int], ...],
) -> Corpus | LargeTable:
    del stamps
    rows = HfRows.open(name, fields=fields, columns=dict(columns))
    return LargeTable(rows) if bytes_on_disk(rows.tables.values()) >= LARGE_BYTES else listed(rows)


@lru_cache(maxsize=16)
def _listed(source: LargeTable) -> Corpus:
    return listed(source.rows)
