"""The databases of MultiWOZ, from a local folder of its files, as databases of our domains.

Read are `restaurant_db.json`, `hotel_db.json` and `train_db.json`, as MultiWOZ and ConvLab carry them: a list of objects
whose values are strings. Our slots are taken from them under other names (`pricerange` is our price, `type` the kind of
a hotel, `leaveAt` and `arriveBy` our leave and arrive); the period of a train comes from its `leaveAt`, and the fare is
given in pence. What our domains do not speak of (internet, parking, opening hours, locations) is passed over, and so are
rows that lack a value or repeat a name.

References:
    Budzianowski et al., 2018, "MultiWOZ - A large-scale multi-domain wizard-of-oz dataset for task-oriented
    dialogue modelling", EMNLP.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from textgym.data.file_stamp import FileStamp, file_stamp
from textgym.errors import InvalidValue, MalformedData, UnknownName
from textgym.tasks.dialogue.domain import Domain, Fact
from textgym.tasks.dialogue.domains import named_domain
from textgym.tasks.dialogue.domains.train import period_of
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.rows import Rows

PREFIX = "multiwoz:"

_PLACE = {"area": "area", "price": "pricerange"}
_CONTACTS = {"phone": "phone", "address": "address", "postcode": "postcode"}
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "restaurant": {"food": "food", **_PLACE, **_CONTACTS},
    "hotel": {**_PLACE, "stars": "stars", "kind": "type", **_CONTACTS},
    "train": {
        "departure": "departure",
        "destination": "destination",
        "day": "day",
        "leave": "leaveAt",
        "arrive": "arriveBy",
        "duration": "duration",
        "fare": "price",
    },
}
_NAMES = {"restaurant": "name", "hotel": "name", "train": "trainID"}


@dataclass(frozen=True)
class Loaded:
    """What a file holds.

    Args:
        domain: The domain of this name, with the values of the file.
        entities: Its rows, in order.
    """

    domain: Domain
    entities: Rows


@dataclass(frozen=True)
class _AsWritten:
    """The value as the file writes it, from a match without case."""

    written: Mapping[str, str]

    def __call__(self, match: re.Match[str]) -> str:
        return self.written[match[1]]


def written(database: str, domain: str) -> FileStamp:
    """Of the file that holds a database; another one once it was written again.

    Args:
        database: See `read_multiwoz`.
        domain: See `read_multiwoz`.

    Raises:
        UnknownName: If there is no such kind of database.
    """
    return file_stamp(_file(database, domain))


@lru_cache(maxsize=8)
def read_multiwoz(database: str, domain: str, stamp: FileStamp) -> Loaded:
    """The database of a domain from a folder.

    Args:
        database: `"multiwoz:PATH"`.
        domain: Name of the domain.
        stamp: What `written` gave: a file is read once for each.

    Raises:
        UnknownName: If there is no such domain or kind of database.
        InvalidValue: If the file is not there, or has another stamp by now.
        MalformedData: If it does not hold what MultiWOZ writes, or no complete row.
    """
    table = named_domain(domain)
    path = _file(database, domain)
    if file_stamp(path) != stamp:
        raise InvalidValue(f"{path} was written again since the environment was made; make it anew")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidValue(
            f"database {database!r} needs the file {path}, which cannot be read ({error}). Give the folder that "
            "holds MultiWOZ's *_db.json files."
        ) from error
    entities = _entities(path, _rows(path, text), domain)
    if not entities:
        raise MalformedData(f"{path} has no row with values for {', '.join(_FIELDS[domain].values())}")
    values = {slot: tuple(sorted({e.slots[slot] for e in entities})) for slot in table.values}
    details = dict(table.details)
    for slot in _CONTACTS.keys() & details.keys():
        details[slot] = _literal(e.slots[slot] for e in entities)
    origin = sha256(text.encode()).hexdigest()[:16]
    rows = Rows.of(entities, values, partial(_entities_of, database, domain, stamp))
    return Loaded(replace(table, values=values, details=details, origin=origin), rows)


def _entities_of(database: str, domain: str, stamp: FileStamp) -> Rows:
    return read_multiwoz(database, domain, stamp).entities


def _file(database: str, domain: str) -> Path:
    if not isinstance(database, str) or not database.startswith(PREFIX):
        raise UnknownName(f"database must be 'generated' or 'multiwoz:PATH', got {database!r}")
    return Path(database.removeprefix(PREFIX)).expanduser() / f"{domain}_db.json"


def _rows(path: Path, text: str) -> Sequence[Mapping[str, Any]]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedData(f"{path} is no JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MalformedData(
            f"{path} must hold a list of objects, one for each row, as MultiWOZ's databases do"
        )
    return rows


def _entities(path: Path, rows: Sequence[Mapping[str, Any]], domain: str) -> list[Entity]:
    entities: list[Entity] = []
    names: set[str] = set()
    for row in rows:
        slots = {slot: _clean(row.get(field)) for slot, field in _FIELDS[domain].items()}
        name = _clean(row.get(_NAMES[domain]))
        if not name or not all(slots.values()) or name.casefold() in names:
            continue
        if domain == "train":
            slots |= {"period": period_of(_minutes(path, slots["leave"])), "fare": _pence(path, row["price"])}
        names.add(name.casefold())
        entities.append(Entity(len(entities) + 1, name, MappingProxyType(slots)))
    return entities


def _clean(value: object) -> str:
    """A value without what would end a clause or a cell of the database's answers; empty where there is none."""
    if not isinstance(value, str) or value == "?":
        return ""
    return " ".join(re.sub(r"[.!?;|=\s]+", " ", value).split())


def _minutes(path: Path, time: str) -> int:
    match = re.fullmatch(r"([0-9]{2}):([0-9]{2})", time)
    if match is None:
        raise MalformedData(f"{path}: leaveAt must be a time such as '09:15', got {time!r}")
    return int(match[1]) * 60 + int(match[2])


def _pence(path: Path, price: str) -> str:
    match = re.fullmatch(r"([0-9]+)\.([0-9]{2}) pounds", price.strip())
    if match is None:
        raise MalformedData(f"{path}: price must be such as '10.10 pounds', got {price!r}")
    return f"{int(match[1] + match[2])} pence"


def _literal(values: Any) -> Fact:
    """Recognises the values of the file and no others."""
    written = {value.casefold(): value for value in values}
    options = "|".join(re.escape(value) for value in sorted(written, key=lambda v: -len(v)))
    return Fact(re.compile(rf"(?<!\w)({options})(?!\w)"), _AsWritten(written))
