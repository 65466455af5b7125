import pytest

from textgym.tasks.dialogue.database import DETAILS, VALUES, draw_database


@pytest.mark.parametrize("seed", range(20))
def test_names_are_unique_and_no_part_of_each_other(seed):
    names = [e.name.removeprefix("The ") for e in draw_database(seed).entities]
    assert len(names) >= 40
    assert not [(a, b) for a in names for b in names if a != b and f" {a} " in f" {b} "]
    assert len(set(names)) == len(names)


def test_the_same_seed_gives_the_same_town_and_another_seed_another():
    first = draw_database(3)
    draw_database.cache_clear()
    assert draw_database(3) == first
    assert draw_database(4).entities != first.entities


def test_search_finds_exactly_the_entities_with_the_values():
    database = draw_database(0)
    found = database.search({"area": "north", "price": "cheap"})
    wanted = [e for e in database.entities if (e.slots["area"], e.slots["price"]) == ("north", "cheap")]
    assert list(found) == wanted
    assert 0 < len(wanted) < len(database.entities)
    assert database.search({}) == database.entities


def test_every_entity_has_values_for_all_slots():
    for entity in draw_database(1).entities:
        assert set(entity.slots) == {*VALUES, *DETAILS}
        assert all(entity.slots[slot] in values for slot, values in VALUES.items())


def test_ids_count_from_one():
    database = draw_database(0)
    assert database.get(1) is database.entities[0]
    assert database.get(len(database.entities)) is database.entities[-1]
    assert database.get(0) is None
    assert database.get(len(database.entities) + 1) is None
