"""The rows of a database: what is searched is at hand, the rest of a row is made when somebody looks at it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, overload

from textgym.tasks.dialogue.entity import Entity


class Rows(Sequence[Entity]):
    """Entities by place, from 0. Equal to any sequence of the same entities.

    Most entities of an episode are only searched: names and contacts of those that nobody sees are never made.

    Args:
        values: By searchable slot, all values.
        numbers: By searchable slot, which of them each entity has.
        make: Makes the entity at a place; called at most once for each.
        again: Gives equal rows anew, for pickles; None to put the entities into them.
    """

    def __init__(
        self,
        values: Mapping[str, Sequence[str]],
        numbers: Mapping[str, Sequence[int]],
        make: Callable[[int], Entity],
        again: "Callable[[], Rows] | None" = None,
    ) -> None:
        self._values, self._numbers, self._make, self._again = values, numbers, make, again
        self._made: list[Entity | None] = [None] * len(next(iter(numbers.values())))

    @classmethod
    def of(
        cls,
        entities: Sequence[Entity],
        values: Mapping[str, Sequence[str]],
        again: "Callable[[], Rows] | None" = None,
    ) -> "Rows":
        """Rows of entities that are made already, at least one."""
        numbers = {slot: [own.index(e.slots[slot]) for e in entities] for slot, own in values.items()}
        return cls(values, numbers, entities.__getitem__, again)

    def value(self, slot: str, place: int) -> str:
        """The value of a searchable slot of the entity at a place."""
        return self._values[slot][self._numbers[slot][place]]

    def places(self, constraints: Mapping[str, str]) -> Sequence[int]:
        """Where the entities are that have these values, in ascending order."""
        places: Sequence[int] = range(len(self._made))
        for slot, value in constraints.items():
            if value not in self._values.get(slot, ()):
                places = [place for place in places if self[place].slots[slot] == value]
            else:
                numbers, wanted = self._numbers[slot], self._values[slot].index(value)
                places = [place for place in places if numbers[place] == wanted]
        return places

    def values_at(self, places: Sequence[int], slot: str) -> set[str]:
        """Which values of a searchable slot the entities at these places have."""
        values, numbers = self._values[slot], self._numbers[slot]
        return {values[number] for number in {numbers[place] for place in places}}

    def named(self, name: str) -> Entity | None:
        """The entity with exactly this name; whoever names one has mostly seen it, so those made already come first."""
        made = [entity for entity in self._made if entity is not None]
        return next((entity for entity in chain(made, self) if entity.name == name), None)

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

    def __reduce__(self) -> tuple[Callable[..., "Rows"], tuple[Any, ...]]:
        # What makes an entity does not pickle.
        return (self._again, ()) if self._again else (Rows.of, (tuple(self), dict(self._values)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)
