"""Trains between made-up towns, for which tickets are booked."""

import re
from types import MappingProxyType

import numpy as np

from textgym.tasks.dialogue.domain import AgentWords, Domain, Fact, Rules, UserWords
from textgym.tasks.dialogue.domains.restaurant import PEOPLE, PEOPLE_INDIRECT
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.rows import Rows

TOWNS = ("aldmoor", "brackley", "cranwick", "dunmere", "elsworth")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS = ("morning", "afternoon", "evening")

VALUES = MappingProxyType({"departure": TOWNS, "destination": TOWNS, "day": DAYS, "period": PERIODS})


def period_of(minutes: int) -> str:
    """The part of the day of a time, in minutes after midnight: before 12:00, before 18:00, later."""
    return PERIODS[0] if minutes < 12 * 60 else PERIODS[1] if minutes < 18 * 60 else PERIODS[2]


_USER = UserWords(
    noun="train",
    after={"departure": "from {v}", "destination": "to {v}", "day": "on {v}", "period": "in the {v}"},
    openings=(
        "I am looking for {place}.",
        "I need {place}.",
        "can you find {place}?",
        "I would like to take {place}.",
        "could you help me to find {place}?",
    ),
    wishes={
        "departure": ("I am leaving from {v}.", "From {v}, please.", "I will get on in {v}."),
        "destination": ("I am going to {v}.", "To {v}, please.", "I need to get to {v}."),
        "day": ("I want to travel on {v}.", "On {v}, please.", "It should be on {v}."),
        "period": ("In the {v}, please.", "I would like to leave in the {v}.", "It should be in the {v}."),
        "people": ("For {v} people.", "We will be {v}.", "Tickets for {v}, please."),
    },
    indirect={
        "day": {
            "monday": ("I have to be there at the very start of the working week.",),
            "friday": ("I am off on the last working day of the week.",),
        },
        "period": {
            "morning": ("I want to be on my way before noon.", "I am an early bird."),
            "afternoon": ("I can set off after lunch.", "Some time between lunch and tea would suit me."),
            "evening": ("I can only leave after work.", "I will set off once it gets dark."),
        },
        "people": PEOPLE_INDIRECT,
    },
    questions={
        "departure": ("Which station does it start from?", "What is the departure station?"),
        "destination": ("Which station does it run to?", "What is the final station?"),
        "day": ("Which day is it on?", "What day is that?"),
        "period": ("What time of day is that?", "Which part of the day is that?"),
        "leave": ("When does it leave?", "What is the departure time?"),
        "arrive": ("When does it arrive?", "What is the arrival time?"),
        "duration": ("How long does it take?", "What is the travel time?"),
        "fare": ("How much is a ticket?", "What does it cost?"),
        "reference": ("What is the reference number?", "Can I have the booking reference?"),
    },
    indirect_questions={
        "departure": ("Which platform sign do I look for at the start?",),
        "destination": ("Which platform sign do I look for at the end?",),
        "day": ("Which page of my diary shall I write it on?",),
        "period": ("Will it be light outside?",),
        "leave": ("By when must I be on the platform?",),
        "arrive": ("When shall my friends pick me up?",),
        "duration": ("Is it worth taking a book along?",),
        "fare": ("Is it hard on the wallet?",),
        "reference": ("What do I show the inspector?",),
    },
    careless={
        "departure": ("I do not mind about the departure.",),
        "destination": ("I do not mind about the destination.",),
        "day": ("Any day is fine.", "I do not care about the day."),
        "period": ("Any time is fine.", "The time does not matter."),
    },
    changed={"departure": "from {v}", "destination": "to {v}", "day": "on {v}", "period": "in the {v}"},
    ask_booking=(
        "Please book the tickets.",
        "I would like to reserve tickets for it.",
        "Can you book me tickets?",
    ),
)

_AGENT = AgentWords(
    questions={
        "departure": ("Where do you leave from?", "From which town do you leave?"),
        "destination": ("Where do you want to go?", "What is your destination?"),
        "day": ("On which day?", "What day would you like to travel?"),
        "period": ("At what time of day?", "Which time of day suits you?"),
        "people": ("For how many people?", "How many people will travel?"),
    },
    facts={
        "departure": ("It leaves from {v}.", "It starts from {v}."),
        "destination": ("It goes to {v}.", "It takes you to {v}."),
        "day": ("It runs on {v}.", "It is on {v}."),
        "period": ("It is in the {v}.", "It runs in the {v}."),
        "leave": ("It leaves at {v}.", "It departs at {v}."),
        "arrive": ("It arrives at {v}.", "The arrival is at {v}."),
        "duration": ("The journey takes {v}.", "It takes {v}."),
        "fare": ("A ticket costs {v}.", "The fare is {v}."),
        "reference": ("Your tickets are booked, the reference is {v}.", "The booking has the reference {v}."),
    },
    confirmations={
        "departure": "Do you leave from {v}?",
        "destination": "Do you want to go to {v}?",
        "day": "Should it be on {v}?",
        "period": "Should it be in the {v}?",
    },
)

_RULES = Rules(
    things="trains?",
    booking="book|reserve|tickets?",
    asked={
        "departure": r"leave from|leaving from|depart\w*|from where|from which|start\w*",
        "destination": "destination|want to go|going|to where|to which|travel to",
        "day": "(?:which|what) day",
        "period": "time|when|part of the day",
        "people": "how many|people|party|passengers",
    },
    ask_booking=r"\b(book|reserve)\b.*\btickets\b",
    questions={
        "departure": "start from|departure station|sign do i look for at the start",
        "destination": "run to|final station|sign do i look for at the end",
        "day": "(?:which|what) day|diary",
        "period": "time of day|part of the day|light outside",
        "leave": "does it leave|departure time|must i be on the platform",
        "arrive": "does it arrive|arrival time|pick me up",
        "duration": "how long|travel time|worth taking a book",
        "fare": "how much|does it cost|wallet",
        "reference": "reference|inspector",
    },
    mention={
        "departure": "(?:(?:from|leave|leaves|leaving|starts? in|get on in) {v})",
        "destination": "(?:(?:to|for|reaches|reach) {v})",
        "period": "(?<!good ){v}",
    },
    hints={
        "day": {"monday": "start of the working week", "friday": "last working day"},
        "period": {
            "morning": "before noon|early bird",
            "afternoon": "after lunch|between lunch",
            "evening": "after work|gets dark",
        },
    },
    careless={"period": "time"},
)

_CLOCK = "[^0-9]{0,20}([0-9]{2}:[0-9]{2})(?![0-9])"
DETAILS = MappingProxyType(
    {
        "leave": Fact(re.compile(r"\b(?:leav\w*|depart\w*)\b" + _CLOCK)),
        "arrive": Fact(re.compile(r"\barriv\w*\b" + _CLOCK)),
        "duration": Fact(re.compile(r"(?<![0-9])([0-9]{1,3} minutes)\b")),
        "fare": Fact(re.compile(r"(?<![0-9])([0-9]{1,6} (?:pounds|pence))\b")),
    }
)


def clock(minutes: int) -> str:
    """A time as it is written, such as `"09:15"`, from minutes after midnight."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _draw(rng: np.random.Generator) -> Rows:
    """80 to 100 trains."""
    size = int(rng.integers(80, 101))
    numbers = rng.permutation(9000)[:size] + 1000
    trains = []
    for i, number in enumerate(numbers.tolist()):
        start, end = (TOWNS[t] for t in rng.permutation(len(TOWNS))[:2])
        leaves, takes = 5 * int(rng.integers(60, 271)), int(rng.integers(20, 100))
        slots = {
            "departure": start,
            "destination": end,
            "day": DAYS[rng.integers(len(DAYS))],
            "period": period_of(leaves),
            "leave": clock(leaves),
            "arrive": clock(leaves + takes),
            "duration": f"{takes} minutes",
            "fare": f"{rng.integers(6, 90)} pounds",
        }
        trains.append(Entity(i + 1, f"TR{number}", MappingProxyType(slots)))
    return Rows.of(trains, VALUES)


TRAIN = Domain(
    name="train",
    thing="train",
    values=dict(VALUES),
    details=dict(DETAILS),
    booking={"people": PEOPLE},
    booked_thing="a journey",
    booking_needs="for how many people",
    draw=_draw,
    user=_USER,
    agent=_AGENT,
    rules=_RULES,
    proper=frozenset({"departure", "destination", "day"}),
    always=("departure", "destination"),
    distinct=("departure", "destination"),
)
