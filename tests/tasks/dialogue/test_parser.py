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
from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.parser import READ_LIMIT, parse

DATABASE = draw_database(0)
NAME = DATABASE.entities[0].name


@pytest.mark.parametrize(
    "text, acts",
    [
        ("SEARCH food=thai area=north", (Search((("food", "thai"), ("area", "north"))),)),
        ("  SEARCH", (Search(()),)),
        ("BOOK 17", (Book(17),)),
        (f"How about {NAME}?", (Offer(NAME),)),
        (f"{NAME.upper()} IS CHEAP", (Offer(NAME), Inform("price", "cheap"))),
        ("The number is 123-4567.", (Inform("phone", "123 4567"),)),
        (
            "It is at 12 mill lane, ab1 2cd.",
            (Inform("address", "12 Mill Lane"), Inform("postcode", "AB1 2CD")),
        ),
        ("Your reference: ABC123", (Inform("reference", "ABC123"),)),
        ("Sorry, there is no cheap Thai restaurant.", (NoMatch(),)),
        ("I could not find a match, but they serve Greek food.", (NoMatch(), Inform("food", "greek"))),
        ("Which area and what price range?", (Request("area"), Request("price"))),
        ("How many people? At what time?", (Request("people"), Request("time"))),
        ("Do you want Korean food?", (Confirm("food", "korean"),)),
        ("Should it be Korean?", (Confirm("food", "korean"),)),
        ("Is the price range cheap, moderate or expensive?", (Request("price"),)),
        ("How about Thai food, and which area?", (Confirm("food", "thai"), Request("area"))),
        ("It is in the CENTER", (Inform("area", "centre"),)),
        ("Ｔｈａｉ！", (Inform("food", "thai"),)),
        ("Is there anything else?", (AnythingElse(),)),
        ("Shall I book a table?", (AnythingElse(),)),
        ("Goodbye", (Bye(),)),
        ("search food=thai", (Inform("food", "thai"),)),
        ("", (Unclear(),)),
        ("\ud800 \x00 \u202e ١٢٣ ٤٥٦٧", (Unclear(),)),
    ],
)
def test_known_messages(text, acts):
    assert parse(text, DATABASE) == acts


@pytest.mark.parametrize(
    "text, words",
    [
        ("SEARCH thai", "slot=value"),
        ("SEARCH name=thai", "food, area, price"),
        ("SEARCH food=pizza", "italian"),
        ("SEARCH food=thai food=greek", "twice"),
        ("SEARCH food=" + "x" * 1000, "..."),
        ("BOOK", "one id"),
        ("BOOK the first", "one id"),
        ("BOOK 1 2", "one id"),
        ("BOOK ٣", "one id"),
        ("BOOK " + "9" * 5000, "one id"),
    ],
)
def test_malformed_commands_say_what_is_wrong(text, words):
    (act,) = parse(text, DATABASE)
    assert isinstance(act, Malformed)
    assert words in act.reason
    assert len(act.reason) < 200


def test_offers_stand_in_the_order_of_the_text():
    first, second = DATABASE.entities[30].name, DATABASE.entities[2].name
    assert parse(f"I would take {first}, not {second}.", DATABASE) == (Offer(first), Offer(second))


def test_a_repeated_command_is_read_each_time():
    assert parse("SEARCH\nBOOK 1\nSEARCH", DATABASE) == (Search(()), Book(1), Search(()))


def test_only_three_commands_of_a_message_are_read():
    acts = parse("\n".join(f"BOOK {n}" for n in range(1, 100)), DATABASE)
    assert acts[:3] == (Book(1), Book(2), Book(3))
    assert [type(a) for a in acts[3:]] == [Malformed]


@pytest.mark.parametrize("filler", ["no ", "a.", "SEARCH\n", "1"])
def test_what_stands_behind_the_limit_is_not_read(filler):
    heard = (filler * READ_LIMIT)[:READ_LIMIT]
    assert parse(f"{heard}.\nGoodbye.\n{filler * 400_000}", DATABASE) == parse(heard, DATABASE)
    assert Bye() in parse(f"{heard[:-20]}.\nGoodbye.\n", DATABASE)
