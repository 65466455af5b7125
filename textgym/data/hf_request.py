"""What a source string of the kind `hf:` asks for."""

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from textgym.data.base import SPLITS, Split
from textgym.data.hf_presets import PRESETS, Preset, preset_of
from textgym.errors import InvalidValue, UnknownName


@dataclass(frozen=True)
class HfRequest:
    """A data set, and how it is to be read.

    Args:
        name: The whole text after `hf:`.
        path: Name on the hub, or a local folder.
        config: The configuration that the text names, or empty.
        rows: How many rows of each upstream split are read, the first ones, as a stream; None for all.
        columns: From our field to a column: what the text says, and else the preset.
        splits: From our split to the upstream one, where the text names it.
        preset: What is known of the data set.
    """

    name: str
    path: str
    config: str
    rows: int | None
    columns: Mapping[str, str]
    splits: Mapping[Split, str]
    preset: Preset | None

    @property
    def folder(self) -> Path | None:
        """The local folder, if it is one."""
        return Path(self.path) if Path(self.path).is_dir() else None

    @classmethod
    def parse(cls, name: str) -> "HfRequest":
        """Read `NAME` or `NAME:CONFIG`, either of them with `?KEY=VALUE&KEY=VALUE` behind.

        The keys are `config`, `rows`, `preset` (for another copy of the data that it knows), `train`, `validation` and
        `test` (the upstream split), and else the name of a field, whose value is a column. Values are written as in a
        web address: `%26` stands for `&` and `+` for a space.

        Raises:
            InvalidValue: If there is no name, the text behind `?` is not of this form, or `rows` no number of at least 1.
            UnknownName: If there is no such preset.
        """
        path, options = _options(name)
        if not Path(path).is_dir():
            path, _, config = path.partition(":")
            if config and options.setdefault("config", config) != config:
                raise InvalidValue(f"hf:{name} names two configurations; name one")
        if not path:
            raise InvalidValue(
                f"'hf:{name}' names no data set; expected hf:NAME with a name on the Hugging Face hub, or a folder"
            )
        preset = _preset(name, options.pop("preset", None), path)
        if preset and path in PRESETS and not Path(path).is_dir():
            path = preset.repository
        rows = _rows(name, options.pop("rows", None))
        config = options.pop("config", "")
        splits: dict[Split, str] = {split: options.pop(split) for split in SPLITS if split in options}
        columns = {**(preset.columns if preset else {}), **options}
        return cls(name, path, config, rows, columns, splits, preset)


def _options(name: str) -> tuple[str, dict[str, str]]:
    """What stands before `?`, and the values behind it by their keys."""
    whole = os.path.expanduser(name)
    if Path(whole).is_dir():
        return whole, {}
    path, mark, query = whole.partition("?")
    try:
        pairs = parse_qsl(query or "&", keep_blank_values=True, strict_parsing=True) if mark else []
    except ValueError:
        pairs = [("", "")]
    if len(dict(pairs)) < len(pairs) or not all(key and value for key, value in pairs):
        raise InvalidValue(f"hf:{name}: expected KEY=VALUE&KEY=VALUE after '?', each key once, got {query!r}")
    return path, dict(pairs)


def _preset(name: str, asked: str | None, path: str) -> Preset | None:
    if asked is None:
        return None if Path(path).is_dir() else preset_of(path)
    if asked not in PRESETS:
        raise UnknownName(f"hf:{name}: unknown preset {asked!r}; choose one of {', '.join(PRESETS)}")
    return PRESETS[asked]


def _rows(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise InvalidValue(f"hf:{name}: rows must be a number of at least 1, got {text!r}")
    return int(text)
