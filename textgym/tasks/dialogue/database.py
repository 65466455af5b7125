"""A made-up town of restaurants: slots, their values, and the database that is searched and booked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "food": (
            "italian", "chinese", "indian", "mexican", "thai", "greek",
            "french", "spanish", "turkish", "japanese", "korean", "vietnamese",
        ),
        "area": ("north", "south", "east", "west", "centre"),
        "price": ("cheap", "moderate", "expensive"),
    }
)  # fmt: skip
"""The searchable slots and all values each of them can have."""

SEARCHABLE = tuple(VALUES)
"""Slots that a search can name and a user can constrain."""

DETAILS = ("phone", "address", "postcode")
"""Slots that are only told, never searched."""

BOOKING = ("people", "time")
"""What a table is booked with."""

PEOPLE = tuple(str(n) for n in range(2, 9))
TIMES = tuple(f"{hour}:{minute}" for hour in range(17, 22) for minute in ("00", "30"))

STREETS = tuple(
    f"{first} {second}"
    for first in (
        "Mill",
        "Abbey",
        "Orchard",
        "Castle",
        "Harbour",
        "Willow",
        "Station",
        "Chapel",
        "Quarry",
        "Fern",
    )
    for second in ("Lane", "Street", "Road", "Square")
)

_ADJECTIVES = (
    "Copper",
    "Silver",
    "Crooked",
    "Quiet",
    "Velvet",
    "Amber",
    "Hidden",
    "Merry",
    "Salty",
    "Golden",
)
_NOUNS = ("Heron", "Lantern", "Kettle", "Anchor", "Fiddle", "Thistle", "Barrel", "Magpie", "Pepper", "Acorn")
_STARTS = ("Lu", "Ma", "Vi", "To", "Sa", "Be", "Ka", "Ro", "Di", "No")
_MIDDLES = ("ra", "li", "mo", "ve", "tu", "ni", "bo", "sha")
_ENDS = ("no", "lla", "ri", "ko", "na", "mi", "dor", "zan")
_KINDS = ("", " Kitchen", " Table", " House", " Garden")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True)
class Entity:
    """One restaurant.

    Args:
        id: Number from 1, unique in its database.
        name: Unique in its database; no name is part of another.
        slots: Value of each slot of `SEARCHABLE` and `DETAILS`.
    """

    id: int
    name: str
    slots: Mapping[str, str]

    def meets(self, constraints: Mapping[str, str]) -> bool:
        """Whether every constrained slot has the wanted value."""
        return all(self.slots[slot] == value for slot, value in constraints.items())


@dataclass(frozen=True)
class Database:
    """The restaurants of one episode.

    Args:
        seed: What it was drawn from.
        entities: At least 40 of them, in order of id, which counts from 1.
    """

    seed: int
    entities: tuple[Entity, ...]

    def search(self, constraints: Mapping[str, str]) -> tuple[Entity, ...]:
        """All entities that meet the constraints, in order of id."""
        matches: Sequence[Entity] = self.entities
        for slot, value in constraints.items():
            matches = [e for e in matches if e.slots[slot] == value]
        return tuple(matches)

    def get(self, entity_id: int) -> Entity | None:
        """The entity with this id."""
        return self.entities[entity_id - 1] if 1 <= entity_id <= len(self.entities) else None

    def named(self, name: str) -> Entity | None:
        """The entity with exactly this name."""
        return next((e for e in self.entities if e.name == name), None)

    def reference(self, entity_id: int) -> str:
        """The reference of a booking there: three letters and three digits."""
        rng = np.random.default_rng([self.seed, 1, entity_id])
        letters = "".join(_LETTERS[i] for i in rng.integers(len(_LETTERS), size=3))
        return f"{letters}{rng.integers(1000):03d}"


# Vector envs replay a few hundred episodes at a time; one database takes about 30 kB.
@lru_cache(maxsize=512)
def draw_database(seed: int) -> Database:
    """The database of an episode: 40 to 60 restaurants, a function of the seed (0 or larger)."""
    rng = np.random.default_rng([seed, 0])
    size = int(rng.integers(40, 61))
    names = _draw_names(rng, size)
    values = [
        [VALUES[slot][i] for i in rng.integers(len(VALUES[slot]), size=size).tolist()] for slot in VALUES
    ]
    phones = rng.integers(10_000_000, size=size).tolist()
    houses, streets = rng.integers(1, 200, size=size).tolist(), rng.integers(len(STREETS), size=size).tolist()
    letters = rng.integers(len(_LETTERS), size=(size, 4)).tolist()
    digits = rng.integers(1, 10, size=(size, 2)).tolist()
    entities = []
    for i, (name, phone, (a, b, c, d), (m, n)) in enumerate(zip(names, phones, letters, digits, strict=True)):
        slots = {slot: column[i] for slot, column in zip(SEARCHABLE, values, strict=True)}
        slots["phone"] = f"{phone // 10_000:03d} {phone % 10_000:04d}"
        slots["address"] = f"{houses[i]} {STREETS[streets[i]]}"
        slots["postcode"] = f"{_LETTERS[a]}{_LETTERS[b]}{m} {n}{_LETTERS[c]}{_LETTERS[d]}"
        entities.append(Entity(i + 1, name, MappingProxyType(slots)))
    return Database(seed, tuple(entities))


def _draw_names(rng: np.random.Generator, size: int) -> list[str]:
    names: list[str] = []
    taken: set[str] = set()
    while len(names) < size:
        if rng.random() < 0.5:
            adjective, noun = _ADJECTIVES[rng.integers(10)], _NOUNS[rng.integers(10)]
            stem, name = f"{adjective} {noun}", f"The {adjective} {noun}"
        else:
            stem = _STARTS[rng.integers(10)] + _MIDDLES[rng.integers(8)] + _ENDS[rng.integers(8)]
            name = stem + _KINDS[rng.integers(5)]
        # One name for each stem keeps any name from being part of another.
        if stem not in taken:
            taken.add(stem)
            names.append(name)
    return names
