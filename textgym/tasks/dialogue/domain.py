"""What dialogues can be about: the slots and values of a domain, and the words of both sides, as one table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from textgym.tasks.dialogue.rows import Rows


def first_group(match: re.Match[str]) -> str:
    """What the first group matched."""
    return match[1]


@dataclass(frozen=True)
class Fact:
    """How a value that is only told, such as a phone number, is recognised in prose.

    Args:
        pattern: Finds it in a casefolded clause.
        form: Gives the value as the database writes it, from a match.
    """

    pattern: re.Pattern[str]
    form: Callable[[re.Match[str]], str] = first_group


@dataclass(frozen=True)
class UserWords:
    """What the user says. Templates hold `{v}` for a value.

    Args:
        noun: What is looked for, in the first message.
        noun_slot: The slot whose value stands in place of the noun, or empty.
        before: Slots that stand before the noun there, in this order, with their templates.
        after: Slots that follow it.
        openings: First sentences, with `{place}` for the noun phrase.
        wishes: Of searchable slots and of what is booked.
        indirect: Wordings that do not name the value, by slot and value; where there is none, the user is direct.
        questions: By slot that is asked for.
        indirect_questions: The same, in other words.
        careless: By searchable slot: no wish.
        changed: By searchable slot: the new value in a noun phrase.
        ask_booking: Asks for the booking.
    """

    noun: str
    after: Mapping[str, str]
    openings: tuple[str, ...]
    wishes: Mapping[str, tuple[str, ...]]
    indirect: Mapping[str, Mapping[str, tuple[str, ...]]]
    questions: Mapping[str, tuple[str, ...]]
    indirect_questions: Mapping[str, tuple[str, ...]]
    careless: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, str]
    ask_booking: tuple[str, ...]
    before: Mapping[str, str] = field(default_factory=dict)
    noun_slot: str = ""


@dataclass(frozen=True)
class AgentWords:
    """What the agent says, with `{v}` for a value, by slot.

    Args:
        questions: Asks for it.
        facts: Says it of what is offered, the reference of a booking included.
        confirmations: Asks whether it is wanted.
    """

    questions: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[str, ...]]
    confirmations: Mapping[str, str]


@dataclass(frozen=True)
class Rules:
    """How words are understood: regular expressions over casefolded text, without word boundaries at the ends.

    Args:
        things: What is looked for, in the agent's words ("there is no ...").
        booking: Words of the agent's question whether to book.
        asked: By slot: the agent asks for it.
        ask_booking: The user asks for the booking.
        questions: By slot: the user asks for it.
        mention: By slot, with `{v}`: a value is that of this slot; just the value where nothing is given.
        hints: By slot and value: the user wants it without naming it.
        careless: By slot: what it is called when the user does not mind; its own name where nothing is given.
        synonyms: By slot: other words for values.
    """

    things: str
    booking: str
    asked: Mapping[str, str]
    ask_booking: str
    questions: Mapping[str, str]
    mention: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    careless: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Domain:
    """What dialogues are about. Two are equal if they have the same name and origin.

    Args:
        name: Such as `"restaurant"`.
        thing: What is offered, as the database calls it.
        values: The searchable slots and all values each of them can have.
        details: Slots that are only told, never searched, and how they are recognised.
        booking: What is asked for to book, with its values; `"people"` is always among them.
        booked_thing: What is booked, with its article.
        booking_needs: What must be known to book, in words.
        draw: The entities of a generated database, from a generator of `np.random.default_rng` that was not used yet.
        user: The user's words.
        agent: The agent's words.
        rules: How both are understood.
        proper: Slots whose values have a capital letter in prose.
        always: Slots that every goal constrains.
        distinct: Slots of which no two have the same value, in wishes and entities.
        origin: Where the values come from; empty for generated databases.
    """

    name: str
    thing: str
    values: Mapping[str, tuple[str, ...]]
    details: Mapping[str, Fact]
    booking: Mapping[str, tuple[str, ...]]
    booked_thing: str
    booking_needs: str
    draw: Callable[[np.random.Generator], Rows]
    user: UserWords
    agent: AgentWords
    rules: Rules
    proper: frozenset[str] = frozenset()
    always: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    origin: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Domain) and (self.name, self.origin) == (other.name, other.origin)

    def __hash__(self) -> int:
        return hash((self.name, self.origin))

    @cached_property
    def searchable(self) -> tuple[str, ...]:
        """Slots that a search can name and a user can constrain."""
        return tuple(self.values)

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """What a user may ask about."""
        return (*self.values, *self.details, "reference")

    @cached_property
    def wishes(self) -> tuple[str, ...]:
        """What a user may wish: searchable slots, and what is said to book."""
        return (*self.values, *self.booking)

    def show(self, slot: str, value: str) -> str:
        """A value as it is written in prose."""
        return value.title() if slot in self.proper else value

    def sensible(self, wishes: Mapping[str, str]) -> bool:
        """Whether somebody could want this."""
        values = [wishes[slot] for slot in self.distinct if slot in wishes]
        return len(set(values)) == len(values)

    def mention(self, slot: str, value: str) -> str:
        """Regular expression for this value of this slot in casefolded prose."""
        return self.rules.mention.get(slot, "{v}").format(v=re.escape(value.casefold()))
