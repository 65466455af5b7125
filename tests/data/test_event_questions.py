"""Queries about event reports: what is asked, what answers it, and what stays unasked."""

import json
import re
from collections import Counter

import numpy as np
import pytest

from textgym.data.base import group_key
from textgym.data.event_aspects import EVENT_ASPECTS
from textgym.data.event_questions import EventQuestions
from textgym.data.event_reports import EVENT_KINDS, EventReports
from textgym.metrics.facts import fact_recall
from textgym.metrics.rouge import rouge_tokens


def draws(n, difficulty, seed=0):
    rng = np.random.default_rng(seed)
    return [EventQuestions().draw(rng, difficulty).fields for _ in range(n)]


@pytest.mark.parametrize("kind", EVENT_KINDS, ids=lambda kind: kind.name)
def test_each_fact_of_a_kind_belongs_to_one_aspect(kind):
    aspects = EVENT_ASPECTS[kind.name]
    assert Counter(spec for aspect in aspects for spec in aspect.facts) == Counter(kind.facts)
    assert len({aspect.question for aspect in aspects}) == len(aspects) > 3


def test_every_kind_has_aspects_and_nothing_else_has():
    assert set(EVENT_ASPECTS) == {kind.name for kind in EVENT_KINDS}


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_answers_state_what_is_asked_and_nothing_else(difficulty):
    for fields in draws(400, difficulty):
        facts, unasked = json.loads(fields["facts"]), json.loads(fields["unasked"])
        assert len(facts) + len(unasked) == 6
        assert unasked
        assert fact_recall(fields["target"], facts) == 1.0
        assert fact_recall(fields["target"], unasked) == 0.0
        assert fact_recall(fields["source"], [*facts, *unasked]) == 1.0


@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_every_single_answer_has_a_bigram(difficulty):
    for fields in draws(400, difficulty):
        assert len(rouge_tokens(fields["target"])) >= 2, fields["target"]


@pytest.mark.parametrize("difficulty, most", [(0.0, 1), (0.5, 2), (1.0, 3)])
def test_difficulty_raises_the_number_of_questions(difficulty, most):
    counts = Counter(fields["query"].count("?") for fields in draws(300, difficulty))
    assert set(counts) == set(range(1, most + 1))
    assert min(counts.values()) > 300 / most / 2


def test_answers_stand_in_the_order_of_the_questions():
    for fields in draws(200, 1.0):
        aspects = {aspect.question: aspect for aspect in EVENT_ASPECTS[fields["kind"]]}
        answers = [aspects[f"{part}?"].answer for part in fields["query"].removesuffix("?").split("? ")]
        pattern = " ".join(re.sub(r"\\{\w+\\}", "(.+)", re.escape(answer)) for answer in answers)
        assert re.fullmatch(pattern, fields["target"], flags=re.IGNORECASE), fields


def test_reports_and_groups_are_those_of_event_reports():
    for seed in range(50):
        asked = EventQuestions().draw(np.random.default_rng(seed), 0.7)
        plain = EventReports().draw(np.random.default_rng(seed), 0.7)
        assert asked.fields["source"] == plain.fields["source"]
        assert asked.group == plain.group == group_key(plain.fields["source"])
