import json

import numpy as np
import pytest

from textgym.data.base import SPLITS, split_of
from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.goal import Goal, draw_goal


def goals(difficulty, n=300):
    rng = np.random.default_rng(0)
    pairs = []
    for seed in range(n):
        database = draw_database(seed)
        pairs.append((database, draw_goal(rng, database, difficulty)))
    return pairs


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_every_goal_can_be_fulfilled_in_the_end(difficulty):
    for database, goal in goals(difficulty):
        wishes = dict(goal.constraints)
        if goal.relaxation:
            assert not database.search(wishes)
            wishes |= dict([goal.relaxation])
            assert database.search(wishes)
        if goal.change:
            assert database.search(wishes)
            wishes |= dict([goal.change])
        assert database.search(wishes)


def test_difficulty_raises_wishes_questions_tables_and_detours():
    easy, hard = ([g for _, g in goals(d)] for d in (0.0, 1.0))

    def mean(pick, found):
        return np.mean([pick(g) for g in found])

    for pick in (
        lambda g: len(g.constraints),
        lambda g: len(g.requests),
        lambda g: g.books,
        lambda g: g.relaxation is not None,
        lambda g: g.change is not None,
        lambda g: -g.talk,
        lambda g: not g.volunteers,
        lambda g: g.indirect,
    ):
        assert mean(pick, hard) > mean(pick, easy) + 0.1


def test_no_goal_asks_for_what_it_already_demands():
    for _, goal in goals(0.5):
        assert not set(goal.requests) & {slot for slot, _ in goal.constraints}
        assert goal.books or "reference" not in goal.requests


def test_json_round_trip():
    for _, goal in goals(1.0, n=50):
        assert Goal.from_json(json.loads(json.dumps(goal.to_json()))) == goal


def test_group_ignores_the_manner_and_tells_goals_apart():
    goal = Goal((("food", "thai"),), ("phone",), people="2", time="18:00", talk=1)
    same = Goal((("food", "thai"),), ("phone",), people="5", time="19:30", talk=3, indirect=0.5)
    assert goal.group == same.group
    assert goal.group != Goal((("food", "thai"),), ("phone",)).group
    assert goal.group != Goal((("food", "greek"),), ("phone",), people="2", time="18:00").group


def test_the_order_of_wishes_and_questions_does_not_make_another_group():
    goal = Goal((("food", "thai"), ("area", "north")), ("phone", "price", "address"))
    same = Goal((("area", "north"), ("food", "thai")), ("address", "phone", "price"))
    assert goal.group == same.group


def test_no_goal_is_in_two_splits_whatever_its_order():
    homes = {split: set() for split in SPLITS}
    for difficulty in (0.0, 0.3, 1.0):
        for _, goal in goals(difficulty):
            wanted = (frozenset(goal.constraints), frozenset(goal.requests))
            homes[split_of(goal.group)].add((*wanted, goal.books, goal.relaxation, goal.change))
    assert all(homes.values())
    assert len(set.union(*homes.values())) == sum(map(len, homes.values()))
