"""Reading the environment's messages as an agent sees them: text -> acts of the user and of the database.

These are keyword rules, not the inverse of the wording: an agent that hears other users would start from them.
"""

import re
from types import MappingProxyType

from textgym.tasks.dialogue.acts import (
    Affirm,
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
from textgym.tasks.dialogue.database import BOOKING, DETAILS, SEARCHABLE, VALUES, Entity
from textgym.tasks.dialogue.wording import DATABASE_MARK, USER_MARK

_HINTS = {
    "italian": "pizza|pasta", "chinese": "dim sum|wonton", "indian": "tandoori|naan|dal", "mexican": "tacos?|burritos?",
    "thai": "tom yum|tom kha", "greek": "souvlaki|moussaka", "french": "coq au vin|ratatouille",
    "spanish": "tapas|paella", "turkish": "kebab|lahmacun", "japanese": "sushi|ramen", "korean": "bibimbap|kimchi",
    "vietnamese": "pho|banh mi", "north": "northern|uptown", "south": "southern", "east": "eastern",
    "west": "western", "centre": "center|middle of town|downtown", "cheap": "not want to spend|tight budget",
    "moderate": "moderately|mid-range|neither fancy", "expensive": "no object|cost a lot",
}  # fmt: skip
_WISHES = [
    (slot, value, re.compile(rf"\b(?:{value}|{_HINTS[value]})\b"))
    for slot in VALUES
    for value in VALUES[slot]
]

_WORDS = ("two", "three", "four", "five", "six", "seven", "eight")
_PARTY = re.compile(
    rf"\b(?:for|be|of) ([2-8])\b(?!:)|\b({'|'.join(_WORDS)}) of us\b|\bparty of ({'|'.join(_WORDS)})\b"
)
_PARTIES = {"me and my wife": "2", "half a dozen": "6"}
_HOURS = {"five": 17, "six": 18, "seven": 19, "eight": 20, "nine": 21}
_TIME = re.compile(r"\b([0-9]{1,2}:[0-9]{2})\b|\b(half past )?(five|six|seven|eight|nine) in the evening\b")

_QUESTIONS = {
    "food": re.compile(r"\b(what kind of food|which cuisine|cook)\b"),
    "area": re.compile(r"\b(which area|which part of town|whereabouts)\b"),
    "price": re.compile(r"\b(price range|the prices|wallet)\b"),
    "phone": re.compile(r"\b(phone|call them)\b"),
    "address": re.compile(r"\b(address|which street)\b"),
    "postcode": re.compile(r"\b(postcode|satnav)\b"),
    "reference": re.compile(r"\b(reference|at the door)\b"),
}
_CARELESS = re.compile(r"\bany\b|\bdo not (?:mind|care)\b|\bdoes not matter\b")
_CHANGE = re.compile(r"\binstead\b|\bchanged my mind\b")
_FIXED = (
    (AskBooking(), re.compile(r"\b(book|reserve)\b.*\btable\b")),
    (CheckAgain(), re.compile(r"\b(check|look) again\b")),
    (Bye(), re.compile(r"\b(bye|goodbye)\b")),
    (Unclear(), re.compile(r"\b(not understand|not sure what)\b")),
    (Deny(), re.compile(r"^no\b")),
    (Affirm(), re.compile(r"^(yes|great|good)\b(?! evening)")),
)

_ROW = re.compile(r"(booked )?([0-9]{1,6}) ([^|]+) \| (.*)")


def read(message: str) -> tuple[tuple[DatabaseAct, ...], tuple[UserAct, ...]]:
    """What the database and the user say in one environment message; lines without a mark are ignored."""
    results: list[DatabaseAct] = []
    speech: list[UserAct] = []
    for line in message.splitlines():
        if line.startswith(DATABASE_MARK):
            _read_database(line.removeprefix(DATABASE_MARK).strip(), results)
        elif line.startswith(USER_MARK):
            speech += read_user(line.removeprefix(USER_MARK))
    return tuple(results), tuple(speech)


def read_user(text: str) -> tuple[UserAct, ...]:
    """The acts in the user's words, sentence by sentence, each once."""
    acts: dict[UserAct, None] = {}
    for sentence in re.split(r"(?<=[.!?])\s+", text.strip().casefold()):
        acts.update(dict.fromkeys(_read_sentence(sentence)))
    return tuple(acts)


def _read_sentence(sentence: str) -> list[UserAct]:
    if _CARELESS.search(sentence):
        return [DontCare(slot) for slot in SEARCHABLE if re.search(rf"\b{slot}\b", sentence)]
    requests: list[UserAct] = [Request(slot) for slot, rule in _QUESTIONS.items() if rule.search(sentence)]
    if requests:
        return requests
    kind = Change if _CHANGE.search(sentence) else Inform
    acts: list[UserAct] = [kind(slot, value) for slot, value, rule in _WISHES if rule.search(sentence)]
    acts += [Inform("people", people) for people in _people(sentence)]
    if time := _TIME.search(sentence):
        acts.append(Inform("time", time[1] or f"{_HOURS[time[3]]}:{'30' if time[2] else '00'}"))
    return acts or [act for act, rule in _FIXED if rule.search(sentence)]


def _people(sentence: str) -> list[str]:
    if match := _PARTY.search(sentence):
        return [match[1] or str(2 + _WORDS.index(match[2] or match[3]))]
    return [number for phrase, number in _PARTIES.items() if phrase in sentence]


def _read_database(line: str, results: list[DatabaseAct]) -> None:
    if found := re.match(r"([0-9]{1,6}) found\b", line):
        results.append(Found(int(found[1]), ()))
    elif line.startswith("error:"):
        results.append(Failed(line.removeprefix("error:").strip()))
    elif row := _ROW.fullmatch(line):
        slots = dict(cell.split("=", 1) for cell in row[4].split(" | ") if "=" in cell)
        entity = Entity(int(row[2]), row[3], MappingProxyType(slots))
        last = results[-1] if results else None
        if row[1] and slots.keys() >= {*BOOKING, "reference"}:
            results.append(Booked(entity, slots["people"], slots["time"], slots["reference"]))
        elif isinstance(last, Found) and slots.keys() >= {*SEARCHABLE, *DETAILS}:
            results[-1] = Found(last.total, (*last.entities, entity))
