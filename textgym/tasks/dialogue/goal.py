"""What the simulated user wants, and how difficult a user it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from textgym.data.base import group_key
from textgym.tasks.dialogue.database import DETAILS, PEOPLE, SEARCHABLE, TIMES, VALUES, Database

Pair = tuple[str, str]


@dataclass(frozen=True)
class Goal:
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
        """The goal as JSON values."""
        pairs = {
            k: list(v) if v else None for k, v in (("relaxation", self.relaxation), ("change", self.change))
        }
        return {
            **vars(self),
            **pairs,
            "constraints": [list(pair) for pair in self.constraints],
            "requests": list(self.requests),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Goal":
        """The inverse of `to_json`; accepts lists where JSON has turned tuples into them."""
        pairs = {k: tuple(value[k]) if value[k] else None for k in ("relaxation", "change")}
        constraints = tuple((slot, wanted) for slot, wanted in value["constraints"])
        return cls(**{**value, **pairs, "constraints": constraints, "requests": tuple(value["requests"])})


def draw_goal(rng: np.random.Generator, database: Database, difficulty: float) -> Goal:
    """A goal that some restaurant of the database can fulfil.

    Args:
        rng: Source of randomness.
        database: Where the restaurant must be found.
        difficulty: In [0, 1]. It raises the number of constraints and requests, the share of bookings, of
            goals that nothing matches at first and of changes of mind, and of indirect wording; it lowers how
            much the user says at once and unasked.

    Returns:
        The goal.
    """
    target = database.entities[rng.integers(len(database.entities))]
    size = 1 + int(rng.binomial(2, 0.3 + 0.6 * difficulty))
    slots = [SEARCHABLE[i] for i in sorted(rng.permutation(len(SEARCHABLE))[:size])]
    wanted = {slot: target.slots[slot] for slot in slots}
    change = relaxation = None
    if rng.random() < 0.5 * difficulty:
        wanted, change = _detour(rng, database, wanted, matching=True)
    if rng.random() < 0.1 + 0.4 * difficulty:
        wanted, relaxation = _detour(rng, database, wanted, matching=False)
    books = rng.random() < 0.3 + 0.5 * difficulty
    return Goal(
        constraints=tuple((slots[i], wanted[slots[i]]) for i in rng.permutation(size)),
        requests=_draw_requests(rng, slots, difficulty, books=books),
        people=PEOPLE[rng.integers(len(PEOPLE))] if books else "",
        time=TIMES[rng.integers(len(TIMES))] if books else "",
        relaxation=relaxation,
        change=change,
        talk=3 - int(rng.binomial(2, 0.2 + 0.6 * difficulty)),
        volunteers=bool(rng.random() < 1.0 - 0.7 * difficulty),
        indirect=round(0.7 * difficulty, 3),
    )


def _draw_requests(
    rng: np.random.Generator, slots: list[str], difficulty: float, *, books: bool
) -> tuple[str, ...]:
    known = [*DETAILS, *(s for s in SEARCHABLE if s not in slots)]
    size = 1 + int(rng.binomial(2, 0.2 + 0.6 * difficulty))
    requests = [known[i] for i in rng.permutation(len(known))[:size]]
    if books and rng.random() < 0.5:
        requests.append("reference")
    return tuple(requests)


def _detour(
    rng: np.random.Generator, database: Database, wanted: dict[str, str], *, matching: bool
) -> tuple[dict[str, str], Pair | None]:
    """Replace one value by another, whose search does or does not match; also the way back, if there is one."""
    options = [
        (slot, value)
        for slot in wanted
        for value in VALUES[slot]
        if value != wanted[slot] and bool(database.search({**wanted, slot: value})) is matching
    ]
    if not options:
        return wanted, None
    slot, value = options[rng.integers(len(options))]
    return {**wanted, slot: value}, (slot, wanted[slot])
