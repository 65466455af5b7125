"""Event reports with known key facts, and their reference summaries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from textgym.data.base import Record, group_key
from textgym.data.civic_events import CIVIC_EVENTS
from textgym.data.daily_events import DAILY_EVENTS
from textgym.data.event_kinds import OPENINGS, QUOTED, QUOTES, ROLES, WEATHER, WEATHERS, EventKind
from textgym.data.invented_names import Pick, count, day, person, town

EVENT_KINDS = (*DAILY_EVENTS, *CIVIC_EVENTS)
MAX_BACKGROUND = 8
CHOICE_WORDS = frozenset(
    choice.split()[-1].casefold()
    for kind in EVENT_KINDS
    for draw in kind.slots.values()
    if isinstance(draw, Pick)
    for choice in draw.choices
)
"""The words that tell one choice from another where a slot is no name or number, such as `"bus"` and `"fell"`."""


@dataclass(frozen=True)
class Event:
    """An event and the report of it.

    Args:
        kind: Its kind.
        values: What fills each slot of the kind.
        report: The text.
    """

    kind: EventKind
    values: Mapping[str, str]
    report: str

    def facts(self, specs: Sequence[str]) -> list[str]:
        """What the specs name: slots, or `"slot first"` / `"slot last"` for a word of one."""
        return [_fact(spec, self.values) for spec in specs]

    def tell(self, template: str) -> str:
        """A template of the slots as a sentence, with a capital at its beginning."""
        return _capitalised(template.format(**self.values))


@dataclass(frozen=True)
class EventReports:
    """Generator of short news reports.

    A report states the six key facts of one event in a few sentences, among background sentences whose
    names and numbers are decoys. Difficulty raises the number of background sentences from 0 to 8, the
    number of wordings in use, the chance that the key sentences are told in another order and that
    background comes before the first of them. The reference is one sentence in a fixed wording per kind of
    event.

    Fields of a record: `source` (the report), `target` (the reference summary), `facts` (JSON list of
    strings that a summary must contain) and `kind` (name of the kind of event).
    """

    name: str = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One report; `difficulty` in [0, 1]."""
        event = draw_event(rng, difficulty)
        group = group_key(event.report)
        fields = {
            "source": event.report,
            "target": event.tell(event.kind.summary),
            "facts": json.dumps(event.facts(event.kind.facts)),
            "kind": event.kind.name,
        }
        return Record(id=f"generated/{group}", group=group, fields=fields)


def draw_event(rng: np.random.Generator, difficulty: float) -> Event:
    """An event with its report, as `EventReports` describes; `difficulty` in [0, 1]."""
    kind = EVENT_KINDS[rng.integers(len(EVENT_KINDS))]
    values = _distinct(kind, rng)
    key = _key_sentences(kind, rng, difficulty)
    background = [_fill_background(template, values, rng) for template in _background(kind, rng, difficulty)]
    sentences = _interleave([t.format(**values) for t in key], background, rng)
    if rng.random() < difficulty / 2:
        opening = OPENINGS[rng.integers(len(OPENINGS))]
        sentences.insert(0, _fill_background(opening, values, rng))
    return Event(kind, values, " ".join(_capitalised(s) for s in sentences))


def _distinct(kind: EventKind, rng: np.random.Generator) -> dict[str, str]:
    """Slot values of which no two share a word, so that each fact can be told from the others."""
    while True:
        values = {slot: draw(rng) for slot, draw in kind.slots.items()}
        words = [word for value in values.values() for word in set(value.split()) - {"million"}]
        if len(words) == len(set(words)):
            return values


def _key_sentences(kind: EventKind, rng: np.random.Generator, difficulty: float) -> list[str]:
    chosen = []
    for wordings in kind.key:
        in_use = 1 + round(difficulty * (len(wordings) - 1))
        chosen.append(wordings[rng.integers(in_use)])
    if rng.random() < difficulty / 2:  # the first sentence introduces what "it" is, so it stays first
        chosen[1:] = [chosen[1 + i] for i in rng.permutation(len(chosen) - 1)]
    return chosen


def _background(kind: EventKind, rng: np.random.Generator, difficulty: float) -> list[str]:
    most = round(difficulty * MAX_BACKGROUND)
    number = int(rng.integers(most // 2, most + 1))
    weather = WEATHER[rng.integers(len(WEATHER))]
    pool = (*kind.background, weather, QUOTED[0], QUOTED[0], QUOTED[1])
    return [pool[i] for i in rng.permutation(len(pool))[:number]]


def _fill_background(template: str, values: dict[str, str], rng: np.random.Generator) -> str:
    taken = {word for value in values.values() for word in value.split()}
    drawers = {
        "decoy_person": person,
        "decoy_town": town,
        "decoy_number": count(2, 95),
        "decoy_day": day,
    }
    decoys = {slot: _untaken(draw, taken, rng) for slot, draw in drawers.items()}
    return template.format(
        **decoys,
        weather=WEATHERS[rng.integers(len(WEATHERS))],
        quote=QUOTES[rng.integers(len(QUOTES))],
        role=ROLES[rng.integers(len(ROLES))],
    )


def _untaken(draw, taken: set[str], rng: np.random.Generator) -> str:
    while True:
        value = draw(rng)
        if taken.isdisjoint(value.split()):
            return value


def _interleave(key: list[str], background: list[str], rng: np.random.Generator) -> list[str]:
    """The key sentences in their order, with the background at random places after the first of them."""
    sentences = list(key)
    for sentence in background:
        sentences.insert(int(rng.integers(1, len(sentences) + 1)), sentence)
    return sentences


def _fact(spec: str, values: Mapping[str, str]) -> str:
    slot, _, part = spec.partition(" ")
    words = values[slot].split()
    return {"": values[slot], "first": words[0], "last": words[-1]}[part]


def _capitalised(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
