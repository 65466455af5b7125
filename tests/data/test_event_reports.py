"""Event reports state their facts, hide them as difficulty grows, and stay in their split."""

import json
import re
from string import Formatter

import numpy as np
import pytest

from textgym.data.base import SPLITS, draw_from_split, split_of
from textgym.data.event_reports import EVENT_KINDS, EventReports
from textgym.metrics.facts import fact_recall
from textgym.metrics.words import first_words

DECOYS = {"decoy_person", "decoy_town", "decoy_number", "decoy_day"}


def draws(n, difficulty, seed=0):
    rng = np.random.default_rng(seed)
    return [EventReports().draw(rng, difficulty) for _ in range(n)]


def slots(*templates):
    return {name for template in templates for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_report_and_reference_state_every_fact(difficulty):
    for record in draws(300, difficulty):
        facts = json.loads(record.fields["facts"])
        assert len(facts) == 6
        assert fact_recall(record.fields["source"], facts) == 1.0
        assert fact_recall(record.fields["target"], facts) == 1.0


@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_numbers_among_the_facts_stand_once_in_the_report(difficulty):
    for record in draws(300, difficulty):
        words = re.findall(r"[\w,-]*\w", record.fields["source"])
        for fact in json.loads(record.fields["facts"]):
            if fact.replace(",", "").replace("-", "").isdigit():
                assert words.count(fact) == 1, record.fields


@pytest.mark.parametrize("kind", EVENT_KINDS, ids=lambda kind: kind.name)
def test_wordings_of_a_key_sentence_tell_the_same(kind):
    stated = [slots(*wordings) for wordings in kind.key]
    # A later sentence may or may not name again what the first one has named.
    for wordings, new in zip(kind.key, (stated[0], *(told - stated[0] for told in stated[1:])), strict=True):
        assert all(slots(wording) >= new for wording in wordings)
    assert set().union(*stated) == set(kind.slots) == slots(kind.summary)
    assert {fact.split()[0] for fact in kind.facts} <= set(kind.slots)
    assert slots(*kind.background) <= DECOYS


def test_easiest_report_is_the_three_plain_key_sentences():
    for record in draws(100, 0.0):
        (kind,) = (k for k in EVENT_KINDS if k.name == record.fields["kind"])
        pattern = " ".join(re.sub(r"\\{\w+\\}", "(.+)", re.escape(wordings[0])) for wordings in kind.key)
        assert re.fullmatch(pattern, record.fields["source"], flags=re.IGNORECASE)


def test_difficulty_lengthens_reports_and_moves_facts_away_from_the_start():
    lengths, recalls = [], []
    for difficulty in (0.0, 0.5, 1.0):
        records = draws(300, difficulty)
        lengths.append(np.mean([len(r.fields["source"].split()) for r in records]))
        recalls.append(
            np.mean(
                [
                    fact_recall(first_words(r.fields["source"], 30), json.loads(r.fields["facts"]))
                    for r in records
                ]
            )
        )
    assert lengths[0] < lengths[1] < lengths[2]
    assert recalls[0] > 0.99
    assert recalls[0] > recalls[1] > recalls[2]
    assert recalls[2] < 0.7


def test_all_kinds_occur():
    assert {r.fields["kind"] for r in draws(200, 0.5)} == {k.name for k in EVENT_KINDS}


def test_references_fit_the_default_limit():
    assert max(len(r.fields["target"].split()) for r in draws(1000, 0.5)) <= 30


@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_five_thousand_draws_are_five_thousand_groups(difficulty):
    groups = {r.group for r in draws(5000, difficulty)}
    assert len(groups) == 5000
    shares = [sum(split_of(g) == split for g in groups) / 5000 for split in SPLITS]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.03)


def test_every_split_can_be_drawn():
    rng = np.random.default_rng(0)
    for split in SPLITS:
        assert split_of(draw_from_split(EventReports(), rng, split, 0.5).group) == split


def test_the_generator_is_a_function_of_the_random_state():
    assert draws(20, 0.7, seed=5) == draws(20, 0.7, seed=5)
    assert draws(20, 0.7, seed=5) != draws(20, 0.7, seed=6)
