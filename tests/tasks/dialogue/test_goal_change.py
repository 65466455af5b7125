"""Users who change one wish in mid-dialogue are satisfied by what they want in the end."""

import numpy as np
import pytest

from textgym.errors import InvalidValue
from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.goal import draw_goal
from textgym.tasks.dialogue.task import DialogueTask

ALL = pytest.mark.parametrize("domain", DOMAINS.values(), ids=list(DOMAINS))


def goals(domain, goal_change, difficulty=0.5, n=200):
    rng = np.random.default_rng(0)
    databases = [draw_database(seed, domain) for seed in range(n)]
    return [(d, draw_goal(rng, d, difficulty, goal_change)) for d in databases]


@ALL
def test_exactly_one_wish_changes_as_often_as_asked_whatever_the_difficulty(domain):
    for probability in (0.0, 0.3, 1.0):
        for difficulty in (0.0, 1.0):
            changes = [
                (g.change is not None) + (g.relaxation is not None)
                for _, g in goals(domain, probability, difficulty)
            ]
            assert set(changes) <= {0, 1}
            assert np.mean(changes) == pytest.approx(probability, abs=0.1)


@ALL
def test_both_occasions_come_up_and_lead_to_what_exists(domain):
    drawn = goals(domain, 1.0)
    assert 0.2 < np.mean([g.change is not None for _, g in drawn]) < 0.8
    for database, goal in drawn:
        pair = goal.change or goal.relaxation
        assert bool(database.search(dict(goal.constraints))) is (goal.change is not None)
        assert database.search({**dict(goal.constraints), **dict([pair])})


def changed_at_an_offer(domain):
    task, rng = DialogueTask(domain=domain.name, goal_change=1.0), np.random.default_rng(0)
    while True:
        example = task.generate(rng, "train", 0.0)
        if example.data["goal"]["change"] and not example.data["goal"]["people"]:
            return task, example


@ALL
def test_the_user_says_what_changed_and_the_end_counts(domain):
    task, example = changed_at_an_offer(domain)
    slot, value = example.data["goal"]["change"]
    conversation = expert_conversation(example, task)
    assert task.judge([(example, conversation)])[0].metrics["success"] == 1.0
    lines = [line for m in conversation[2::2] for line in m["content"].splitlines()]
    assert any(line.startswith("[user]") and domain.show(slot, value) in line for line in lines)
    assert domain.show(slot, value) not in example.prompt


@ALL
def test_what_met_the_wishes_as_first_told_earns_nothing(domain):
    task, example = changed_at_an_offer(domain)
    goal = example.data["goal"]
    database = task.scene.draw_database(example.seed)
    stubborn = database.search(dict(goal["constraints"]))[0]
    told = " ".join(domain.agent.facts[s][0].format(v=stubborn.slots[s]) for s in domain.details)
    conversation = ({"role": "user", "content": example.prompt},)
    for _ in range(15):
        conversation = (
            *conversation,
            {"role": "assistant", "content": f"I can offer {stubborn.name}. {told}"},
        )
        turn = task.judge([(example, conversation)])[0]
        if turn.terminated:
            break
        conversation = (*conversation, {"role": "user", "content": turn.reply})
    assert turn.terminated
    assert turn.metrics["success"] == 0.0


@pytest.mark.parametrize("value", [-0.1, 2, "often", True])
def test_a_probability_out_of_range_is_refused(value):
    with pytest.raises(InvalidValue, match=r"goal_change must be a number in \[0, 1\]"):
        DialogueTask(goal_change=value)
