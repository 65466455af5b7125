"""What an attentive agent knows of a conversation, from its messages alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from textgym.protocols import Conversation
from textgym.tasks.dialogue.acts import (
    AgentAct,
    AnythingElse,
    AskBooking,
    Booked,
    Change,
    Confirm,
    DatabaseAct,
    DontCare,
    Found,
    Inform,
    Offer,
    Request,
    Search,
    UserAct,
)  # fmt: skip
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.parser import words_of_search
from textgym.tasks.dialogue.understanding import heard_domain, read

_QUESTIONS = (Request, Confirm, AnythingElse)


@dataclass
class Notebook:
    """Knowledge that grows message by message; `take_notes` fills it from texts, the other functions from acts.

    Attributes:
        wishes: The user's newest wish for each slot, party size and time included.
        careless: Slots that the user has no wish for.
        asked: Slots that the user asked about, in order.
        wants_table: Whether the user asked for a table.
        searched: What the found restaurants were searched by; None before the first search.
        total: Number of matches of that search.
        found: Its listed restaurants.
        seen: Every restaurant listed so far, by id.
        focus: The restaurant that the agent offered last and that the user has not dropped.
        told: Slots of the focus whose value the agent has said.
        booked: The newest booking.
        questions: How often the agent's messages held a question.
        domain: What is spoken of.
    """

    wishes: dict[str, str] = field(default_factory=dict)
    careless: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    wants_table: bool = False
    searched: dict[str, str] | None = None
    total: int = 0
    found: tuple[Entity, ...] = ()
    seen: dict[int, Entity] = field(default_factory=dict)
    focus: Entity | None = None
    told: set[str] = field(default_factory=set)
    booked: Booked | None = None
    questions: int = 0
    domain: Domain = RESTAURANT

    @property
    def constraints(self) -> dict[str, str]:
        """The wishes that a search can name."""
        return {slot: self.wishes[slot] for slot in self.domain.values if slot in self.wishes}

    @property
    def missing(self) -> list[str]:
        """Searchable slots that the user has said nothing about."""
        return [s for s in self.domain.values if s not in self.wishes and s not in self.careless]

    @property
    def missing_for_table(self) -> list[str]:
        """Of what is needed to book, such as party size and time, what the user has not said."""
        return [s for s in self.domain.booking if s not in self.wishes]

    @property
    def unsaid(self) -> list[str]:
        """Slots that the agent owes the user and knows: open questions, and the reference of a booking."""
        if self.focus is None:
            return []
        owed, facts = dict.fromkeys([*self.asked, "reference"]), self.facts
        return [slot for slot in owed if slot in facts and slot not in self.told]

    @property
    def facts(self) -> dict[str, str]:
        """Values of the focus, the reference of its booking included."""
        if self.focus is None:
            return {}
        facts = dict(self.focus.slots)
        if self.booked is not None and self.booked.entity.id == self.focus.id:
            facts["reference"] = self.booked.reference
        return facts

    def copy(self) -> "Notebook":
        """Another notebook with the same notes."""
        return Notebook(
            wishes=dict(self.wishes),
            careless=set(self.careless),
            asked=list(self.asked),
            wants_table=self.wants_table,
            searched=self.searched,
            total=self.total,
            found=self.found,
            seen=dict(self.seen),
            focus=self.focus,
            told=set(self.told),
            booked=self.booked,
            questions=self.questions,
            domain=self.domain,
        )


def take_notes(conversation: Conversation, domain: Domain | None = None) -> Notebook:
    """Read a conversation from its first message to the newest one.

    Args:
        conversation: All messages.
        domain: What is spoken of; None to find it out (`heard_domain`).
    """
    domain = domain or heard_domain(conversation)
    notebook = Notebook(domain=domain)
    for message in conversation:
        if message["role"] == "assistant":
            _note_agent(notebook, message["content"])
        elif message["role"] == "user":
            note_answers(notebook, *read(message["content"], domain))
    return notebook


def note_agent_acts(notebook: Notebook, acts: Sequence[AgentAct]) -> None:
    """Note what the agent itself says."""
    kinds = set(map(type, acts))
    notebook.questions += not kinds.isdisjoint(_QUESTIONS)
    for act in acts:
        if isinstance(act, Search):
            notebook.searched = dict(act.constraints)
            notebook.found, notebook.total = (), 0
        elif isinstance(act, Offer):
            offered = next((e for e in notebook.seen.values() if e.name == act.name), None)
            if offered is not None and offered != notebook.focus:
                notebook.focus, notebook.told = offered, set()
    if Inform in kinds:
        facts = notebook.facts
        notebook.told |= {a.slot for a in acts if isinstance(a, Inform) and facts.get(a.slot) == a.value}


def note_answers(notebook: Notebook, results: Sequence[DatabaseAct], speech: Sequence[UserAct]) -> None:
    """Note what the database and the user say."""
    for result in results:
        if isinstance(result, Found):
            notebook.total, notebook.found = result.total, result.entities
            notebook.seen.update({e.id: e for e in result.entities})
        elif isinstance(result, Booked):
            notebook.booked = result
    for act in speech:
        match act:
            case Inform(slot, value) | Change(slot, value):
                if slot in notebook.domain.values and notebook.focus and notebook.focus.slots[slot] != value:
                    notebook.focus, notebook.told = None, set()
                notebook.wishes[slot] = value
                notebook.careless.discard(slot)
            case DontCare(slot):
                notebook.careless.add(slot)
            case Request(slot):
                if slot not in notebook.asked:
                    notebook.asked.append(slot)
            case AskBooking():
                notebook.wants_table = True


def _note_agent(notebook: Notebook, text: str) -> None:
    notebook.questions += "?" in text
    for line in text.splitlines():
        if line.startswith("SEARCH"):
            pairs = (word.partition("=") for word in words_of_search(line[len("SEARCH") :], notebook.domain))
            notebook.searched = {slot: value for slot, _, value in pairs}
            notebook.found, notebook.total = (), 0
    named = [e for e in notebook.seen.values() if e.name in text]
    offered = min(named, key=lambda e: (text.index(e.name), -len(e.name)), default=None)
    if offered is not None and offered != notebook.focus:
        notebook.focus, notebook.told = offered, set()
    folded = text.casefold()
    notebook.told |= {
        slot
        for slot, value in notebook.facts.items()
        if re.search(rf"(?<!\w)(?:{notebook.domain.mention(slot, value)})(?!\w)", folded)
    }
