"""The rows of a data set in the layout of Hugging Face, and the records that they become."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textgym.data.base import Record, Split, group_key, split_of
from textgym.data.chitchat import continuations
from textgym.data.described_functions import described_function
from textgym.data.hf_columns import choose_columns, read_column, target_language
from textgym.data.hf_request import HfRequest
from textgym.data.hf_tables import Row, Table, load_tables, with_columns
from textgym.errors import MalformedData


@dataclass(frozen=True, eq=False)
class HfRows:
    """The rows of each upstream split, and what they become.

    Args:
        name: The source string that names the data set, `hf:NAME`.
        fields: The fields that every record must have; the prompt first.
        tables: The rows, under the names of our splits.
        columns: From a field to its column.
    """

    name: str
    fields: tuple[str, ...]
    tables: Mapping[Split, Table]
    columns: Mapping[str, str]

    @classmethod
    def open(
        cls, name: str, *, fields: tuple[str, ...], columns: Mapping[str, str] | None = None
    ) -> "HfRows":
        """Load the tables and tell the columns; arguments and errors are those of `hf_source`."""
        if not fields:
            raise ValueError("fields must name at least the prompt field, got none")
        request = HfRequest.parse(name)
        tables = load_tables(request)
        given = {**request.columns, **(columns or {})}
        chosen = choose_columns(name, tables.values(), _needed(fields, given), given)
        narrow: dict[Split, Table] = {
            split: with_columns(table, chosen.values()) for split, table in tables.items()
        }
        return cls(f"hf:{name}", fields, narrow, chosen)

    def records(self, upstream: Split, index: int, row: Row) -> Iterator[tuple[Record, Split]]:
        """What a row gives, and its split: nothing, one record, or those of a conversation.

        Args:
            upstream: Where the row stands.
            index: Its number there, from 0.
            row: The row.

        Returns:
            Each record with its split, which is the upstream one; or by hash of the group, where `train` gives
            its part to an absent one.

        Raises:
            MalformedData: If a value is not a string; the message names the row.
        """
        texts = self._texts(row, f"{self.name}, split {upstream}, row {index}")
        for record in self._made(f"{self.name}/{upstream}/{index}", texts):
            home = upstream
            if upstream == "train" and (by_hash := split_of(record.group)) not in self.tables:
                home = by_hash
            yield record, home

    def prompt(self, record: Record) -> str:
        """Key of a record's prompt, which must be in one split only."""
        return group_key(record.fields[self.fields[0]], digits=True)

    def _texts(self, row: Row, where: str) -> dict[str, str]:
        """What a row has in the columns that are not empty in it; lists as lines."""
        texts = {}
        for field, column in self.columns.items():
            value = read_column(row, column, where)
            if field == "conversation":
                if isinstance(value, str):
                    raise MalformedData(
                        f"{where}: the column {column!r} must hold lists of utterances, got str"
                    )
                value = [line for text in value or () if (line := " ".join(text.split()))]
            if value is not None:
                texts[field] = value if isinstance(value, str) else "\n".join(value)
        return texts

    def _made(self, id: str, texts: dict[str, str]) -> Iterator[Record]:
        if "conversation" in texts:
            lines = texts.pop("conversation").split("\n")
            for end, context, target in continuations(lines):
                yield Record(f"{id}/{end}", id, {**texts, "context": context, "target": target})
            return
        made = described_function(texts) if "task" in self.columns else texts
        if made is not None and all(made.get(field, "").strip() for field in self.fields):
            language = target_language(self.columns)
            if language and "language" not in made:
                made["language"] = language
            yield Record(id, group_key(made[self.fields[0]], digits=True), made)


def _needed(fields: tuple[str, ...], given: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that must have a column: those asked for, or what they are made from."""
    if "conversation" in given:
        made, parts = ("context", "target"), ("conversation",)
    elif "task" in given:
        made, parts = ("prompt", "entry_point", "tests"), ("task", "solution")
        parts += () if "calls" in given else ("tests",)
    else:
        return fields
    return (*parts, *(field for field in fields if field not in made))
