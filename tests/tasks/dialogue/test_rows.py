import json
from hashlib import sha256

import pytest

from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.rows import Rows

VALUES = {"food": ("thai", "greek"), "area": ("north", "south", "east")}
ENTITIES = [
    Entity(1, "A", {"food": "greek", "area": "north", "phone": "1"}),
    Entity(2, "B", {"food": "thai", "area": "south", "phone": "2"}),
    Entity(3, "C", {"food": "greek", "area": "south", "phone": "1"}),
]


def test_places_are_those_with_all_the_values():
    rows = Rows.of(ENTITIES, VALUES)
    assert list(rows.places({})) == [0, 1, 2]
    assert list(rows.places({"food": "greek"})) == [0, 2]
    assert list(rows.places({"food": "greek", "area": "south"})) == [2]
    assert list(rows.places({"area": "east"})) == list(rows.places({"food": "french"})) == []
    # What is only told can be looked for too.
    assert list(rows.places({"phone": "1", "area": "north"})) == [0]


def test_values_are_read_by_place():
    rows = Rows.of(ENTITIES, VALUES)
    assert [rows.value("area", place) for place in range(3)] == ["north", "south", "south"]
    assert rows.values_at([0, 2], "food") == {"greek"}
    assert rows.values_at([0, 2], "area") == {"north", "south"}


def test_each_entity_is_made_once_and_only_if_somebody_looks():
    made = []

    def make(place):
        made.append(place)
        return ENTITIES[place]

    rows = Rows(VALUES, {"food": [1, 0, 1], "area": [0, 1, 1]}, make)
    assert (len(rows), list(rows.places({"food": "greek"})), made) == (3, [0, 2], [])
    assert rows[-1] is rows[2] is ENTITIES[2]
    assert rows[1:] == tuple(ENTITIES[1:])
    assert made == [2, 1]
    with pytest.raises(IndexError):
        rows[3]


def test_a_name_is_looked_for_among_the_entities_made_before_any_other_is_made():
    made = []

    def make(place):
        made.append(place)
        return ENTITIES[place]

    rows = Rows(VALUES, {"food": [1, 0, 1], "area": [0, 1, 1]}, make)
    assert rows[2].name == "C"
    assert rows.named("C") is ENTITIES[2]
    assert made == [2]
    assert rows.named("A") is ENTITIES[0]
    assert made == [2, 0]
    assert rows.named("c") is None
    assert made == [2, 0, 1]


def test_rows_equal_any_sequence_of_the_same_entities():
    assert Rows.of(ENTITIES, VALUES) == tuple(ENTITIES)
    assert Rows.of(ENTITIES, VALUES) == Rows.of(list(ENTITIES), VALUES)
    assert Rows.of(ENTITIES, VALUES) != Rows.of(ENTITIES[:2], VALUES)


@pytest.mark.parametrize(
    ("domain", "digest"),
    [("restaurant", "dd1294bb14275b0d"), ("train", "165991f0c0e68f58"), ("hotel", "939594ff42b35929")],
)
def test_worlds_are_those_of_the_frozen_suites(domain, digest):
    hashed = sha256()
    for seed in (0, 1, 2, 2**52 + 1):
        for e in draw_database(seed, DOMAINS[domain]).entities:
            hashed.update(json.dumps([e.id, e.name, list(e.slots.items())]).encode())
    assert hashed.hexdigest()[:16] == digest
