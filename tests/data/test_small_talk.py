"""Small talk alternates, and its last line can be answered from what was said."""

import json
from string import Formatter

import numpy as np
import pytest

from textgym.data.base import SPLITS, split_of
from textgym.data.small_talk import SmallTalk
from textgym.data.small_talk_topics import NAME, TOPICS
from textgym.metrics.facts import fact_recall


def draws(n, difficulty, seed=0):
    rng = np.random.default_rng(seed)
    return [SmallTalk().draw(rng, difficulty) for _ in range(n)]


def lines_with_facts(record):
    """The lines of the context, those of the one who answers last, and the facts."""
    lines = record.fields["context"].split("\n")
    answerer = "AB"[len(lines) % 2]
    return lines, [line for line in lines if line.startswith(answerer)], json.loads(record.fields["facts"])


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_speakers_alternate_from_a(difficulty):
    for record in draws(200, difficulty):
        labels = [line[:3] for line in record.fields["context"].split("\n")]
        assert labels == ["A: ", "B: "] * (len(labels) // 2) + ["A: "] * (len(labels) % 2)


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_the_reference_states_every_fact_and_one_line_told_them(difficulty):
    for record in draws(300, difficulty):
        lines, own, facts = lines_with_facts(record)
        assert facts
        assert fact_recall(record.fields["target"], facts) == 1.0
        told = {"recall own": own, "recall other": [x for x in lines if x not in own], "react": lines[-1:]}
        assert any(fact_recall(line, facts) == 1.0 for line in told[record.fields["kind"]]), record.fields


def test_the_last_line_asks_unless_there_is_something_new_to_react_to():
    for record in draws(300, 0.0):
        asks = record.fields["context"].endswith("?")
        assert asks == (record.fields["kind"] != "react")


def test_all_kinds_occur():
    assert {r.fields["kind"] for r in draws(100, 0.5)} == {"recall own", "recall other", "react"}


def test_difficulty_lengthens_conversations():
    means = [
        np.mean([r.fields["context"].count("\n") for r in draws(200, difficulty)])
        for difficulty in (0.0, 0.5, 1.0)
    ]
    assert means[0] < means[1] < means[2]


@pytest.mark.parametrize("topic", [NAME, *TOPICS], ids=lambda topic: topic.ask[0])
def test_every_statement_uses_every_slot(topic):
    for template in (*topic.tell, topic.react, topic.answer_own, topic.answer_other):
        assert {name for _, name, _, _ in Formatter().parse(template) if name} == set(topic.slots)


@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_draws_differ_and_spread_over_the_splits(difficulty):
    groups = {r.group for r in draws(5000, difficulty)}
    assert len(groups) > 4950
    shares = [sum(split_of(g) == split for g in groups) / len(groups) for split in SPLITS]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.03)


def test_the_generator_is_a_function_of_the_random_state():
    assert draws(20, 0.7, seed=5) == draws(20, 0.7, seed=5)
    assert draws(20, 0.7, seed=5) != draws(20, 0.7, seed=6)
