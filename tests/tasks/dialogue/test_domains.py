"""All domains are complete: every wording of either side is read back as the act that it stands for."""

import numpy as np
import pytest

from textgym.errors import UnknownName
from textgym.tasks.dialogue.acts import (
    Affirm,
    AnythingElse,
    AskBooking,
    Book,
    Booked,
    Bye,
    Change,
    CheckAgain,
    Confirm,
    Deny,
    DontCare,
    Found,
    Inform,
    NoMatch,
    Offer,
    Request,
    Search,
    Unclear,
)
from textgym.tasks.dialogue.belief import domain_of_full, full_names
from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.goal import draw_goal
from textgym.tasks.dialogue.parser import parse
from textgym.tasks.dialogue.replies import agent_text
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.dialogue.understanding import heard_domain, read
from textgym.tasks.dialogue.wording import database_text, opening_text, user_text

ALL = pytest.mark.parametrize("domain", DOMAINS.values(), ids=list(DOMAINS))
NEW = pytest.mark.parametrize("domain", list(DOMAINS.values())[1:], ids=list(DOMAINS)[1:])


def user_acts(domain):
    wishes = [Inform(slot, value) for slot, values in domain.values.items() for value in values]
    booked = [Inform(slot, value) for slot, values in domain.booking.items() for value in values]
    changes = [Change(a.slot, a.value) for a in wishes]
    others = [Affirm(), Deny(), AskBooking(), CheckAgain(), Bye(), Unclear()]
    asked = [Request(slot) for slot in domain.answers]
    return [*wishes, *booked, *changes, *asked, *(DontCare(slot) for slot in domain.values), *others]


@ALL
@pytest.mark.parametrize("indirect", [0.0, 1.0])
def test_every_user_wording_is_read_back_as_its_act(domain, indirect):
    rng = np.random.default_rng(0)
    for act in user_acts(domain):
        for _ in range(12):
            text = user_text([act], rng, indirect=indirect, domain=domain)
            assert read(text, domain) == ((), (act,)), text


@ALL
@pytest.mark.parametrize("indirect", [0.0, 0.5, 1.0])
def test_openings_are_read_back_and_tell_the_domain(domain, indirect):
    rng = np.random.default_rng(1)
    for seed in range(60):
        goal = draw_goal(rng, draw_database(seed, domain), 0.5)
        acts = [Inform(*wish) for wish in goal.constraints]
        text = opening_text(acts, rng, indirect=indirect, domain=domain)
        assert set(read(text, domain)[1]) == set(acts), text
        assert heard_domain(({"role": "user", "content": text},)) == domain, text


@ALL
@pytest.mark.parametrize("variant", range(6))
def test_every_agent_wording_is_read_back_as_its_act(domain, variant):
    database = draw_database(5, domain)
    pairs = [(slot, value) for slot, values in domain.values.items() for value in values]
    acts = [
        *(Inform(*pair) for pair in pairs),
        *(Confirm(*pair) for pair in pairs),
        *(Request(slot) for slot in (*domain.values, *domain.booking)),
        *(Offer(e.name) for e in database.entities),
        *(Inform(slot, e.slots[slot]) for e in database.entities for slot in domain.details),
        *(Inform("reference", database.reference(e.id)) for e in database.entities[:5]),
        *(Search(tuple(database.entities[0].slots.items())[:2]), Book(7), NoMatch(), AnythingElse(), Bye()),
    ]
    for act in acts:
        text = agent_text([act], variant, domain)
        assert parse(text, database) == (act,), text
    entity = database.entities[0]
    several = (Book(1), Offer(entity.name), *(Inform(*pair) for pair in entity.slots.items()))
    assert set(parse(agent_text(several, variant, domain), database)) == set(several)


@ALL
def test_database_answers_are_read_back(domain):
    database = draw_database(0, domain)
    stay = tuple((s, v[1]) for s, v in domain.booking.items() if s not in ("people", "time"))
    time = "19:30" if "time" in domain.booking else ""
    booked = Booked(database.entities[4], "4", time, "ABC123", stay)
    results, _ = read(database_text([Found(9, database.entities[:3]), booked], domain), domain)
    assert results[0] == Found(9, database.entities[:3])
    assert (results[1].entity.id, results[1].people, results[1].time) == (database.entities[4].id, "4", time)
    assert (results[1].reference, results[1].stay) == ("ABC123", stay)


@ALL
@pytest.mark.parametrize("seed", range(5))
def test_databases_are_sound(domain, seed):
    entities = draw_database(seed, domain).entities
    names = [e.name.removeprefix("The ") for e in entities]
    assert len(names) >= 40
    assert not [(a, b) for a in names for b in names if a != b and f" {a} " in f" {b} "]
    assert [e.id for e in entities] == list(range(1, len(entities) + 1))
    for entity in entities:
        assert set(entity.slots) == {*domain.values, *domain.details}
        assert all(entity.slots[slot] in values for slot, values in domain.values.items())
        assert domain.sensible(entity.slots)


def test_the_numbers_of_a_train_agree():
    for train in draw_database(3, DOMAINS["train"]).entities:
        clock = [int(h) * 60 + int(m) for h, m in (train.slots[s].split(":") for s in ("leave", "arrive"))]
        assert (clock[1] - clock[0]) % (24 * 60) == int(train.slots["duration"].split()[0])
        hour = clock[0] // 60
        assert train.slots["period"] == ("morning" if hour < 12 else "afternoon" if hour < 18 else "evening")


@ALL
@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_every_goal_can_be_fulfilled_in_the_end(domain, difficulty):
    rng = np.random.default_rng(0)
    for seed in range(100):
        database = draw_database(seed, domain)
        goal = draw_goal(rng, database, difficulty)
        wishes = dict(goal.constraints)
        assert domain.sensible(wishes)
        assert set(domain.always) <= set(wishes)
        wishes |= dict(p for p in (goal.relaxation, goal.change) if p)
        assert database.search(wishes)
        assert set(goal.booking) == (set(domain.booking) if goal.books else set())


def test_restaurants_are_the_default_and_an_unknown_domain_is_named_with_what_exists():
    assert DialogueTask().domain_table is DOMAINS["restaurant"]
    assert next(iter(DOMAINS)) == "restaurant"
    with pytest.raises(UnknownName, match=r"restaurant, train, hotel, got 'taxi'"):
        DialogueTask(domain="taxi")
    with pytest.raises(UnknownName, match=r"restaurant, train, hotel, got \['train'\]"):
        DialogueTask(domain=["train"])


@NEW
def test_another_domain_has_other_examples_and_another_fingerprint(domain):
    task, default = DialogueTask(domain=domain.name), DialogueTask()
    first, other = (t.generate(np.random.default_rng(5), "test", 0.5) for t in (task, default))
    assert first.data["goal"]["constraints"] != other.data["goal"]["constraints"]
    assert task.fingerprint() != default.fingerprint()
    assert task != default
    assert task == DialogueTask(domain=domain.name)


def test_each_domain_has_beliefs_of_its_own_length():
    for domain in DOMAINS.values():
        assert domain_of_full(len(full_names(domain))) is domain
    with pytest.raises(ValueError, match=r"\(restaurant\).*got 3"):
        domain_of_full(3)
