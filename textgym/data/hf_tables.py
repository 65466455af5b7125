"""The tables of a data set in the layout of Hugging Face, loaded with `datasets`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from textgym.data.base import Split
from textgym.data.hf_request import HfRequest
from textgym.errors import MalformedData, UnknownName, require

Row = Mapping[str, Any]
#: A `datasets.Dataset`, whose rows stay on the disk, or a list of the rows that were streamed.
Table = Sequence[Row]

_SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "dev": "validation",
    "test": "test",
}
# The branch of a repository that the hub itself fills: https://huggingface.co/docs/dataset-viewer/parquet
_CONVERTED = "refs/convert/parquet"
# What `datasets.Dataset.save_to_disk` and `DatasetDict.save_to_disk` leave in a folder.
_SAVED = ("state.json", "dataset_dict.json")
_LONGEST_REASON = 400


def load_tables(request: HfRequest) -> dict[Split, Table]:
    """The rows of each upstream split, under the names of our splits.

    With `rows` the set is streamed: no more than the first rows of each split are downloaded.

    Raises:
        MissingExtra: If `datasets` is not installed.
        UnknownName: If there is no such data set, configuration or split.
        MalformedData: If none of its splits is one of ours.
    """
    loaded = _loaded(request)
    names: dict[Split, str] = {_SPLIT_NAMES[name]: name for name in loaded if name in _SPLIT_NAMES}
    for split, name in request.splits.items():
        if name not in loaded:
            raise UnknownName(f"hf:{request.name} has no split {name!r}; there are {', '.join(loaded)}")
        names[split] = name
    if not names:
        raise MalformedData(
            f"hf:{request.name} has the splits {', '.join(loaded)}; expected one of {', '.join(_SPLIT_NAMES)}. Say "
            f"which one is which, as in '?test={next(iter(loaded), 'NAME')}'"
        )
    if request.rows is None:
        return {split: loaded[name] for split, name in names.items()}
    return {split: list(loaded[name].take(request.rows)) for split, name in names.items()}


def column_names(table: Table) -> list[str]:
    """The columns of a table, or of the first row of a list of rows."""
    return list(getattr(table, "column_names", None) or next(iter(table), {}))


def with_columns(table: Table, columns: Iterable[str]) -> Table:
    """The table without what is not read, so that pictures, say, are neither decoded nor counted.

    Args:
        table: The table.
        columns: What is read; a dot enters a nested row.
    """
    dataset = _dataset(table)
    if dataset is None:
        return table
    names = column_names(table)
    read = {column if column in names else column.partition(".")[0] for column in columns}
    return dataset.select_columns([name for name in names if name in read])


def bytes_on_disk(tables: Iterable[Table]) -> int:
    """Size of tables that `datasets` maps into memory; rows that were streamed count nothing."""
    return sum(dataset.data.nbytes for table in tables if (dataset := _dataset(table)) is not None)


def files_of(table: Table) -> tuple[tuple[str, int], ...]:
    """The files of a table, each with the time at which it was written, in ns; none of rows that were streamed."""
    dataset = _dataset(table)
    files = [] if dataset is None else [Path(file["filename"]) for file in dataset.cache_files]
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)


def _dataset(table: Table) -> Any:
    """The table as a `datasets.Dataset`, whose types are not known here; None of rows that were streamed."""
    return None if isinstance(table, list) else table


def _loaded(request: HfRequest) -> Mapping[str, Any]:
    datasets = require("datasets", extra="hf")
    try:
        load, arguments = _call(datasets, request)
        loaded = load(**arguments)
    except UnknownName:
        raise
    except Exception as error:
        # `datasets` raises errors of a dozen unrelated classes: missing, gated, offline, unknown format.
        reason = " ".join(str(error).split())[:_LONGEST_REASON] or "no message"
        if error.__cause__ is not None:  # of tables that cannot be read the error itself does not tell why
            cause = " ".join(str(error.__cause__).split())[:_LONGEST_REASON]
            reason += f"; {type(error.__cause__).__name__}: {cause}"
        raise UnknownName(
            f"cannot load the data set 'hf:{request.name}' ({type(error).__name__}: {reason}); expected a name on the "
            f"Hugging Face hub, which needs a network or a filled cache, or a local folder"
        ) from error
    # A single table may be saved without others.
    return loaded if isinstance(loaded, Mapping) else {str(loaded.split or "train"): loaded}


def _call(datasets: Any, request: HfRequest) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The function of `datasets` that loads what is asked for, and its arguments."""
    preset, folder = request.preset, request.folder
    streaming = request.rows is not None
    if folder is not None:
        inner, config = _local_config(datasets, request, folder)
        if any((inner / name).exists() for name in _SAVED):
            return datasets.load_from_disk, {"dataset_path": str(inner)}
        return datasets.load_dataset, {"path": str(inner), "name": config, "streaming": streaming}
    config = request.config or (preset.config if preset else None) or None
    place = {"data_dir": config, "revision": _CONVERTED} if preset and preset.script else {"name": config}
    return datasets.load_dataset, {"path": request.path, **place, "streaming": streaming}


def _local_config(datasets: Any, request: HfRequest, folder: Path) -> tuple[Path, str | None]:
    """The folder that holds a configuration, and its name where the folder's card lists it."""
    asked = request.config
    config = asked or (request.preset.config if request.preset else "")
    if not config or (folder / config).is_dir():
        return folder / config, None
    if any((folder / name).exists() for name in _SAVED):
        known = []
    else:
        known = datasets.get_dataset_config_names(str(folder))
    if config in known:
        return folder, config
    if asked:
        there = [*known, *sorted(path.name for path in folder.iterdir() if path.is_dir())]
        raise UnknownName(
            f"hf:{request.name} has no configuration {asked!r}; there are {', '.join(there) or 'none'}"
        )
    return folder, None
