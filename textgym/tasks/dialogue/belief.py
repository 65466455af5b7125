"""What an agent knows of a conversation in acts, as a vector, as a key of a table and as a text."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from textgym.errors import InvalidValue
from textgym.tasks.dialogue.acts import (
    Affirm,
    AgentAct,
    AskBooking,
    Booked,
    Bye,
    Change,
    CheckAgain,
    DatabaseAct,
    Deny,
    DontCare,
    Failed,
    Found,
    Inform,
    Request,
    Unclear,
    UserAct,
)  # fmt: skip
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT
from textgym.tasks.dialogue.moves import moves
from textgym.tasks.dialogue.notebook import Notebook, note_agent_acts, note_answers
from textgym.tasks.dialogue.simulator import MAX_TURNS, SHOWN

_HEARD = (Affirm, Deny, Change, CheckAgain, DontCare, Unclear, Bye)


@lru_cache(maxsize=16)
def full_names(domain: Domain) -> tuple[str, ...]:
    """Names of the entries of `Belief.full` in a domain."""
    return (
        *(f"wish:{slot}" for slot in domain.wishes),  # 1 if the user has said it
        *(f"careless:{slot}" for slot in domain.values),  # 1 if the user has said not to mind
        *(f"owed:{slot}" for slot in domain.answers),  # 1 if it can be told and should be
        *(f"told:{slot}" for slot in domain.answers),  # 1 if the agent has said it of what is offered
        "wants_table",
        "searched",  # 0 not yet, 1 for the wishes as they are, -1 for others
        "matches",  # of that search, by 10, at most 1
        "nothing_found",
        *(f"listed:{place}" for place in (1, 2, 3)),  # 1 if the list has so many
        "offered",
        "accepted",  # 1 if the user has said yes to the offer
        *(f"offered:{place}" for place in (1, 2, 3)),  # 1 if it stands there in the list
        "booked",  # 1 there, -1 elsewhere
        "failed",  # 1 if the newest command was refused
        *(f"heard:{act.__name__}" for act in _HEARD),  # 1 if in the user's newest message
        "silent",  # 1 if the user said nothing
        *(f"last:{name}" for name in moves(domain)),
        "turns",  # by their limit
    )


FULL = full_names(RESTAURANT)
"""Names of the entries of `Belief.full` for restaurants."""


def domain_of_full(size: int) -> Domain:
    """The domain whose `Belief.full` has so many entries; each has its own length.

    Raises:
        InvalidValue: If there is none.
    """
    sizes = {len(full_names(domain)): domain for domain in DOMAINS.values()}
    if size not in sizes:
        raise InvalidValue(
            f"a full belief has {', '.join(f'{n} ({d.name})' for n, d in sizes.items())} entries, got {size}; make the "
            "environment with belief='full' and observation='vector'"
        )
    return sizes[size]


SUMMARY = (
    "missing",  # 1 if a wish may be unsaid
    "searched",  # as above
    "nothing_found",
    "listed",
    "offered",  # 0 none, 0.5 without an answer, 1 accepted
    "owed",
    "table",  # 0 not wanted, 0.5 wanted, 1 booked there, -1 booked elsewhere
    "table_known",  # 1 if party size and time are known
    "heard",  # 0, or 0.5 for a change of wishes, 1 for "check again", -1 for silence
)
"""Names of the entries of `summary`, a few hundred different vectors in all."""


class Belief(NamedTuple):
    """What the agent knows; nothing in it comes from what it was not told.

    Args:
        notes: Not to be changed: `after` makes another notebook.
        results: The database's newest acts.
        answer: The user's newest acts.
        accepted: Whether the user has said yes to the offered restaurant, and has not changed a wish since.
        last: Name of the newest move; empty at first.
        turns: Agent messages so far.
    """

    notes: Notebook
    results: tuple[DatabaseAct, ...] = ()
    answer: tuple[UserAct, ...] = ()
    accepted: bool = False
    last: str = ""
    turns: int = 0

    @classmethod
    def opening(cls, answer: Sequence[UserAct], domain: Domain = RESTAURANT) -> "Belief":
        """After the user's first message."""
        notes = Notebook(domain=domain)
        note_answers(notes, (), answer)
        return cls(notes, answer=tuple(answer))

    def after(
        self, move: str, acts: Sequence[AgentAct], results: Sequence[DatabaseAct], answer: Sequence[UserAct]
    ) -> "Belief":
        """The belief after one more message of the agent, which made it by `move`, and what it heard."""
        notes = self.notes.copy()
        note_agent_acts(notes, acts)
        kept = self.accepted and notes.focus == self.notes.focus
        note_answers(notes, results, answer)
        heard = set(map(type, answer))
        accepted = notes.focus is not None and Change not in heard and (kept or Affirm in heard)
        return Belief(notes, tuple(results), tuple(answer), accepted, move, self.turns + 1)

    def full(self) -> list[float]:
        """Everything, by the names of `full_names`."""
        n, domain, heard = self.notes, self.notes.domain, set(map(type, self.answer))
        told, focus, listed = n.told, n.focus, len(n.found)
        offered = [*[focus is not None and e.id == focus.id for e in n.found], *[False] * SHOWN]
        owed = {"reference", *n.asked}.intersection(n.facts) - told if focus else ()
        booked = n.booked is not None and (1 if focus and n.booked.entity.id == focus.id else -1)
        return [
            *map(n.wishes.__contains__, domain.wishes),
            *map(n.careless.__contains__, domain.values),
            *map(owed.__contains__, domain.answers),
            *map(told.__contains__, domain.answers),
            n.wants_table,
            self._searched(),
            min(n.total / 10, 1.0),
            n.searched is not None and n.total == 0,
            listed > 0,
            listed > 1,
            listed > 2,
            focus is not None,
            self.accepted,
            *offered[:SHOWN],
            booked,
            Failed in map(type, self.results),
            *map(heard.__contains__, _HEARD),
            not self.answer,
            *_one_hot(domain, self.last),
            self.turns / MAX_TURNS,
        ]

    def summary(self) -> list[float]:
        """What a simple policy needs, by the names of `SUMMARY`."""
        n, heard = self.notes, {type(act) for act in self.answer}
        table = 0.5 * n.wants_table
        if n.booked is not None:
            table = 1.0 if n.focus and n.booked.entity.id == n.focus.id else -1.0
        return [
            bool(n.missing),
            self._searched(),
            n.searched is not None and n.total == 0,
            bool(n.found),
            (n.focus is not None) * (1.0 if self.accepted else 0.5),
            bool(n.unsaid),
            table,
            not n.missing_for_table,
            0.5 if Change in heard else 1.0 if CheckAgain in heard else 0.0 if heard else -1.0,
        ]

    def text(self) -> str:
        """The belief for a reader: wishes, open questions, the list, the offer, and what was said last."""
        n, domain = self.notes, self.notes.domain
        wishes = [f"{s}={n.wishes.get(s, 'any' if s in n.careless else '?')}" for s in domain.values]
        lines = [f"Wishes: {' '.join(wishes)}."]
        if n.wants_table or any(s in n.wishes for s in domain.booking):
            lines.append(
                f"{domain.booked_thing.split()[-1].capitalize()} wanted: "
                + " ".join(f"{s}={n.wishes.get(s, '?')}" for s in domain.booking)
                + "."
            )
        if n.searched is not None:
            asked = " ".join(f"{s}={v}" for s, v in n.searched.items()) or "all"
            rows = [
                f"{i + 1} {e.name} ({', '.join(e.slots[s] for s in domain.values)})"
                for i, e in enumerate(n.found)
            ]
            lines.append(f"Searched {asked}: {n.total} found. {' '.join(rows)}".rstrip())
        if n.focus is not None:
            yes = "accepted" if self.accepted else "no answer yet"
            told = " ".join(s for s in domain.answers if s in n.told) or "nothing"
            lines.append(f"Offered: {n.focus.name}, {yes}. Told: {told}.")
        if n.booked is not None:
            lines.append(f"Booked: {n.booked.entity.name}.")
        open_questions = [slot for slot in n.asked if slot not in n.told]
        lines.append(f"Open questions: {' '.join(open_questions) or 'none'}.")
        lines.append(f"Last: {self.last or 'nothing'} -> {spoken(self.answer, domain, self.results)}.")
        return "\n".join([*lines, f"Turn {self.turns + 1} of {MAX_TURNS}."])

    def _searched(self) -> int:
        n = self.notes
        return 0 if n.searched is None else 1 if n.searched == n.constraints else -1


@lru_cache(maxsize=1024)
def _one_hot(domain: Domain, last: str) -> tuple[bool, ...]:
    return tuple(last == name for name in moves(domain))


def spoken(answer: Sequence[UserAct], domain: Domain, results: Sequence[DatabaseAct] = ()) -> str:
    """What database and user said, for a reader, such as `"user inform food=thai, user inform area=north"`."""
    parts = [f"database {_name(act, domain)}" for act in results]
    parts += [f"user {_name(act, domain)}" for act in answer]
    return ", ".join(parts) or "silence"


def _name(act: DatabaseAct | UserAct, domain: Domain) -> str:
    match act:
        case Inform(slot, value) | Change(slot, value):
            return f"{type(act).__name__.lower()} {slot}={value}"
        case Request(slot) | DontCare(slot):
            return f"{type(act).__name__.lower()} {slot}"
        case Found(total=total):
            return f"found {total}"
        case Booked(entity=entity):
            return f"booked {entity.id}"
        case Failed(reason):
            return f"refused: {reason}"
        case AskBooking():
            return f"asks for {domain.booked_thing}"
    return type(act).__name__.lower()
