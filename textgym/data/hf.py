"""Data sets in the layout of Hugging Face, from the hub, its cache or a local folder."""

from collections.abc import Mapping

from textgym.data.base import SPLITS, Record, Split
from textgym.data.chitchat import MIN_CONTEXT, MIN_CONTEXT_CHARS, MIN_TARGET_WORDS
from textgym.data.corpus import Corpus
from textgym.data.hf_rows import HfRows
from textgym.errors import MalformedData


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

    All rows are held in memory; the tasks draw from tables of 16 MiB or more instead, see `LargeTable`.
    Rows that have nothing, or only spaces, in a needed column are left out. Upstream splits are kept.
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
    return listed(HfRows.open(name, fields=fields, columns=columns))


def listed(rows: HfRows) -> Corpus:
    """The corpus of all rows.

    Raises:
        MalformedData: If a value is not a string, or no row is left.
    """
    splits: dict[Split, dict[str, list[Record]]] = {split: {} for split in SPLITS}
    later: set[str] = set()
    for upstream in sorted(rows.tables, key=SPLITS.index, reverse=True):
        prompts = set()
        for index, row in enumerate(rows.tables[upstream]):
            for record, split in rows.records(upstream, index, row):
                prompt = rows.prompt(record)
                prompts.add(prompt)
                if prompt not in later:
                    splits[split].setdefault(prompt, []).append(record)
        later |= prompts
    # What is left is within `train`: contexts of two conversations that went to two splits by hash.
    for prompt in (*splits["validation"], *splits["test"]):
        splits["train"].pop(prompt, None)
    for prompt in splits["test"]:
        splits["validation"].pop(prompt, None)
    if not any(splits.values()):
        raise MalformedData(f"{rows.name} holds no {_wanted(rows)}")
    return Corpus(
        rows.name, {s: tuple(r for rs in prompts.values() for r in rs) for s, prompts in splits.items()}
    )


def _wanted(rows: HfRows) -> str:
    """What one row at least must be, for an error."""
    if "conversation" in rows.columns:
        return (
            f"conversation with an utterance of {MIN_TARGET_WORDS} words or more after {MIN_CONTEXT} others or more, of "
            f"{MIN_CONTEXT_CHARS} characters or more together"
        )
    if "task" in rows.columns:
        return "rows whose tests call a function that their solution defines"
    return f"rows with a non-empty {rows.fields[0]!r}"
