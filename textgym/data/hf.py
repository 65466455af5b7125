"""Data sets in the layout of Hugging Face, from the hub, its cache or a local folder."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from textgym.data.base import SPLITS, Record, Split, group_key, split_of
from textgym.data.corpus import Corpus
from textgym.errors import MalformedData, UnknownName, require

#: Columns that common data sets use for our fields, tried in this order where no columns are given.
_KNOWN_COLUMNS: dict[str, tuple[str, ...]] = {
    # cnn_dailymail, xsum, samsum, and what most others use.
    "source": ("source", "article", "document", "dialogue", "text", "input"),
    "summary": ("summary", "highlights", "target", "output"),
    "target": ("target", "output", "summary", "highlights"),
    "context": ("context", "source", "input"),
    # openai_humaneval.
    "tests": ("tests", "test"),
}
_SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "dev": "validation",
    "test": "test",
}


def hf_source(name: str, *, fields: tuple[str, ...], columns: Mapping[str, str] | None = None) -> Corpus:
    """A data set of the Hugging Face hub, or a local folder of its files, read with `datasets`.

    Where no columns are given, they are guessed from the names that cnn_dailymail, xsum, samsum and
    similar sets use. Rows of the kind `{"translation": {"en": ..., "fr": ...}}` (opus_books, WMT) give
    `source` (English where it is one of the two, else the first language), `target` and `language`.

    All rows are held in memory. Upstream splits are kept. Where `validation` or `test` is
    absent, `train` gives its part by hash of the group, which is the first field without case and punctuation. A prompt that stands in two upstream splits stays
    in the later one of train, validation, test: no prompt is in two.

    Args:
        name: `NAME`, `ORG/NAME`, `NAME:CONFIG`, `ORG/NAME:CONFIG`, or a folder of JSON, CSV or Parquet files
            named after their splits (`FOLDER:CONFIG` is not supported).
        fields: The fields that every record must have; the prompt first.
        columns: From a field to its column; a dot enters a nested row, as in `translation.en`.

    Returns:
        The corpus, named `hf:NAME`.

    Raises:
        MissingExtra: If `datasets` is not installed.
        UnknownName: If the data set, or a column, cannot be found.
        MalformedData: If a value is not a string, or no row is left.
    """
    upstream = _upstream(name)
    mapping = _mapping(name, upstream, fields, columns or {})
    splits: dict[Split, dict[str, list[Record]]] = {split: {} for split in SPLITS}
    for split, rows in upstream.items():
        for record in _records(name, split, rows, mapping, fields[0]):
            home = split
            if split == "train" and (by_hash := split_of(record.group)) not in upstream:
                home = by_hash
            splits[home].setdefault(record.group, []).append(record)
    for group in (*splits["validation"], *splits["test"]):
        splits["train"].pop(group, None)
    for group in splits["test"]:
        splits["validation"].pop(group, None)
    if not any(splits.values()):
        raise MalformedData(f"hf:{name} holds no rows with a non-empty {fields[0]!r}")
    return Corpus(
        f"hf:{name}", {s: tuple(r for rs in groups.values() for r in rs) for s, groups in splits.items()}
    )


def _upstream(name: str) -> dict[Split, Any]:
    """The data set's tables by our split names."""
    datasets = require("datasets", extra="hf")
    path, _, config = (name, "", "") if Path(name).is_dir() else name.partition(":")
    try:
        loaded = datasets.load_dataset(path, config or None)
    except Exception as error:
        # `datasets` raises errors of a dozen unrelated classes: missing, gated, offline, unknown format.
        raise UnknownName(
            f"cannot load the data set 'hf:{name}' ({type(error).__name__}: {_first_line(error)}); expected a name on the "
            f"Hugging Face hub, which needs a network or a filled cache, or a local folder"
        ) from error
    tables: dict[Split, Any] = {
        _SPLIT_NAMES[split]: rows for split, rows in loaded.items() if split in _SPLIT_NAMES
    }
    if not tables:
        raise MalformedData(
            f"hf:{name} has the splits {', '.join(loaded)}; expected one of {', '.join(_SPLIT_NAMES)}"
        )
    return tables


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "no message")


def _mapping(
    name: str, upstream: Mapping[Split, Any], fields: Iterable[str], columns: Mapping[str, str]
) -> dict[str, str]:
    """From each field to its column."""
    features = next(iter(upstream.values())).features
    guessed = _translation_columns(features)
    result = {}
    for field in fields:
        candidates = (
            [columns[field]]
            if field in columns
            else [guessed.get(field), *_KNOWN_COLUMNS.get(field, (field,))]
        )
        column = next((c for c in candidates if c and _has(features, c)), None)
        if column is None:
            raise UnknownName(
                f"hf:{name} has the columns {', '.join(features)}; cannot tell which one is {field!r}. "
                f"Pass columns={{{field!r}: 'COLUMN'}}"
            )
        result[field] = column
    return result


def _translation_columns(features: Mapping[str, Any]) -> dict[str, str]:
    languages = list(_languages(features.get("translation")))
    if len(languages) != 2:
        return {}
    source = "en" if "en" in languages else languages[0]
    target = next(language for language in languages if language != source)
    return {"source": f"translation.{source}", "target": f"translation.{target}"}


def _languages(feature: Any) -> Iterable[str]:
    """Languages of a `translation` column: a plain row, or the feature type `Translation`."""
    return feature if isinstance(feature, Mapping) else getattr(feature, "languages", ())


def _has(features: Mapping[str, Any], column: str) -> bool:
    head, _, rest = column.partition(".")
    return head in features and (not rest or rest in _languages(features[head]))


def _records(
    name: str, split: Split, rows: Iterable[Mapping[str, Any]], mapping: Mapping[str, str], prompt: str
) -> Iterator[Record]:
    for index, row in enumerate(rows):
        values = {}
        for field, column in mapping.items():
            head, _, rest = column.partition(".")
            value = row[head][rest] if rest else row[head]
            if not isinstance(value, str):
                raise MalformedData(
                    f"hf:{name}, split {split}, row {index}: the column {column!r} must hold strings, got {type(value).__name__}"
                )
            values[field] = value
        if values[prompt].strip():
            if mapping.get("target", "").startswith("translation."):
                values["language"] = mapping["target"].partition(".")[2]
            yield Record(f"hf:{name}/{split}/{index}", group_key(values[prompt], digits=True), values)
