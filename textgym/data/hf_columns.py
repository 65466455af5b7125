"""Which columns of a table our fields come from, and what a row has in them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from textgym.data.hf_tables import Row, Table, column_names
from textgym.errors import MalformedData, UnknownName

#: Columns that common data sets use for our fields, tried in this order where no columns are given.
KNOWN_COLUMNS: dict[str, tuple[str, ...]] = {
    # cnn_dailymail, xsum, samsum, and what most others use.
    "source": ("source", "article", "document", "dialogue", "text", "input"),
    "summary": ("summary", "highlights", "target", "output"),
    "target": ("target", "output", "summary", "highlights"),
    "context": ("context", "source", "input"),
    # openai_humaneval.
    "tests": ("tests", "test"),
}
_TRANSLATION = "translation"


def choose_columns(
    name: str, tables: Iterable[Table], fields: Iterable[str], columns: Mapping[str, str]
) -> dict[str, str]:
    """The column of each of the fields, and of each field that has a given column.

    Args:
        name: The data set, for errors.
        tables: Its tables; the first that has a row shows what there is.
        fields: Fields that are needed.
        columns: Columns that are given, by field; a dot enters a nested row or the rows of a list.

    Raises:
        UnknownName: If a given column does not exist, or no column can be told for a field.
    """
    names, row = _sample(tables)
    guessed = _translation_columns(row)
    chosen = dict(columns)
    for field in fields:
        if field not in chosen:
            candidates = [guessed.get(field), *KNOWN_COLUMNS.get(field, (field,))]
            column = next((c for c in candidates if c and _exists(names, row, c)), None)
            if column is None:
                raise UnknownName(
                    f"hf:{name} has the columns {', '.join(names)}; cannot tell which one is {field!r}. Say which as in "
                    f"'hf:NAME?{field}=COLUMN', or pass columns={{{field!r}: 'COLUMN'}}"
                )
            chosen[field] = column
    for field, column in chosen.items():
        if not _exists(names, row, column):
            raise UnknownName(
                f"hf:{name} has the columns {', '.join(_paths(names, row))}, not {column!r}, which was asked for as "
                f"{field!r}"
            )
    return chosen


def read_column(row: Row, column: str, where: str) -> str | list[str] | None:
    """What a row has in a column: a text, a list of texts, or None where it has nothing.

    Raises:
        MalformedData: If it is something else; the message begins with `where`.
    """
    value = _value(row, column)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    kind = type(value).__name__
    if isinstance(value, list):
        kind = f"list with {next(type(item).__name__ for item in value if not isinstance(item, str))}"
    raise MalformedData(f"{where}: the column {column!r} must hold strings, got {kind}")


def target_language(columns: Mapping[str, str]) -> str | None:
    """The language of the field `target`, if it is from a column of translations."""
    head, _, language = columns.get("target", "").partition(".")
    return language if head == _TRANSLATION and language else None


def _sample(tables: Iterable[Table]) -> tuple[list[str], Row]:
    """The names of the columns and a row, empty if there is none."""
    names: list[str] = []
    for table in tables:
        names = column_names(table) or names
        for row in islice(table, 1):
            return names, row
    return names, {}


def _translation_columns(row: Row) -> dict[str, str]:
    translation = row.get(_TRANSLATION)
    languages = list(translation) if isinstance(translation, Mapping) else []
    if len(languages) != 2:
        return {}
    source = "en" if "en" in languages else languages[0]
    target = next(language for language in languages if language != source)
    return {"source": f"{_TRANSLATION}.{source}", "target": f"{_TRANSLATION}.{target}"}


def _exists(names: list[str], row: Row, column: str) -> bool:
    # A table without rows shows no nested ones.
    head = column.partition(".")[0]
    return column in names or (head in names and (not row or column in _paths(names, row)))


def _paths(names: Iterable[str], row: Row) -> Iterator[str]:
    """The columns with what is nested in them, as in `translation.en`."""
    for name in names:
        value = row.get(name)
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, Mapping):
            yield from _paths_below(name, inner)
        else:
            yield name


def _paths_below(name: str, row: Mapping[str, Any]) -> Iterator[str]:
    for path in _paths(row, row):
        yield f"{name}.{path}"


def _value(row: Any, column: str) -> Any:
    if isinstance(row, list):
        return [_value(item, column) for item in row]
    if not isinstance(row, Mapping):
        return None
    if column in row:
        return row[column]
    head, dot, rest = column.partition(".")
    return _value(row.get(head), rest) if dot else None
