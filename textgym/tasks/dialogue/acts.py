"""The dialogue acts: the closed alphabet in which agent, user and database speak.

Free text exists only at the edges: the parser turns the agent's text into acts, the wording turns the acts of
the user and of the database into text. The set of acts follows the usual ones of slot-filling dialogue (Young,
2007, "CUED standard dialogue acts"). The same acts serve all domains: read train or hotel for restaurant, tickets or
a room for the table.

================  =====  ====  ========  =====================================================================
act               agent  user  database  meaning
================  =====  ====  ========  =====================================================================
Inform            x      x               agent: the value of a slot of the offered restaurant; user: a wish
Request           x      x               asks for the value of a slot
Confirm           x                      asks whether the user wants this value
Offer             x                      proposes a restaurant by name
NoMatch           x                      nothing fits the user's wishes
AnythingElse      x                      asks what else the user needs
Search            x                      command to the database
Book              x                      command to the database
Malformed         x                      a command that cannot be read
Bye               x      x               ends the conversation
Unclear           x      x               agent: nothing was understood; user: asks to say it again
DontCare                 x               no wish for this slot
Change                   x               replaces an earlier wish
Affirm, Deny             x               yes, no
AskBooking               x               wants a table at the offered restaurant
CheckAgain               x               does not believe that nothing fits
Found                          x         number of matches and the first three
Booked                         x         a table is booked
Failed                         x         why a command was not carried out
================  =====  ====  ========  =====================================================================
"""

from dataclasses import dataclass

from textgym.tasks.dialogue.entity import Entity


@dataclass(frozen=True)
class Inform:
    """A value of a slot: the user's wish, or what the agent says about the restaurant."""

    slot: str
    value: str


@dataclass(frozen=True)
class Request:
    """Asks for the value of a slot."""

    slot: str


@dataclass(frozen=True)
class Confirm:
    """The agent asks whether the user wants this value."""

    slot: str
    value: str


@dataclass(frozen=True)
class Offer:
    """The agent proposes the restaurant of this name."""

    name: str


@dataclass(frozen=True)
class NoMatch:
    """The agent says that nothing fits."""


@dataclass(frozen=True)
class AnythingElse:
    """The agent asks what else is needed."""


@dataclass(frozen=True)
class Search:
    """The command `SEARCH slot=value ...`; pairs of slot and value, in the order given."""

    constraints: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Book:
    """The command `BOOK id`, for what the user has said (party size and time)."""

    entity_id: int


@dataclass(frozen=True)
class Malformed:
    """A command line that cannot be read, and why."""

    reason: str


@dataclass(frozen=True)
class Bye:
    """Ends the conversation."""


@dataclass(frozen=True)
class Unclear:
    """Nothing was understood."""


@dataclass(frozen=True)
class DontCare:
    """The user has no wish for this slot."""

    slot: str


@dataclass(frozen=True)
class Change:
    """The user replaces an earlier wish."""

    slot: str
    value: str


@dataclass(frozen=True)
class Affirm:
    """The user says yes."""


@dataclass(frozen=True)
class Deny:
    """The user says no."""


@dataclass(frozen=True)
class AskBooking:
    """The user wants a table at the offered restaurant."""


@dataclass(frozen=True)
class CheckAgain:
    """The user does not believe that nothing fits."""


@dataclass(frozen=True)
class Found:
    """The database's answer to a search: how many match, and the first of them (at most three)."""

    total: int
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Booked:
    """The database confirms a booking.

    Args:
        entity: What is booked.
        people: Party size.
        time: Time of a table; empty where none is booked.
        reference: Reference of the booking.
        stay: What else was said for it, by slot: day and nights of a hotel.
    """

    entity: Entity
    people: str
    time: str
    reference: str
    stay: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Failed:
    """The database says why it did not carry out a command."""

    reason: str


Command = Search | Book | Malformed
AgentAct = Inform | Request | Confirm | Offer | NoMatch | AnythingElse | Bye | Unclear | Command
UserAct = Inform | Request | DontCare | Change | Affirm | Deny | AskBooking | CheckAgain | Bye | Unclear
DatabaseAct = Found | Booked | Failed
