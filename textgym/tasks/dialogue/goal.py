"""What the simulated user wants, and how difficult a user it is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from textgym.data.base import group_key
from textgym.tasks.dialogue.database import Database
from textgym.tasks.dialogue.domain import Domain

Pair = tuple[str, str]


class Goal(NamedTuple):
    """A user's goal and manner.

    Args:
        constraints: Slots of the restaurant with the wanted values, as first told.
        requests: Slots that the user must be told: details, unconstrained slots, `"reference"` of a booking.
        people: Party size of the wanted booking; empty if none is wanted.
        time: Time of the wanted booking, such as `"19:30"`; empty if none is wanted.
        relaxation: Slot and value that replace a constraint once a search found nothing and the user hears so.
        change: Slot and value that replace a constraint when a restaurant is offered: a change of mind.
        talk: How many things the user says at once, 1 to 3.
        volunteers: Whether the user tells wishes unasked after the first message.
        indirect: Probability of an indirect wording, in [0, 1].
        patience: How many messages without progress the user bears.
        stay: What else is said for the wanted booking, by slot: day and nights of a hotel.
    """

    constraints: tuple[Pair, ...]
    requests: tuple[str, ...]
    people: str = ""
    time: str = ""
    relaxation: Pair | None = None
    change: Pair | None = None
    talk: int = 3
    volunteers: bool = True
    indirect: float = 0.0
    patience: int = 4
    stay: tuple[Pair, ...] = ()

    @property
    def booking(self) -> dict[str, str]:
        """What is said for the wanted booking, by slot; empty if none is wanted."""
        pairs = (("people", self.people), ("time", self.time), *self.stay)
        return {slot: value for slot, value in pairs if value}

    @property
    def books(self) -> bool:
        """Whether the user wants a table."""
        return bool(self.people)

    @property
    def group(self) -> str:
        """Key of the prompt group: goals that differ in manner, order, party size or time only are one group."""
        wishes = sorted(f"{slot} {value}" for slot, value in self.constraints)
        parts = [*wishes, "requests", *sorted(self.requests)]
        parts += ["books"] if self.books else []
        parts += ["relaxes", *self.relaxation] if self.relaxation else []
        parts += ["changes", *self.change] if self.change else []
        return group_key(" ".join(parts))

    def to_json(self) -> dict[str, Any]:
        """The goal as values that JSON has, tuples for its arrays; `stay` only where there is one."""
        value = self._asdict()
        if not self.stay:
            del value["stay"]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Goal":
        """The inverse of `to_json`; accepts lists where JSON has turned tuples into them."""
        pairs = {k: tuple(value[k]) if value[k] else None for k in ("relaxation", "change")}
        constraints = tuple((slot, wanted) for slot, wanted in value["constraints"])
        stay = tuple((slot, wanted) for slot, wanted in value.get("stay", ()))
        lists = {"constraints": constraints, "requests": tuple(value["requests"]), "stay": stay}
        return cls(**{**value, **pairs, **lists})


def draw_goal(
    rng: np.random.Generator, database: Database, difficulty: float, goal_change: float | None = None
) -> Goal:
    """A goal that something in the database can fulfil.

    Args:
        rng: Source of randomness.
        database: Where it must be found.
        difficulty: In [0, 1]. It raises the number of constraints and requests, the share of bookings, of
            goals that nothing matches at first and of changes of mind, and of indirect wording; it lowers how
            much the user says at once and unasked.
        goal_change: In [0, 1]: probability that exactly one constraint changes, whatever the difficulty: in half of
            the cases when something is offered, in the other half because nothing matches. Where the database has
            no room for the one kind, the other is taken. None leaves both to the difficulty.

    Returns:
        The goal.
    """
    domain = database.domain
    entities = database.entities
    target = int(rng.integers(len(entities)))
    drawn = 1 + int(rng.binomial(len(domain.searchable) - 1, 0.3 + 0.6 * difficulty))
    chosen = {*domain.always, *_shuffled(rng, domain.searchable)[:drawn]}
    slots = [slot for slot in domain.searchable if slot in chosen]
    wanted = {slot: entities.value(slot, target) for slot in slots}
    change = relaxation = None
    if goal_change is not None:
        wanted, change, relaxation = _one_change(rng, database, wanted, goal_change)
    else:
        if rng.random() < 0.5 * difficulty:
            wanted, change = _detour(rng, database, wanted, matching=True)
        if rng.random() < 0.1 + 0.4 * difficulty:
            wanted, relaxation = _detour(rng, database, wanted, matching=False)
    books = rng.random() < 0.3 + 0.5 * difficulty
    constraints = tuple([(slot, wanted[slot]) for slot in _shuffled(rng, slots)])
    requests = _draw_requests(rng, domain, slots, difficulty, books=books)
    booking = {slot: v[rng.integers(len(v))] if books else "" for slot, v in domain.booking.items()}
    return Goal(
        constraints=constraints,
        requests=requests,
        people=booking.pop("people"),
        time=booking.pop("time", ""),
        relaxation=relaxation,
        change=change,
        talk=3 - int(rng.binomial(2, 0.2 + 0.6 * difficulty)),
        volunteers=bool(rng.random() < 1.0 - 0.7 * difficulty),
        indirect=round(0.7 * difficulty, 3),
        stay=tuple(booking.items()) if books else (),
    )


def _draw_requests(
    rng: np.random.Generator, domain: Domain, slots: list[str], difficulty: float, *, books: bool
) -> tuple[str, ...]:
    known = [*domain.details, *(s for s in domain.searchable if s not in slots)]
    size = 1 + int(rng.binomial(2, 0.2 + 0.6 * difficulty))
    requests = _shuffled(rng, known)[:size]
    if books and rng.random() < 0.5:
        requests.append("reference")
    return tuple(requests)


def _shuffled(rng: np.random.Generator, slots: Sequence[str]) -> list[str]:
    """In the order of `rng.permutation`, which takes three times as long for a few."""
    order = list(slots)
    rng.shuffle(order)
    return order


def _one_change(
    rng: np.random.Generator, database: Database, wanted: dict[str, str], probability: float
) -> tuple[dict[str, str], Pair | None, Pair | None]:
    """The wishes as first told, then the change at an offer or the relaxation: one of the two, with this probability."""
    if rng.random() >= probability:
        return wanted, None, None
    first = bool(rng.random() < 0.5)
    for at_offer in (first, not first):
        told, pair = _detour(rng, database, wanted, matching=at_offer)
        if pair:
            return (told, pair, None) if at_offer else (told, None, pair)
    return wanted, None, None


def _detour(
    rng: np.random.Generator, database: Database, wanted: dict[str, str], *, matching: bool
) -> tuple[dict[str, str], Pair | None]:
    """Replace one value by another, whose search does or does not match; also the way back, if there is one."""
    domain = database.domain
    options: list[Pair] = []
    for slot in wanted:
        others = database.entities.places({s: v for s, v in wanted.items() if s != slot})
        found = database.entities.values_at(others, slot)
        options += [
            (slot, value)
            for value in domain.values[slot]
            if value != wanted[slot]
            and (value in found) is matching
            and (not domain.distinct or domain.sensible({**wanted, slot: value}))
        ]
    if not options:
        return wanted, None
    slot, value = options[rng.integers(len(options))]
    return {**wanted, slot: value}, (slot, wanted[slot])
