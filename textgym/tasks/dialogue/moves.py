"""What an agent can sensibly say, as numbered moves: each fills one message from the notes.

Both levels of the dialogue stand on them: the choice view offers the wordings of most as candidates, at the level of
acts they are the actions.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType

from textgym.tasks.dialogue.acts import (
    AgentAct,
    AnythingElse,
    Book,
    Bye,
    Inform,
    NoMatch,
    Offer,
    Request,
    Search,
)
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.notebook import Notebook

Move = Callable[[Notebook], Sequence[AgentAct]]
"""From the notes to the acts of one message; empty where the notes give it no content."""


def ask_wishes(notebook: Notebook) -> Sequence[AgentAct]:
    """Ask for every searchable slot that the user has said nothing about."""
    return [Request(slot) for slot in notebook.missing]


def search(notebook: Notebook) -> Sequence[AgentAct]:
    """Search for the wishes so far."""
    return [Search(tuple(notebook.constraints.items()))]


def no_match(notebook: Notebook) -> Sequence[AgentAct]:
    """Say that nothing fits, once something was searched."""
    return [NoMatch()] if notebook.searched is not None else []


def answer(notebook: Notebook) -> Sequence[AgentAct]:
    """Answer the open questions; say the reference of a booking."""
    return [Inform(slot, notebook.facts[slot]) for slot in notebook.unsaid]


def tell_details(notebook: Notebook) -> Sequence[AgentAct]:
    """All details (phone, address and postcode) of the offered restaurant, else of the first found, which that offers."""
    considered = _considered(notebook)
    return offer(considered, tuple(notebook.domain.details)) if considered else []


def ask_table(notebook: Notebook) -> Sequence[AgentAct]:
    """Ask for what is missing to book, such as party size and time."""
    return [Request(slot) for slot in notebook.missing_for_table] if _considered(notebook) else []


def book(notebook: Notebook) -> Sequence[AgentAct]:
    """Book the offered restaurant, else the first found."""
    considered = _considered(notebook)
    return [Book(considered.id)] if considered else []


def offer(entity: Entity, slots: Sequence[str]) -> list[AgentAct]:
    """Offer a restaurant and say these slots of it."""
    return [Offer(entity.name), *(Inform(slot, entity.slots[slot]) for slot in slots)]


def offer_found(place: int, notebook: Notebook) -> Sequence[AgentAct]:
    """Offer what stands at this place of the list, from 0, with the values of its searchable slots."""
    found = notebook.found
    return offer(found[place], notebook.domain.searchable) if place < len(found) else []


def say(act: AgentAct, notebook: Notebook) -> Sequence[AgentAct]:
    """One thing, whatever is known."""
    return (act,)


@lru_cache(maxsize=16)
def moves(domain: Domain) -> Mapping[str, Move]:
    """Every move of a domain by name; their order is the numbering of the actions."""
    named: dict[str, Move] = {
        "ask_wishes": ask_wishes,
        "search": search,
        "no_match": no_match,
        **{f"offer_{place + 1}": partial(offer_found, place) for place in range(3)},
        "answer": answer,
        "tell_details": tell_details,
        "ask_table": ask_table,
        "book": book,
        **{f"ask_{slot}": partial(say, Request(slot)) for slot in domain.wishes},
        "anything_else": partial(say, AnythingElse()),
        "bye": partial(say, Bye()),
    }
    return MappingProxyType(named)


def with_content(notebook: Notebook) -> list[bool]:
    """For which moves the notes give content, in the order of `moves`; none is made up for that."""
    considered, listed = _considered(notebook) is not None, len(notebook.found)
    return [
        bool(notebook.missing),
        True,
        notebook.searched is not None,
        listed > 0,
        listed > 1,
        listed > 2,
        bool(notebook.unsaid),
        considered,
        considered and bool(notebook.missing_for_table),
        considered,
        *[True for _ in notebook.domain.wishes],
        True,
        True,
    ]


MOVES = moves(RESTAURANT)
"""The moves of restaurants."""

MOVE_NAMES = tuple(MOVES)


def _considered(notebook: Notebook) -> Entity | None:
    return notebook.focus or (notebook.found[0] if notebook.found else None)
