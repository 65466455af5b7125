"""One row of a database: something that can be offered and booked."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """One restaurant, train or hotel.

    Args:
        id: Number from 1, unique in its database.
        name: Unique in its database; in a generated one no name is part of another.
        slots: Value of each searchable slot and of each detail of its domain.
    """

    id: int
    name: str
    slots: Mapping[str, str]

    def __reduce__(self) -> tuple[type["Entity"], tuple[int, str, dict[str, str]]]:
        # Read-only mappings do not pickle.
        return (type(self), (self.id, self.name, dict(self.slots)))

    def meets(self, constraints: Mapping[str, str]) -> bool:
        """Whether every constrained slot has the wanted value."""
        return all(self.slots[slot] == value for slot, value in constraints.items())
