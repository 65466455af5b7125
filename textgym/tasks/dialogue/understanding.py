"""Reading the environment's messages as an agent sees them: text -> acts of the user and of the database.

These are keyword rules, not the inverse of the wording: an agent that hears other users would start from them. Fillers
are passed over, and an unknown word of five letters or so is taken for the known one that it resembles.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from textgym.protocols import Conversation
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
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.lexicon import FILLER, lexicon, spelled, words_in
from textgym.tasks.dialogue.wording import DATABASE_MARK, USER_MARK

_WORDS = ("two", "three", "four", "five", "six", "seven", "eight")
_PARTY = re.compile(
    rf"\b(?:for|be|of) ([2-8])\b(?!:| night)|\b({'|'.join(_WORDS)}) of us\b|\bparty of ({'|'.join(_WORDS)})\b"
)
_PARTIES = {"me and my wife": "2", "half a dozen": "6"}
_HOURS = {"five": 17, "six": 18, "seven": 19, "eight": 20, "nine": 21}
_TIME = re.compile(r"\b([0-9]{1,2}:[0-9]{2})\b|\b(half past )?(five|six|seven|eight|nine) in the evening\b")
_CARELESS = re.compile(r"\bany\b|\bdo not (?:mind|care)\b|\bdoes not matter\b")
_CHANGE = re.compile(r"\binstead\b|\bchanged my mind\b")
_FIXED = (
    (CheckAgain(), re.compile(r"\b(check|look) again\b")),
    (Bye(), re.compile(r"\b(bye|goodbye)\b")),
    (Unclear(), re.compile(r"\b(not understand|not sure what)\b")),
    (Deny(), re.compile(r"^no\b")),
    (Affirm(), re.compile(r"^(yes|great|good)\b(?! evening)")),
)

_ROW = re.compile(r"(booked )?([0-9]{1,6}) ([^|]+) \| (.*)")


@dataclass(frozen=True)
class _Hearing:
    """The rules of one domain, compiled."""

    wishes: tuple[tuple[str, str, re.Pattern[str]], ...]
    questions: tuple[tuple[str, re.Pattern[str]], ...]
    careless: tuple[tuple[str, re.Pattern[str]], ...]
    ask_booking: re.Pattern[str]


@lru_cache(maxsize=16)
def _hearing(domain: Domain) -> _Hearing:
    rules = domain.rules
    # Booked slots that the rules say how to recognise; party size and time of day have rules of their own below.
    booked = {slot: values for slot, values in domain.booking.items() if slot in rules.mention}
    wishes = []
    for slot, values in [*domain.values.items(), *booked.items()]:
        for value in values:
            hint = rules.hints.get(slot, {}).get(value)
            said = [domain.mention(slot, value), *([hint] if hint else [])]
            wishes.append((slot, value, re.compile(rf"\b(?:{'|'.join(said)})\b")))
    return _Hearing(
        tuple(wishes),
        tuple((slot, re.compile(rf"\b({words})\b")) for slot, words in rules.questions.items()),
        tuple((s, re.compile(rf"\b{rules.careless.get(s, s)}\b")) for s in domain.values),
        re.compile(rules.ask_booking),
    )


def heard_domain(conversation: Conversation) -> Domain:
    """What a conversation is about: the domain that knows most of the user's words, the first of equals."""
    lines = [line for m in conversation if m["role"] == "user" for line in m["content"].splitlines()]
    said = {word for line in lines if line.startswith(USER_MARK) for word in words_in(line[len(USER_MARK) :])}
    return min(DOMAINS.values(), key=lambda domain: len(said - lexicon(domain)))


def read(message: str, domain: Domain = RESTAURANT) -> tuple[tuple[DatabaseAct, ...], tuple[UserAct, ...]]:
    """What the database and the user say in one environment message; lines without a mark are ignored."""
    results: list[DatabaseAct] = []
    speech: list[UserAct] = []
    for line in message.splitlines():
        if line.startswith(DATABASE_MARK):
            _read_database(line.removeprefix(DATABASE_MARK).strip(), results, domain)
        elif line.startswith(USER_MARK):
            speech += read_user(line.removeprefix(USER_MARK), domain)
    return tuple(results), tuple(speech)


def read_user(text: str, domain: Domain = RESTAURANT) -> tuple[UserAct, ...]:
    """The acts in the user's words, sentence by sentence, each once."""
    acts: dict[UserAct, None] = {}
    for sentence in re.split(r"(?<=[.!?])\s+", text.strip().casefold()):
        acts.update(dict.fromkeys(_read_sentence(spelled(FILLER.sub("", sentence), domain), domain)))
    return tuple(acts)


def _read_sentence(sentence: str, domain: Domain) -> list[UserAct]:
    rules = _hearing(domain)
    if _CARELESS.search(sentence):
        return [DontCare(slot) for slot, name in rules.careless if name.search(sentence)]
    requests: list[UserAct] = [Request(slot) for slot, rule in rules.questions if rule.search(sentence)]
    if requests:
        return requests
    kind = Change if _CHANGE.search(sentence) else Inform
    acts: list[UserAct] = [kind(slot, value) for slot, value in _wishes(sentence, rules)]
    acts += [Inform("people", people) for people in _people(sentence)]
    if "time" in domain.booking and (time := _TIME.search(sentence)):
        acts.append(Inform("time", time[1] or f"{_HOURS[time[3]]}:{'30' if time[2] else '00'}"))
    if not acts and rules.ask_booking.search(sentence):
        return [AskBooking()]
    return acts or [act for act, rule in _FIXED if rule.search(sentence)]


def _wishes(sentence: str, rules: _Hearing) -> list[tuple[str, str]]:
    """The values in a sentence; "north american" food is no wish for the north."""
    found = [(s, v, match.span()) for s, v, rule in rules.wishes if (match := rule.search(sentence))]

    def covered(span: tuple[int, int]) -> bool:
        return any(o[0] <= span[0] and span[1] <= o[1] and o != span for _, _, o in found)

    return [(slot, value) for slot, value, span in found if not covered(span)]


def _people(sentence: str) -> list[str]:
    if match := _PARTY.search(sentence):
        return [match[1] or str(2 + _WORDS.index(match[2] or match[3]))]
    return [number for phrase, number in _PARTIES.items() if phrase in sentence]


def _read_database(line: str, results: list[DatabaseAct], domain: Domain) -> None:
    if found := re.match(r"([0-9]{1,6}) found\b", line):
        results.append(Found(int(found[1]), ()))
    elif line.startswith("error:"):
        results.append(Failed(line.removeprefix("error:").strip()))
    elif row := _ROW.fullmatch(line):
        slots = dict(cell.split("=", 1) for cell in row[4].split(" | ") if "=" in cell)
        entity = Entity(int(row[2]), row[3], MappingProxyType(slots))
        last = results[-1] if results else None
        if row[1] and slots.keys() >= {*domain.booking, "reference"}:
            stay = tuple((s, slots[s]) for s in domain.booking if s not in ("people", "time"))
            people, time = slots["people"], slots.get("time", "")
            results.append(Booked(entity, people, time, slots["reference"], stay))
        elif isinstance(last, Found) and slots.keys() >= {*domain.values, *domain.details}:
            results[-1] = Found(last.total, (*last.entities, entity))
