"""The database of an episode, which is searched and booked; by default the restaurants of a made-up town."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from textgym.tasks.dialogue.contacts import LETTERS
from textgym.tasks.dialogue.contacts import STREETS as STREETS
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains.restaurant import PEOPLE as PEOPLE
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT
from textgym.tasks.dialogue.domains.restaurant import TIMES as TIMES
from textgym.tasks.dialogue.domains.restaurant import VALUES as VALUES
from textgym.tasks.dialogue.entity import Entity as Entity
from textgym.tasks.dialogue.rows import Rows

SEARCHABLE = RESTAURANT.searchable
"""Slots of restaurants that a search can name and a user can constrain."""

DETAILS = tuple(RESTAURANT.details)
"""Slots of restaurants that are only told, never searched."""

BOOKING = tuple(RESTAURANT.booking)
"""What a table is booked with."""


@dataclass(frozen=True)
class Database:
    """What can be offered in one episode.

    Args:
        seed: Seed of the episode; the references of bookings come from it.
        entities: In order of id, which counts from 1.
        domain: What they are.
    """

    seed: int
    entities: Rows
    domain: Domain = RESTAURANT

    def search(self, constraints: Mapping[str, str]) -> tuple[Entity, ...]:
        """All entities that meet the constraints, in order of id."""
        return tuple(self.entities[place] for place in self.entities.places(constraints))

    def get(self, entity_id: int) -> Entity | None:
        """The entity with this id."""
        return self.entities[entity_id - 1] if 1 <= entity_id <= len(self.entities) else None

    def named(self, name: str) -> Entity | None:
        """The entity with exactly this name."""
        return self.entities.named(name)

    @cached_property
    def spoken_names(self) -> tuple[tuple[str, str], ...]:
        """What prose calls each entity (casefolded words, without "the") and its name, longer ones first."""
        called = (
            (" ".join(re.findall(r"[\w']+", e.name.casefold())).removeprefix("the "), e.name)
            for e in self.entities
        )
        return tuple(sorted(called, key=lambda pair: -len(pair[0])))

    def reference(self, entity_id: int) -> str:
        """The reference of a booking there: three letters and three digits."""
        rng = np.random.default_rng([self.seed, 1, entity_id])
        letters = "".join(LETTERS[i] for i in rng.integers(len(LETTERS), size=3))
        return f"{letters}{rng.integers(1000):03d}"


# Vector envs replay a few hundred episodes at a time; a database grows as it is looked at.
@lru_cache(maxsize=512)
def draw_database(seed: int, domain: Domain = RESTAURANT) -> Database:
    """The generated database of an episode, a function of the seed (0 or larger)."""
    return Database(seed, domain.draw(np.random.default_rng([seed, 0])), domain)
