"""Databases from files in the schema of MultiWOZ, written here."""

import json
import pickle

import numpy as np
import pytest

from textgym.envs.dialogue import DialogueEnv
from textgym.errors import InvalidValue, MalformedData, UnknownName
from textgym.tasks.dialogue.acts import Inform, Offer
from textgym.tasks.dialogue.acts_task import DialogueActsTask
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.multiwoz import read_multiwoz, written
from textgym.tasks.dialogue.parser import parse
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.dialogue.understanding import read_user

FOODS = ("indian", "north indian", "modern european", "north american", "gastropub")
AREAS = ("north", "south", "east", "west", "centre")
PRICES = ("cheap", "moderate", "expensive")
TOWNS = ("cambridge", "bishops stortford", "london kings cross", "ely")


def contacts(i):
    return {
        "address": f"{i + 1} Regent Street City Centre",
        "phone": f"012233{i:05d}",
        "postcode": f"cb{i % 9 + 1}1ab",
        "location": [52.2, 0.12],
    }


def restaurant(i):
    name = ("curry garden", "curry garden two", "the centre bar.")[i] if i < 3 else f"house of {i:02d} spoons"
    place = {"name": name, "food": FOODS[i % 5], "area": AREAS[i % 4], "pricerange": PRICES[i % 3]}
    return {"id": str(i), "introduction": "", "type": "restaurant", **place, **contacts(i)}


def hotel(i):
    place = {"name": f"inn {i:02d}", "area": AREAS[i % 5], "pricerange": PRICES[i % 3], "stars": str(i % 5)}
    kind = ("hotel", "guesthouse")[i % 2]
    return {
        "internet": "yes",
        "parking": "no",
        "price": {"single": "50"},
        "type": kind,
        **place,
        **contacts(i),
    }


def train(i):
    start, end = TOWNS[i % 4], TOWNS[(i + 1 + i // 4 % 3) % 4]
    times = {"leaveAt": f"{5 + i % 18:02d}:{i % 60:02d}", "arriveBy": f"{6 + i % 18:02d}:10"}
    day = ("monday", "friday", "sunday")[i % 3]
    rest = {"duration": "51 minutes", "price": f"{i + 1}.10 pounds", "trainID": f"TR{1000 + i}"}
    return {"departure": start, "destination": end, "day": day, **times, **rest}


def read(database, domain):
    return read_multiwoz(database, domain, written(database, domain))


ROWS = {"restaurant": restaurant, "hotel": hotel, "train": train}


@pytest.fixture
def folder(tmp_path):
    for name, row in ROWS.items():
        (tmp_path / f"{name}_db.json").write_text(json.dumps([row(i) for i in range(60)]))
    return tmp_path


def test_rows_become_entities_with_our_slots(folder):
    loaded = read(f"multiwoz:{folder}", "restaurant")
    first, third = loaded.entities[0], loaded.entities[2]
    assert (first.id, first.name, first.slots["food"], first.slots["price"]) == (
        1,
        "curry garden",
        "indian",
        "cheap",
    )
    assert first.slots["address"] == "1 Regent Street City Centre"
    assert third.name == "the centre bar"
    assert loaded.domain.values["food"] == tuple(sorted(FOODS))
    assert loaded.domain.values["area"] == ("east", "north", "south", "west")
    express = read(f"multiwoz:{folder}", "train").entities[9]
    assert (express.name, express.slots["leave"], express.slots["period"]) == ("TR1009", "14:09", "afternoon")
    assert (express.slots["fare"], express.slots["arrive"]) == ("1010 pence", "15:10")
    inn = read(f"multiwoz:{folder}", "hotel").entities[3]
    assert {s: inn.slots[s] for s in ("area", "price", "stars", "kind")} == {
        "area": "west",
        "price": "cheap",
        "stars": "3",
        "kind": "guesthouse",
    }


def test_names_values_and_addresses_that_hold_each_other_are_told_apart(folder):
    database = DialogueTask(database=f"multiwoz:{folder}").scene.draw_database(3)
    assert parse("How about Curry Garden Two?", database) == (Offer("curry garden two"),)
    assert parse("The Centre Bar serves north Indian food.", database) == (
        Offer("the centre bar"),
        Inform("food", "north indian"),
    )
    address = "The address is 7 Regent Street City Centre."
    assert parse(address, database) == (Inform("address", "7 Regent Street City Centre"),)
    wish = read_user("I would like North American food. In the west, please.", database.domain)
    assert wish == (Inform("food", "north american"), Inform("area", "west"))


@pytest.mark.parametrize("domain", list(ROWS))
def test_the_expert_reaches_goals_of_a_loaded_database(folder, domain):
    task = DialogueTask(domain=domain, database=f"multiwoz:{folder}")
    rng = np.random.default_rng(0)
    won = []
    for _ in range(30):
        example = task.generate(rng, "train", 0.5)
        turn = task.judge([(example, expert_conversation(example, task))])[0]
        won.append(turn.metrics["success"])
    assert np.mean(won) > 0.9


def test_a_running_episode_pickles_without_the_rows_of_the_file(folder):
    task = DialogueActsTask(domain="train", database=f"multiwoz:{folder}")
    state = task.start(task.generate(np.random.default_rng(1), "test", 0.5))
    text = pickle.dumps(state)
    assert state.database.entities[0].name.encode() not in text
    assert pickle.loads(text) == state


def test_acts_and_words_share_a_loaded_database(folder):
    settings = dict(domain="train", database=f"multiwoz:{folder}")
    acts, texts = DialogueActsTask(**settings), DialogueTask(**settings)
    example = acts.generate(np.random.default_rng(1), "test", 0.5)
    same = texts.generate(np.random.default_rng(1), "test", 0.5)
    assert (example.seed, example.data) == (same.seed, same.data)
    assert acts.fingerprint() == texts.fingerprint() != DialogueTask(domain="train").fingerprint()
    assert set(example.data["goal"]["constraints"][0][1].split()) <= {w for t in TOWNS for w in t.split()} | {
        "monday", "friday", "sunday", "morning", "afternoon", "evening",
    }  # fmt: skip


def test_an_environment_takes_a_folder(folder):
    env = DialogueEnv(domain="hotel", database=f"multiwoz:{folder}")
    env.reset(seed=0)
    answer = env.step("SEARCH stars=0")[0]
    assert answer.startswith(
        "[database] 12 found, first 3:\n[database] 1 inn 00 | area=north | price=cheap | stars=0"
    )


def test_a_tilde_stands_for_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert read(f"multiwoz:~/{folder.name}", "train") == read(f"multiwoz:{folder}", "train")


def test_a_file_that_is_written_again_is_read_again_by_what_is_made_then(folder):
    old = DialogueTask(domain="hotel", database=f"multiwoz:{folder}")
    (folder / "hotel_db.json").write_text(json.dumps([hotel(i) for i in range(7, 9)]))
    new = DialogueTask(domain="hotel", database=f"multiwoz:{folder}")
    assert [e.name for e in new.scene.draw_database(3).entities] == ["inn 07", "inn 08"]
    kept = old.scene.draw_database(3)  # an environment keeps what it was made with, and so do its pickles
    assert len(kept.entities) == len(pickle.loads(pickle.dumps(kept)).entities) == 60
    assert old.fingerprint() != new.fingerprint()
    written_down = pickle.dumps(kept)
    read_multiwoz.cache_clear()  # as in another process
    with pytest.raises(InvalidValue, match="written again since"):
        pickle.loads(written_down)
    (folder / "hotel_db.json").write_text("{")
    with pytest.raises(MalformedData, match="no JSON"):
        DialogueTask(domain="hotel", database=f"multiwoz:{folder}")


def test_rows_without_a_value_and_repeated_names_are_passed_over(tmp_path):
    rows = [hotel(0), {**hotel(1), "phone": "?"}, {**hotel(2), "name": "INN 00"}, hotel(3)]
    del rows[3]["area"]
    (tmp_path / "hotel_db.json").write_text(json.dumps([*rows, hotel(4)]))
    names = [e.name for e in read(f"multiwoz:{tmp_path}", "hotel").entities]
    assert names == ["inn 00", "inn 04"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "no JSON"),
        ('{"a": 1}', "list of objects"),
        ("[]", "no row with values for departure"),
        (json.dumps([{**train(0), "leaveAt": "noon"}]), "leaveAt must be a time"),
        (json.dumps([{**train(0), "price": "free"}]), "price must be such as"),
    ],
)
def test_malformed_files_are_refused(tmp_path, text, message):
    (tmp_path / "train_db.json").write_text(text)
    with pytest.raises(MalformedData, match=message):
        DialogueTask(domain="train", database=f"multiwoz:{tmp_path}")


def test_absent_files_and_unknown_databases_are_refused(tmp_path):
    with pytest.raises(InvalidValue, match=r"train_db\.json.*_db\.json files"):
        DialogueTask(domain="train", database=f"multiwoz:{tmp_path}")
    with pytest.raises(UnknownName, match="'generated' or 'multiwoz:PATH', got 'sgd'"):
        DialogueTask(database="sgd")
