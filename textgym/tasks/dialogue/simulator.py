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
    Book,
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

_REFERENCE = Request("reference")

# What shows whether a message brought progress: everything but the counters, which are the last fields.
_SITUATION = slice(State._fields.index("patience"))


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
    before, turns = state, state.turns + 1
    results: list[DatabaseAct] = []
    spoken: list[AgentAct] = []
    for act in acts:
        if isinstance(act, (Search, Book, Malformed)):
            state, result = _execute(database, state, act)
            results.append(result)
        elif not isinstance(act, Unclear):
            spoken.append(act)
    if results and not spoken and state.waits < MAX_WAITS:
        waiting = state._replace(waits=state.waits + 1, turns=turns, over=turns >= MAX_TURNS)
        return waiting, tuple(results), ()
    state, answer = _converse(database, state, spoken)
    patience = state.patience - (state[_SITUATION] == before[_SITUATION])
    over = patience <= 0 or turns >= MAX_TURNS or Bye in map(type, answer) or Bye in map(type, spoken)
    return state._replace(patience=patience, waits=0, turns=turns, over=over), tuple(results), answer


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
    answers: list[UserAct] = []
    for act in _in_order(acts) if len(acts) > 1 else acts:
        state, answer = _hear(database, state, act)
        answers += [a for a in answer if a not in answers]
        if Change in map(type, answer):
            break  # What else was said is about wishes of the past.
    if Bye in map(type, acts):
        return state, (Bye(),)
    answers += [a for a in _pop(state, acts, answers) if a not in answers]
    state, said = _say(state, answers)
    if not said:
        said = tuple(Inform(slot, value) for slot, value in state.constraints) if acts else (Unclear(),)
    return state, said


def _in_order(acts: Sequence[AgentAct]) -> list[AgentAct]:
    """Offers first, so that what is said in the same message is about the offered restaurant.

    The user considers one restaurant at a time: the first. Values that contradict each other are left out, as nobody can
    note those.
    """
    offers: list[AgentAct] = []
    others: list[AgentAct] = []
    values: dict[str, set[str]] = {}
    for act in acts:
        (offers if isinstance(act, Offer) else others).append(act)
        if isinstance(act, Inform):
            values.setdefault(act.slot, set()).add(act.value)
    agreeing = [a for a in others if not isinstance(a, Inform) or len(values[a.slot]) == 1]
    return [*offers[:1], *agreeing]


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
    kinds = [type(a) for a in answers]
    if Change in kinds or CheckAgain in kinds:
        return ()
    room = state.goal.talk - len(kinds) + kinds.count(Affirm) + kinds.count(Deny)
    untold = state.untold
    if untold:
        if not state.goal.volunteers and not any(isinstance(a, (Offer, NoMatch)) for a in acts):
            room = 0
        # With no answer to give, even a quiet user says one thing more rather than nothing.
        return untold[: max(room, 0 if answers else 1)]
    if state.focus is None:
        return ()
    items = state.agenda
    if items[0] != _REFERENCE and len(items) > 1:
        items = tuple([a for a in items if a != _REFERENCE])
    return items[: max(room, 0)]


def _say(state: State, acts: Sequence[UserAct]) -> tuple[State, tuple[UserAct, ...]]:
    return _tell(state, *[a.slot for a in acts if isinstance(a, (Inform, DontCare, Change))]), tuple(acts)


def _tell(state: State, *slots: str) -> State:
    """With these slots told; the very state if they are already, as in most turns."""
    told = state.told
    return state if told.issuperset(slots) else state._replace(told=told.union(slots))


def _with(pairs: tuple[Pair, ...], slot: str, value: str) -> tuple[Pair, ...]:
    return tuple({**dict(pairs), slot: value}.items())
