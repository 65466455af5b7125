import pytest

from textgym.tasks.dialogue.acts import (
    AnythingElse,
    Book,
    Bye,
    Confirm,
    Inform,
    Malformed,
    NoMatch,
    Offer,
    Request,
    Search,
    Unclear,
)
from textgym.tasks.dialogue.database import BOOKING, VALUES, draw_database
from textgym.tasks.dialogue.parser import parse
from textgym.tasks.dialogue.replies import agent_text

DATABASE = draw_database(5)
ACTS = [
    *(Inform(slot, value) for slot, values in VALUES.items() for value in values),
    *(Confirm(slot, value) for slot, values in VALUES.items() for value in values),
    *(Request(slot) for slot in (*VALUES, *BOOKING)),
    *(Offer(e.name) for e in DATABASE.entities),
    *(Inform(slot, e.slots[slot]) for e in DATABASE.entities for slot in ("phone", "address", "postcode")),
    *(Inform("reference", DATABASE.reference(e.id)) for e in DATABASE.entities),
    Search(()),
    Search((("area", "west"), ("food", "thai"))),
    Book(7),
    NoMatch(),
    AnythingElse(),
    Bye(),
    Unclear(),
]


@pytest.mark.parametrize("variant", range(3))
def test_every_wording_is_read_back_as_its_act(variant):
    for act in ACTS:
        assert parse(agent_text([act], variant), DATABASE) == (act,)


@pytest.mark.parametrize("variant", range(3))
def test_a_message_of_several_acts_is_read_back(variant):
    entity = DATABASE.entities[0]
    acts = (Book(1), Offer(entity.name), *(Inform(slot, value) for slot, value in entity.slots.items()))
    assert parse(agent_text(acts, variant), DATABASE) == acts


def test_a_malformed_command_has_no_wording():
    with pytest.raises(ValueError, match="no wording"):
        agent_text([Malformed("x")])
