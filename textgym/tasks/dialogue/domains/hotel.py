"""Hotels and guesthouses of a made-up town, where rooms are booked."""

from types import MappingProxyType

import numpy as np

from textgym.tasks.dialogue.contacts import CONTACTS, draw_contacts
from textgym.tasks.dialogue.domain import AgentWords, Domain, Rules, UserWords
from textgym.tasks.dialogue.domains.restaurant import (
    AREA_HINTS,
    AREA_SYNONYMS,
    AREAS_INDIRECT,
    PEOPLE,
    PEOPLE_INDIRECT,
    PRICE_SYNONYMS,
)
from textgym.tasks.dialogue.domains.train import DAYS
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.rows import Rows

VALUES = MappingProxyType(
    {
        "area": ("north", "south", "east", "west", "centre"),
        "price": ("cheap", "moderate", "expensive"),
        "stars": ("2", "3", "4", "5"),
        "kind": ("hotel", "guesthouse"),
    }
)
NIGHTS = ("2", "3", "4", "5", "6", "7")

_ADJECTIVES = (
    "Gabled",
    "Ivy",
    "Sleepy",
    "Linden",
    "Marble",
    "Foggy",
    "Royal",
    "Rustic",
    "Scarlet",
    "Walnut",
)
_NOUNS = ("Swan", "Beacon", "Gate", "Harp", "Crown", "Falcon", "Bridge", "Compass", "Plough", "Tower")
_KINDS = ("Inn", "Lodge", "Court", "Hall", "Rooms")

_USER = UserWords(
    noun="place to stay",
    noun_slot="kind",
    before={"price": "{v}", "stars": "{v}-star"},
    after={"area": "in the {v}"},
    openings=(
        "I am looking for {place}.",
        "I need {place}.",
        "can you find {place}?",
        "I would like to spend my holiday at {place}.",
        "could you help me to find {place}?",
    ),
    wishes={
        "area": ("It should be in the {v}.", "In the {v}, please.", "I want it to be in the {v} of town."),
        "price": ("It should be {v}.", "Something {v}, please.", "I want a {v} place."),
        "stars": ("It should have {v} stars.", "A {v}-star place, please.", "I want one with {v} stars."),
        "kind": ("It should be a {v}.", "A {v}, please.", "I want to stay in a {v}."),
        "people": ("For {v} people.", "We will be {v}.", "Rooms for {v}, please."),
        "day": ("From {v}.", "We will arrive on {v}.", "Starting on {v}, please."),
        "nights": ("For {v} nights.", "We will stay {v} nights.", "{v} nights, please."),
    },
    indirect={
        "area": AREAS_INDIRECT,
        "price": {
            "cheap": ("I do not want to spend much.", "I am on a tight budget."),
            "moderate": ("It should be neither fancy nor shabby.", "Something mid-range would do."),
            "expensive": ("Money is no object.", "It is a special occasion, so it may cost a lot."),
        },
        "kind": {
            "hotel": ("There should be a reception day and night.", "I like to have a lift and a lobby."),
            "guesthouse": ("I would love to stay with a family.", "A bed and breakfast would be nice."),
        },
        "people": PEOPLE_INDIRECT,
        "nights": {"7": ("We will stay a whole week.",)},
    },
    questions={
        "area": ("Which area is it in?", "Which part of town is it in?"),
        "price": ("What is the price range?", "How are the prices?"),
        "stars": ("How many stars does it have?", "What is the star rating?"),
        "kind": ("Is it a hotel or a guesthouse?", "What kind of place is it?"),
        "phone": ("What is the phone number?", "Can I have their phone number?"),
        "address": ("What is the address?", "Could you give me the address?"),
        "postcode": ("What is the postcode?", "I also need the postcode."),
        "reference": ("What is the reference number?", "Can I have the booking reference?"),
    },
    indirect_questions={
        "area": ("Whereabouts in town is that?",),
        "price": ("Is it hard on the wallet?",),
        "stars": ("How posh is it officially?",),
        "kind": ("Is somebody at the desk all night?",),
        "phone": ("How can I call them?",),
        "address": ("On which street will I find it?",),
        "postcode": ("What shall I type into my satnav?",),
        "reference": ("What do I say at the door to get our keys?",),
    },
    careless={
        "area": ("Any area is fine.", "I do not care about the area."),
        "price": ("Any price is fine.", "The price does not matter."),
        "stars": ("Any number of stars is fine.", "I do not care about stars."),
        "kind": ("Any kind is fine.", "I do not mind the kind."),
    },
    changed={
        "area": "the {v}",
        "price": "a {v} place",
        "stars": "one with {v} stars",
        "kind": "a {v}",
    },
    ask_booking=("Please book a room.", "I would like to reserve a room there.", "Can you book me a room?"),
)

_AGENT = AgentWords(
    questions={
        "area": ("Which area do you prefer?", "In which part of town should it be?"),
        "price": ("What is your price range?", "What is your budget?"),
        "stars": ("How many stars should it have?", "What star rating would you like?"),
        "kind": ("What kind of place would you like?", "Which type of place do you prefer?"),
        "people": ("For how many people?", "How many people will come?"),
        "day": ("From which day?", "On what day will you arrive?"),
        "nights": ("For how many nights?", "How many nights will you stay?"),
    },
    facts={
        "area": ("It is in the {v}.", "You find it in the {v}."),
        "price": ("The prices are {v}.", "It is {v}."),
        "stars": ("It has {v} stars.", "They have {v} stars."),
        "kind": ("It is a {v}.", "The place is a {v}."),
        "phone": ("The phone number is {v}.", "You can call {v}."),
        "address": ("The address is {v}.", "You get there by going to {v}."),
        "postcode": ("The postcode is {v}.", "Its postcode is {v}."),
        "reference": ("Your room is booked, the reference is {v}.", "The booking has the reference {v}."),
    },
    confirmations={
        "area": "Should it be in the {v}?",
        "price": "Should it be {v}?",
        "stars": "Should it have {v} stars?",
        "kind": "Should it be a {v}?",
    },
)

_RULES = Rules(
    things="hotels?|guesthouses?",
    booking="book|reserve|rooms?",
    asked={
        "area": "area|part of|location|where|district",
        "price": r"price\w*|budget|spend|how expensive|how much",
        "stars": r"stars?",
        "kind": "kind|type",
        "people": "how many (?:people|guests|of you)|people|party|guests",
        "day": "(?:which|what) day|arrive|when",
        "nights": "nights|how long",
    },
    ask_booking=r"\b(book|reserve)\b.*\broom\b",
    questions={
        "area": "which area|which part of town|whereabouts",
        "price": "price range|the prices|wallet",
        "stars": "how many stars|star rating|how posh",
        "kind": "hotel or a guesthouse|what kind of place|at the desk",
        "phone": "phone|call them",
        "address": "address|which street",
        "postcode": "postcode|satnav",
        "reference": "reference|at the door",
    },
    mention={
        "stars": "{v}[ -]stars?",
        # "There is no hotel ..." does not say of an offer that it is one.
        "kind": "(?:(?:be|is|it's|like|want|or|prefer|in) an? {v})",
        "day": "(?:(?:from|on) {v})",
        "nights": "{v} nights",
    },
    hints={
        "area": AREA_HINTS,
        "price": {
            "cheap": "not want to spend|tight budget",
            "moderate": "moderately|mid-range|neither fancy",
            "expensive": "no object|cost a lot",
        },
        "kind": {
            "hotel": "hotel|reception|lobby",
            "guesthouse": "guesthouse|with a family|bed and breakfast",
        },
        "nights": {"7": "whole week"},
    },
    synonyms={"area": AREA_SYNONYMS, "price": PRICE_SYNONYMS},
)


def _draw(rng: np.random.Generator) -> Rows:
    """40 to 60 places; no two have the same first two words, so that no name is part of another."""
    size = int(rng.integers(40, 61))
    stems = rng.permutation(len(_ADJECTIVES) * len(_NOUNS))[:size].tolist()
    contacts = draw_contacts(rng, size)
    options = (_KINDS, *VALUES.values())
    drawn = rng.integers(np.tile([len(o) for o in options], size)).reshape(size, -1).T.tolist()
    kinds, numbers = drawn[0], dict(zip(VALUES, drawn[1:], strict=True))

    def make(place: int) -> Entity:
        adjective, noun = divmod(stems[place], len(_NOUNS))
        values = {slot: VALUES[slot][row[place]] for slot, row in numbers.items()}
        return Entity(
            place + 1,
            f"{_ADJECTIVES[adjective]} {_NOUNS[noun]} {_KINDS[kinds[place]]}",
            MappingProxyType({**values, **contacts.at(place)}),
        )

    return Rows(VALUES, numbers, make)


HOTEL = Domain(
    name="hotel",
    thing="hotel",
    values=dict(VALUES),
    details=CONTACTS,
    booking={"people": PEOPLE, "day": DAYS, "nights": NIGHTS},
    booked_thing="a room",
    booking_needs="for how many people, from which day and for how many nights",
    draw=_draw,
    user=_USER,
    agent=_AGENT,
    rules=_RULES,
    proper=frozenset({"day"}),
)
