"""Where an episode stands: the user's knowledge, the agenda that follows from it, and what it is worth."""

from typing import NamedTuple

from textgym.tasks.dialogue.acts import AskBooking, Bye, Inform, Request, UserAct
from textgym.tasks.dialogue.database import Database
from textgym.tasks.dialogue.goal import Goal, Pair

TURN_COST = 0.02
"""What each agent message takes off the reward of a success."""


class State(NamedTuple):
    """Where an episode stands; a named tuple, of which the user makes several in each turn.

    Args:
        goal: The user's goal.
        constraints: The wishes now in force.
        told: Slots whose wish (or absence of one) the user has said.
        unmatched: Whether a search has shown that nothing meets the wishes as first told.
        relaxed: Whether the goal's relaxation has happened.
        changed: Whether the goal's change of mind has happened.
        focus: Id of the restaurant that the user considers.
        notes: What the user was told about it, by slot.
        booked: Id of the restaurant with a booked table; a booking is final.
        patience: Messages without progress that are still borne.
        waits: Messages in a row that held commands only.
        turns: Agent messages so far.
        over: Whether the episode has ended.
    """

    goal: Goal
    constraints: tuple[Pair, ...]
    told: frozenset[str] = frozenset()
    unmatched: bool = False
    relaxed: bool = False
    changed: bool = False
    focus: int | None = None
    notes: tuple[Pair, ...] = ()
    booked: int | None = None
    patience: int = 4
    waits: int = 0
    turns: int = 0
    over: bool = False

    @property
    def untold(self) -> tuple[Inform, ...]:
        """The wishes in force that the user has not said."""
        told = self.told
        return tuple([Inform(slot, value) for slot, value in self.constraints if slot not in told])

    @property
    def agenda(self) -> tuple[UserAct, ...]:
        """What is still to be said, first things first; only `Bye` once everything is done."""
        noted = dict(self.notes)
        items: list[UserAct] = list(self.untold)
        items += [Request(slot) for slot in self.goal.requests if slot not in noted and slot != "reference"]
        if self.goal.books and (self.booked is None or self.booked != self.focus):
            items.append(AskBooking())
            items += [Inform(slot, v) for slot, v in self.goal.booking.items() if slot not in self.told]
        if "reference" in self.goal.requests and "reference" not in noted:
            items.append(Request("reference"))
        return tuple(items) if items or self.focus is None else (Bye(),)


def correct_notes(database: Database, state: State) -> int:
    """How many of the goal's requested slots the user has noted correctly."""
    entity = database.get(state.focus) if state.focus is not None else None
    if entity is None:
        return 0
    truth = dict(entity.slots)
    if state.booked == entity.id:
        truth["reference"] = database.reference(entity.id)
    noted = dict(state.notes)
    return sum(slot in truth and noted.get(slot) == truth[slot] for slot in state.goal.requests)


def success(database: Database, state: State) -> bool:
    """Whether the user has a restaurant that meets the wishes, true answers, and the wanted table."""
    entity = database.get(state.focus) if state.focus is not None else None
    return (
        entity is not None
        and entity.meets(dict(state.constraints))
        and correct_notes(database, state) == len(state.goal.requests)
        and (state.booked == entity.id or not state.goal.books)
    )


def episode_score(database: Database, state: State) -> tuple[float, dict[str, float]]:
    """Reward and metrics of an episode that is over, the same for agents that write and agents that pick acts."""
    won = success(database, state)
    requested = len(state.goal.requests)
    metrics = {
        "success": float(won),
        "inform_rate": correct_notes(database, state) / requested if requested else 1.0,
        "turns": float(state.turns),
    }
    return max(0.0, 1.0 - TURN_COST * state.turns) if won else 0.0, metrics
