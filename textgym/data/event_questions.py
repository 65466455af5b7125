"""Event reports with questions about some of their facts."""

import json
from dataclasses import dataclass

import numpy as np

from textgym.data.base import Record, group_key
from textgym.data.event_aspects import EVENT_ASPECTS
from textgym.data.event_reports import draw_event

MOST_QUESTIONS = 3


@dataclass(frozen=True)
class EventQuestions:
    """Generator of event reports (`EventReports`) and queries that ask for some aspects of the event.

    A query is one question or several. The reference answers them in their order, in a fixed wording per question.
    Difficulty raises the most questions from 1 to 3, beside what it does to reports; every query leaves some facts
    unasked.

    Fields of a record: `source` (the report), `query`, `target` (the answers), `facts` and `unasked` (JSON lists of
    strings: the key facts that the answers state, and the others) and `kind`. Its group is that of the report.
    """

    name: str = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One report with its query; `difficulty` in [0, 1]."""
        event = draw_event(rng, difficulty)
        aspects = EVENT_ASPECTS[event.kind.name]
        number = 1 + int(rng.integers(1 + round(difficulty * (MOST_QUESTIONS - 1))))
        asked = [aspects[i] for i in rng.permutation(len(aspects))[:number]]
        specs = [spec for aspect in asked for spec in aspect.facts]
        query = " ".join(aspect.question for aspect in asked)
        fields = {
            "source": event.report,
            "query": query,
            "target": " ".join(event.tell(aspect.answer) for aspect in asked),
            "facts": json.dumps(event.facts(specs)),
            "unasked": json.dumps(event.facts([spec for spec in event.kind.facts if spec not in specs])),
            "kind": event.kind.name,
        }
        return Record(f"generated/{group_key(f'{query} {event.report}')}", group_key(event.report), fields)
