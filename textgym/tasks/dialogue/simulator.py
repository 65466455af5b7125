"""The agenda-based user and the database behind the desk, in dialogue acts.

The user holds a goal and an agenda: the acts that are still to be said, in order. Each turn the agent's acts
change what the user knows, may call for an immediate answer, and the next items of the agenda follow.

References:
    Schatzmann et al., 2007, "Agenda-based user simulation for bootstrapping a POMDP dialogue system",
    NAACL-HLT, sections 2 and 3.
"""

from collections.abc import Sequence

from textgym.tasks.dialogue.acts import (
    Affirm,
    AgentAct,
    Booked,
    Bye,
    Change,
    CheckAgain,
    Command,
    Confirm,
    DatabaseAct,
    Deny,
    DontCare,
    Failed,
    Found,
    Inform,
    Malformed,
    NoMatch,
    Offer,
    Request,
    Search,
    Unclear,
    UserAct,
)  # fmt: skip
from textgym.tasks.dialogue.database import Database
from textgym.tasks.dialogue.goal import Goal, Pair
from textgym.tasks.dialogue.state import State

MAX_TURNS = 15
"""Agent messages in an episode."""

MAX_WAITS = 3
"""Messages in a row that hold commands only and cost the user no patience."""

SHOWN = 3
"""Restaurants that the database lists for one search."""

_UNHEARD = Command | Unclear


def opening(goal: Goal) -> tuple[State, tuple[UserAct, ...]]:
    """The state before the agent's first message, and what the user says first."""
    state = State(goal, goal.constraints, patience=goal.patience)
    return _say(state, state.untold[: goal.talk if goal.volunteers else 1])


def step(
    database: Database, state: State, acts: Sequence[AgentAct]
) -> tuple[State, tuple[DatabaseAct, ...], tuple[UserAct, ...]]:
    """Let the database and the user answer one agent message.

    A message of commands alone is answered by the database alone: the user waits.

    Args:
        database: The restaurants of the episode.
        state: Where the episode stands.
        acts: The agent's acts, in order.

    Returns:
        The next state, the database's acts (one for each command) and the user's acts.
    """
    if state.over:
        raise ValueError("step was called after the end of the conversation; start from opening(goal)")
    before, state = state, state._replace(turns=state.turns + 1)
    results: list[DatabaseAct] = []
    for act in acts:
        if isinstance(act, Command):
            state, result = _execute(database, state, act)
            results.append(result)
    spoken = [a for a in acts if not isinstance(a, _UNHEARD)]
    if results and not spoken and state.waits < MAX_WAITS:
        return _close(state._replace(waits=state.waits + 1)), tuple(results), ()
    state, answer = _converse(database, state._replace(waits=0), spoken)
    if _situation(state) == _situation(before):
        state = state._replace(patience=state.patience - 1)
    if Bye() in answer or Bye() in spoken or state.patience <= 0:
        state = state._replace(over=True)
    return _close(state), tuple(results), answer


def _close(state: State) -> State:
    return state._replace(over=True) if state.turns >= MAX_TURNS else state


def _situation(state: State) -> State:
    """The state without its counters: if it stands still, the message brought no progress."""
    return state._replace(turns=0, waits=0, patience=0)


def _execute(database: Database, state: State, command: Command) -> tuple[State, DatabaseAct]:
    domain = database.domain
    if isinstance(command, Malformed):
        return state, Failed(command.reason)
    if isinstance(command, Search):
        matches = database.entities.places(dict(command.constraints))
        # Nothing for some of the wishes is nothing for all of them.
        if not matches and set(command.constraints) <= set(state.goal.constraints):
            state = state._replace(unmatched=True)
        return state, Found(len(matches), tuple(database.entities[place] for place in matches[:SHOWN]))
    entity = database.get(command.entity_id)
    if entity is None:
        return state, Failed(f"no {domain.thing} has id {command.entity_id}")
    if not state.told.issuperset(domain.booking):
        return state, Failed(f"ask the user {domain.booking_needs} first")
    if state.booked is not None:
        return state, Failed(
            f"{domain.booked_thing} is booked already, at id {state.booked}; a booking is final"
        )
    goal = state.goal
    booked = Booked(entity, goal.people, goal.time, database.reference(entity.id), goal.stay)
    return state._replace(booked=entity.id), booked


def _converse(
    database: Database, state: State, acts: Sequence[AgentAct]
) -> tuple[State, tuple[UserAct, ...]]:
    """The user hears the acts and speaks: immediate answers first, then the agenda."""
    offers = [a for a in acts if isinstance(a, Offer)]
    answers: list[UserAct] = []
    # Offers first, so that what is said in the same message is about the offered restaurant. The user
    # considers one restaurant at a time: the first.
    for act in [*offers[:1], *_agreeing(acts)]:
        state, answer = _hear(database, state, act)
        answers += [a for a in answer if a not in answers]
        if any(isinstance(a, Change) for a in answer):
            break  # What else was said is about wishes of the past.
    if Bye() in acts:
        return state, (Bye(),)
    answers += [a for a in _pop(state, acts, answers) if a not in answers]
    state, said = _say(state, answers)
    if not said:
        said = tuple(Inform(slot, value) for slot, value in state.constraints) if acts else (Unclear(),)
    return state, said


def _agreeing(acts: Sequence[AgentAct]) -> list[AgentAct]:
    """The acts that are not offers, without values that contradict each other: nobody can note those."""
    values: dict[str, set[str]] = {}
    for act in acts:
        if isinstance(act, Inform):
            values.setdefault(act.slot, set()).add(act.value)
    return [
        a
        for a in acts
        if not isinstance(a, Offer) and not (isinstance(a, Inform) and len(values[a.slot]) > 1)
    ]


def _hear(database: Database, state: State, act: AgentAct) -> tuple[State, tuple[UserAct, ...]]:
    wishes = dict(state.constraints)
    match act:
        case Offer(name):
            return _consider(database, state, name)
        case NoMatch():
            return _disappoint(state)
        case Inform(slot, value):
            if wishes.get(slot, value) != value:
                return state._replace(focus=None, notes=()), (Deny(), Inform(slot, wishes[slot]))
            if state.focus is None:
                return state, ()
            return state._replace(notes=_with(state.notes, slot, value)), ()
        case Confirm(slot, value):
            if slot not in wishes:
                return _tell(state, slot), (DontCare(slot),)
            answer = Affirm() if wishes[slot] == value else Deny()
            return _tell(state, slot), (answer, Inform(slot, wishes[slot]))
        case Request(slot) if slot in database.domain.booking:
            wanted = state.goal.booking.get(slot)
            return state, (Inform(slot, wanted) if wanted else Deny(),)
        case Request(slot):
            return _tell(state, slot), (Inform(slot, wishes[slot]) if slot in wishes else DontCare(slot),)
    return state, ()


def _consider(database: Database, state: State, name: str) -> tuple[State, tuple[UserAct, ...]]:
    """Take up an offer, unless wishes are still unsaid or the mind changes."""
    entity = database.named(name)
    if entity is None or state.untold:
        return state, ()
    if state.goal.change and not state.changed and (state.relaxed or not state.goal.relaxation):
        slot, value = state.goal.change
        constraints = _with(state.constraints, slot, value)
        state = state._replace(changed=True, constraints=constraints, focus=None, notes=())
        return state, (Change(slot, value),)
    if entity.id == state.focus:
        return state, ()
    return state._replace(focus=entity.id, notes=()), (Affirm(),)


def _disappoint(state: State) -> tuple[State, tuple[UserAct, ...]]:
    """Answer "nothing matches": relax the goal if a search has shown it, else tell more, or insist."""
    relaxation = state.goal.relaxation
    if relaxation and state.unmatched and not state.relaxed and relaxation[0] in state.told:
        constraints = _with(state.constraints, *relaxation)
        state = state._replace(relaxed=True, constraints=constraints, focus=None, notes=())
        return state, (Change(*relaxation),)
    if state.untold:
        return state, ()
    return state, (CheckAgain(), *(Inform(slot, value) for slot, value in state.constraints))


def _pop(state: State, acts: Sequence[AgentAct], answers: Sequence[UserAct]) -> tuple[UserAct, ...]:
    """The next items of the agenda: wishes first; questions and the table only about a considered restaurant."""
    room = state.goal.talk - sum(not isinstance(a, Affirm | Deny) for a in answers)
    if any(isinstance(a, Change | CheckAgain) for a in answers):
        return ()
    if state.untold:
        if not state.goal.volunteers and not any(isinstance(a, Offer | NoMatch) for a in acts):
            room = 0
        # With no answer to give, even a quiet user says one thing more rather than nothing.
        return state.untold[: max(room, 0 if answers else 1)]
    if state.focus is None:
        return ()
    items = state.agenda
    if items[0] != Request("reference") and len(items) > 1:
        items = tuple(a for a in items if a != Request("reference"))
    return items[: max(room, 0)]


def _say(state: State, acts: Sequence[UserAct]) -> tuple[State, tuple[UserAct, ...]]:
    told = {a.slot for a in acts if isinstance(a, (Inform, DontCare, Change))}
    return state._replace(told=state.told | told), tuple(acts)


def _tell(state: State, slot: str) -> State:
    return state._replace(told=state.told | {slot})


def _with(pairs: tuple[Pair, ...], slot: str, value: str) -> tuple[Pair, ...]:
    return tuple({**dict(pairs), slot: value}.items())
