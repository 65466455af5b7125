"""Data sets in the layout of Hugging Face, from the hub, its cache or a local folder."""

from collections.abc import Iterator, Mapping

from textgym.data.base import SPLITS, Record, Split, group_key, split_of
from textgym.data.chitchat import continuations
from textgym.data.corpus import Corpus
from textgym.data.described_functions import described_function
from textgym.data.hf_columns import choose_columns, read_column, target_language
from textgym.data.hf_request import HfRequest
from textgym.data.hf_tables import Row, load_tables
from textgym.errors import MalformedData

#: What the rows of some data sets have instead of our fields: the columns that they are made from.
_CONVERSATION = ("context", "target"), ("conversation",)
_DESCRIPTION = ("prompt", "entry_point", "tests"), ("task", "solution")


def hf_source(name: str, *, fields: tuple[str, ...], columns: Mapping[str, str] | None = None) -> Corpus:
    """A data set of the Hugging Face hub, or a local folder of its files, read with `datasets`.

    What is read, and from which columns, is said behind a question mark, as in
    `wmt/wmt14?config=fr-en&rows=100000` or `my/folder?source=text&target=meta.title`:

    - a field's name, with its column; a dot enters a nested row, or the rows of a list. A list of strings
      becomes lines. Fields besides the needed ones are taken over;
    - `config`, a configuration (`NAME:CONFIG` is the same; in a folder one of its folders or of those that its card
      lists);
    - `rows`: the first so many of each split only, read as a stream, so that the rest is not downloaded;
    - `train`, `validation`, `test`: the upstream split, where it has another name;
    - `preset`: one of `textgym.data.hf_presets.PRESETS`, for a copy of that set. Their own names and those of
      their repositories do without.

    Columns that are not given are guessed from the names that cnn_dailymail, xsum, samsum and
    similar sets use. Rows of the kind `{"translation": {"en": ..., "fr": ...}}` (opus_books, WMT) give
    `source` (English where it is one of the two, else the first language), `target` and `language`. The field
    `conversation`, a list of utterances, gives `context` and `target` as in `chitchat_source`; `task`, a description
    of a function in words, gives those of a code source (see `described_function`).

    All rows are held in memory. Rows that have nothing in a needed column are left out. Upstream splits are kept.
    Where `validation` or `test` is absent, `train` gives its part by hash of the group, which is the first field without
    case and punctuation; of a conversation it is the conversation. A prompt that stands in two upstream splits stays
    in the later one of train, validation, test: no prompt is in two.

    Args:
        name: `NAME`, `ORG/NAME`, either with `:CONFIG`, or a folder of JSON, CSV or Parquet files named after their
            splits, or one that `save_to_disk` made; then optionally `?` and what is said above.
        fields: The fields that every record must have; the prompt first.
        columns: From a field to its column, besides those that the name tells.

    Returns:
        The corpus, named `hf:NAME`.

    Raises:
        MissingExtra: If `datasets` is not installed.
        InvalidValue: If the text behind the question mark is not of that form.
        UnknownName: If the data set, or a configuration, split, column or preset, cannot be found.
        MalformedData: If a value is not a string, or no row is left.
    """
    if not fields:
        raise ValueError("fields must name at least the prompt field, got none")
    request = HfRequest.parse(name)
    tables = load_tables(request)
    given = {**request.columns, **(columns or {})}
    chosen = choose_columns(name, tables.values(), _needed(fields, given), given)
    splits: dict[Split, dict[str, list[Record]]] = {split: {} for split in SPLITS}
    for split, rows in tables.items():
        for index, row in enumerate(rows):
            where = f"hf:{name}, split {split}, row {index}"
            for record in _records(f"hf:{name}/{split}/{index}", _texts(row, chosen, where), fields, chosen):
                home = split
                if split == "train" and (by_hash := split_of(record.group)) not in tables:
                    home = by_hash
                prompt = group_key(record.fields[fields[0]], digits=True)
                splits[home].setdefault(prompt, []).append(record)
    for prompt in (*splits["validation"], *splits["test"]):
        splits["train"].pop(prompt, None)
    for prompt in splits["test"]:
        splits["validation"].pop(prompt, None)
    if not any(splits.values()):
        raise MalformedData(f"hf:{name} holds no rows with a non-empty {fields[0]!r}")
    return Corpus(
        f"hf:{name}", {s: tuple(r for rs in prompts.values() for r in rs) for s, prompts in splits.items()}
    )


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


def _texts(row: Row, columns: Mapping[str, str], where: str) -> dict[str, str]:
    """What a row has in the columns that are not empty in it; lists as lines."""
    texts = {}
    for field, column in columns.items():
        value = read_column(row, column, where)
        if field == "conversation":
            if isinstance(value, str):
                raise MalformedData(f"{where}: the column {column!r} must hold lists of utterances, got str")
            value = [line for text in value or () if (line := " ".join(text.split()))]
        if value is not None:
            texts[field] = value if isinstance(value, str) else "\n".join(value)
    return texts


def _records(
    id: str, texts: dict[str, str], fields: tuple[str, ...], columns: Mapping[str, str]
) -> Iterator[Record]:
    """What a row gives: nothing, one record, or those of a conversation."""
    if "conversation" in texts:
        lines = texts.pop("conversation").split("\n")
        for end, context, target in continuations(lines):
            yield Record(f"{id}/{end}", id, {**texts, "context": context, "target": target})
        return
    made = described_function(texts) if "task" in columns else texts
    if made is not None and made.keys() >= set(fields) and made[fields[0]].strip():
        language = target_language(columns)
        if language and "language" not in made:
            made["language"] = language
        yield Record(id, group_key(made[fields[0]], digits=True), made)
