import numpy as np
import pytest

from textgym.tasks.dialogue.acts import (
    Affirm,
    AskBooking,
    Booked,
    Bye,
    Change,
    CheckAgain,
    Deny,
    DontCare,
    Failed,
    Found,
    Inform,
    Request,
    Unclear,
)
from textgym.tasks.dialogue.database import PEOPLE, TIMES, VALUES, draw_database
from textgym.tasks.dialogue.understanding import read
from textgym.tasks.dialogue.wording import database_text, opening_text, user_text

WISHES = [Inform(slot, value) for slot, values in VALUES.items() for value in values]
ACTS = [
    *WISHES,
    *(Inform("people", n) for n in PEOPLE),
    *(Inform("time", t) for t in TIMES),
    *(Change(a.slot, a.value) for a in WISHES),
    *(DontCare(slot) for slot in VALUES),
    *(Request(slot) for slot in (*VALUES, "phone", "address", "postcode", "reference")),
    *(Affirm(), Deny(), AskBooking(), CheckAgain(), Bye(), Unclear()),
]


@pytest.mark.parametrize("indirect", [0.0, 1.0])
def test_every_user_wording_is_read_back_as_its_act(indirect):
    rng = np.random.default_rng(0)
    for act in ACTS:
        for _ in range(20):
            text = user_text([act], rng, indirect=indirect)
            assert read(text) == ((), (act,)), text


@pytest.mark.parametrize("indirect", [0.0, 0.5, 1.0])
def test_openings_are_read_back(indirect):
    rng = np.random.default_rng(1)
    for _ in range(300):
        wishes = {(slot, str(rng.choice(values))) for slot, values in VALUES.items() if rng.random() < 0.6}
        acts = {Inform(slot, value) for slot, value in wishes}
        text = opening_text(sorted(acts, key=lambda a: a.slot), rng, indirect=indirect)
        assert set(read(text)[1]) == acts, text


def test_database_answers_are_read_back():
    entities = draw_database(0).entities
    found, booked, failed = Found(9, entities[:3]), Booked(entities[4], "4", "19:30", "ABC123"), Failed("no")
    results, speech = read(database_text([found, booked, failed, Found(0, ())]))
    assert speech == ()
    assert results[0] == found
    assert (results[1].entity.id, results[1].reference) == (entities[4].id, "ABC123")
    assert results[2:] == (failed, Found(0, ()))
