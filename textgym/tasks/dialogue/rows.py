"""The rows of a database: what is searched is at hand, the rest of a row is made when somebody looks at it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import overload

from textgym.tasks.dialogue.entity import Entity


class Rows(Sequence[Entity]):
    """Entities by place, from 0. Equal to any sequence of the same entities.

    Most entities of an episode are only searched: names and contacts of those that nobody sees are never made.

    Args:
        columns: By searchable slot, the values of all rows.
        make: Makes the entity at a place; called at most once for each.
    """

    def __init__(self, columns: Mapping[str, Sequence[str]], make: Callable[[int], Entity]) -> None:
        self.columns = columns
        self._make = make
        self._made: list[Entity | None] = [None] * len(next(iter(columns.values())))

    @classmethod
    def of(cls, entities: Sequence[Entity], searchable: Iterable[str]) -> "Rows":
        """Rows of entities that are made already; at least one of them and of the searchable slots."""
        return cls({slot: [e.slots[slot] for e in entities] for slot in searchable}, entities.__getitem__)

    def column(self, slot: str) -> Sequence[str]:
        """The values of all rows."""
        return self.columns[slot] if slot in self.columns else [e.slots[slot] for e in self]

    def places(self, constraints: Mapping[str, str]) -> Sequence[int]:
        """Where the slots have these values, in ascending order."""
        places: Sequence[int] = range(len(self))
        for slot, value in constraints.items():
            column = self.column(slot)
            places = [place for place in places if column[place] == value]
        return places

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, place: int) -> Entity: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Entity, ...]: ...

    def __getitem__(self, place: int | slice) -> Entity | tuple[Entity, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        entity = self._made[place]
        if entity is None:
            entity = self._made[place] = self._make(range(len(self))[place])
        return entity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(e.name for e in self))
