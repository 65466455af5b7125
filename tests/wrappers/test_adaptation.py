"""Replies made over for another text: known words in known places."""

import gymnasium as gym
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.protocols import Example
from textgym.registration import env_ids
from textgym.wrappers.adaptation import Source, adapt, common_words
from textgym.wrappers.proposers import Adapted, Retrieval

VAIX = "Storm Vaix hit Bixford on Monday. It damaged 12 houses and hurt 3 people."
ORLU = (
    "A quiet week, with 40 calls. Storm Orlu hit Pimton on Friday. It damaged 250 houses and hurt 7 people."
)


def adapted(reply, there, here):
    return adapt(reply, Source(there), Source(here)).text


@pytest.mark.parametrize(
    "reply, expected",
    [
        ("Storm Vaix.", "Storm Orlu."),
        ("In Bixford, on Monday!", "In Pimton, on Friday!"),
        ("12 houses.", "250 houses."),
        ("It hurt 3 people and damaged 12 houses", "It hurt 7 people and damaged 250 houses"),
        ("VAIX, 3", "Orlu, 7"),
        ("Nothing is known.", "Nothing is known."),
    ],
)
def test_names_and_numbers_change_to_those_in_the_same_place(reply, expected):
    assert adapted(reply, VAIX, ORLU) == expected


@pytest.mark.parametrize(
    "reply, there, here, expected",
    [
        # Several words are taken together where they stand together.
        (
            "Ada Bell.",
            "The mayor is Ada Bell of Rix.",
            "Mr Cole Dunn and the mayor, Eve Fox of Rix.",
            "Eve Fox.",
        ),
        ("Bell, Ada", "Of Ada Bell it tells.", "Of Eve Fox it tells.", "Fox, Eve"),
        ("Ada, Bell", "Of Ada Bell it tells.", "Of Eve Fox it tells.", "Eve, Fox"),
        ("Rix Monday", "He is in Rix. Monday is free.", "He is in Pim. Friday is free.", "Pim Friday"),
        ("Ada Bell", "The mayor Ada Bell came.", "The mayor Eve. Fox came for Cole Dunn.", "Cole Dunn"),
        ("Bell Ada", "Of Ada Bell it tells.", "Of Eve Fox it tells.", "Fox Eve"),
        # The nearer neighbour counts more: 1 against 1/2 + 1/3.
        ("9", "a b c 9", "a b x 1 then c 2", "2"),
        # Both sides count: 1 against 1 + 1/2.
        ("9", "c 9 d e", "c 1 x, c 2 x e", "2"),
        # The earlier of two that are equally alike, and the first of the shape if nothing is alike.
        ("9", "c 9 d", "x c 1 y c 2 y", "1"),
        ("9", "c 9 d", "x 1 y z 2 v", "1"),
        # Beyond the ends of a text stands nothing.
        ("9", "c 9", "c x 1 y c z 2", "1"),
        ("9", "9 c", "c 1 x 2 c", "2"),
        # Another place of the same word may be the one that is alike.
        ("9", "p 9 q r s c 9 d", "u 1 v w c 2 d", "2"),
        # Only words of the same shape take its place.
        ("bus", "The bus burns.", "The Orlu burns, the 12 burns. A tram halts in the town.", "town"),
        ("12", "He paid 12 crowns.", "He paid many crowns.", "12"),
        ("12 crowns", "He paid 12 crowns.", "She pays 30 euros.", "30 euros"),
        # Separators within a number do not part it, those at its end do not belong to it.
        ("12,400.", "A crowd of 12,400.", "A crowd of 900, no more.", "900."),
        ("9.5 m", "It is 9.5 m long.", "It is 7 m long.", "7 m"),
        ("O'Neil, O’Hara", "By O'Neil with O’Hara.", "By Bo with Di.", "Bo, Di"),
        ("3-1", "It was 3-1.", "It was 2-0.", "2-0"),
        # A capital at the beginning stays one.
        ("A school.", "It helps a school.", "It helps the choir.", "The choir."),
    ],
)
def test_the_analogous_place(reply, there, here, expected):
    assert adapted(reply, there, here) == expected


@pytest.mark.parametrize(
    "reply, there, here, expected",
    [
        ("", "a", "b", ""),
        ("Vaix", "", "Orlu", "Vaix"),
        ("Vaix", "Vaix", "", "Vaix"),
        ("Vaix", "Vaix", "...", "Vaix"),
        ("", "", "", ""),
    ],
)
def test_without_words_nothing_changes(reply, there, here, expected):
    assert adapted(reply, there, here) == expected


@pytest.mark.parametrize(
    "reply, there, here, expected",
    [
        ("Über Łódź: ٣", "Zug nach Łódź um ٣ Uhr", "Zug nach Århus um ٥ Uhr", "Über Århus: ٥"),
        ("straße", "die STRASSE brennt", "die Brücke brennt", "Brücke"),
        ("ß", "der ẞ!", "der Ä!", "Ä"),
        ("東京です", "明日 東京です か", "明日 大阪です か", "大阪です"),
        ("\ud800 9 \U0001f600", "\ud800 9", "\ud800 1\x00", "\ud800 1 \U0001f600"),
    ],
)
def test_other_scripts_and_broken_unicode(reply, there, here, expected):
    assert adapted(reply, there, here) == expected


def test_common_words_stand_in_more_than_half_of_the_texts_and_are_never_replaced():
    texts = ["In the town the", "the river IN", "a river", "The 12,400"]
    assert common_words(texts) == {"the"}
    assert common_words([*texts, "in"]) == {"in", "the"}
    assert common_words([]) == frozenset()
    there, here = Source("We saw rain in Vaix."), Source("We saw rain on Orlu.")
    assert adapt("In Vaix.", there, here).text == "On Orlu."
    assert adapt("In Vaix.", there, here, common={"in"}).text == "In Orlu."


@pytest.mark.parametrize(
    "reply, there, here, expected",
    [
        # Neighbours at distances 1, 2 and 3 count 1, 1/2 and 1/3, on both sides.
        ("9", "a b c 9 d e f", "a b c 1 d e f", 1),
        ("9", "a b c 9 d e f", "x b x 1 d x x", (1 / 2 + 1) / (11 / 3)),
        ("9", "a b c 9 d e f", "a x x 1 x x x", 1 / 3 / (11 / 3)),
        ("9", "9 c", "c 7", 0),
        # The least of several replacements.
        ("Vaix and 9", "a b c 9 d e f Vaix x", "a b c 1 d e f g Orlu", 0),
        ("9 and Vaix", "a b c 9 d e f Vaix x", "a b c 1 d e f g Orlu", 0),
        ("9", "a 9", "Orlu a", 0),
        ("a", "a 9", "a 1", 1),
    ],
)
def test_sureness_is_the_share_of_alike_neighbours_in_the_least_alike_place(reply, there, here, expected):
    assert adapt(reply, Source(there), Source(here)).sureness == pytest.approx(expected)


WORDS = st.sampled_from(["on", "On", "Vaix", "Orlu", "12", "7,000", "hit", "it", "ß", "", "-", "(%s)"])
TEXTS = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=40))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(reply=TEXTS, there=TEXTS, here=TEXTS)
def test_nothing_is_replaced_when_all_words_stand_here(reply, there, here):
    assert adapted(reply, there, f"{here} {reply}") == reply
    assert adapted(reply, here, here) == reply


@settings(max_examples=300, deadline=None, derandomize=True)
@given(reply=TEXTS, there=TEXTS, here=TEXTS)
def test_every_new_word_is_taken_from_here(reply, there, here):
    known = set(Source(reply).words) | set(Source(here).words)
    result = adapted(reply, there, here)
    # A letter that changes its number with its case may make another word.
    if result.isascii():
        assert set(Source(result).words) <= known


def example(number, prompt, reply, group=""):
    return Example(str(number), prompt, (reply,), group=group or str(number))


def talk(text):
    return ({"role": "user", "content": text},)


def test_distinct_adapted_answers_of_the_nearest_examples():
    index = Retrieval(
        [
            example(1, f"Name the storm:\n{VAIX}", "Storm Vaix."),
            example(2, f"Name the storm:\n{VAIX.replace('Vaix', 'Mell')}", "Storm Mell."),
            example(3, "Name the storm:\nBoth ships sank.", "Both ships."),
            example(4, f"Name the town:\n{ORLU}", "In Pimton."),
        ]
    )
    propose = Adapted(index)
    asked = f"Name the storm:\n{ORLU}"
    assert index([talk(asked)], 8, [0])[0][-1] == "Both ships."
    assert propose([talk(asked)], 8, [0]) == [["Storm Orlu.", "A quiet."]]
    assert propose([talk(asked), talk("Name the town:\nIt hit Hix")], 1, [0, 0]) == [
        ["Storm Orlu."],
        ["In Hix."],
    ]


def test_the_most_promising_come_first():
    index = Retrieval(
        [
            example(1, "Where?\nAnd so in the long night it rained at sea and near Vaix.", "Near Vaix."),
            example(2, "Where?\nAnd so in the night.", "Nowhere."),
            example(3, "Where?\nWe heard that in Mell it will rain.", "At Mell."),
            example(4, "Where?\nAnd so.", "No."),
        ]
    )
    asked = "Where?\nAnd so in the long night it rained at sea. We heard that in Orlu it has rained."
    likeness = [near for _, near in index.nearest(asked)]
    assert likeness == pytest.approx([0.769, 0.567, 0.478, 0.255], abs=5e-4)
    assert index([talk(asked)], 8, [0]) == [["Near Vaix.", "At Mell.", "Nowhere.", "No."]]
    # 0.567 x (1 + 17/22), 0.478 x 2, 0.769 x 1, 0.255 x 2
    assert Adapted(index)([talk(asked)], 8, [0]) == [["At Orlu.", "Nowhere.", "In Orlu.", "No."]]
    assert Adapted(index)([talk(asked)], 2, [0]) == [["At Orlu.", "In Orlu."]]


def test_an_answer_promises_what_its_most_promising_example_does():
    index = Retrieval(
        [
            example(1, "Where?\nit rained in Vaix all day.", "In Vaix."),
            example(2, "Where?\nit hailed in Mell yet.", "At Mell."),
            example(3, "Where?\nshe went to Nib.", "In Nib."),
        ]
    )
    asked = talk("Where?\nit rained in Orlu all day.")
    assert index([asked], 8, [0]) == [["In Vaix.", "At Mell.", "In Nib."]]
    assert Adapted(index)([asked], 8, [0]) == [["In Orlu.", "At Orlu."]]


def test_at_most_five_answers_are_made_for_each_candidate():
    def event(number, place):
        return example(number, f"Where?\nIt rained {'long ' * number}in {place}.", f"In {place}.")

    # Eleven nearest examples tell the same; the twelfth, which tells something else, is not reached for two.
    index = Retrieval([*(event(i, f"Rix{'abcdefghijkl'[i]}") for i in range(1, 12)), event(60, "the night")])
    asked = talk("Where?\nIt rained in Bixford.")
    assert Adapted(index)([asked], 2, [0]) == [["In Bixford."]]
    assert len(Adapted(index)([asked], 3, [0])[0]) == 2


def test_nothing_is_adapted_from_the_own_group():
    own = example(1, "Who?\nAda came.", "Ada", "a")
    index = Retrieval(
        [
            own,
            example(2, "Who?\nAda came. Eve left.", "Ada left", "a"),
            example(3, "Who?\nBo ran.", "Bo", "b"),
        ]
    )
    assert Adapted(index)([talk(own.prompt)], 8, [0]) == [["Ada"]]
    with pytest.raises(ValueError, match="own group"):
        Adapted(Retrieval([own]))([talk(own.prompt)], 8, [0])


def test_the_choice_view_offers_adapted_answers():
    env_id = "textgym/QueryFocusedSummarization-choice-v0"
    adapted, found = (gym.make(env_id, split="test", proposer=name) for name in ("adapted", "retrieval"))
    message = adapted.reset(seed=2)[1]["conversation"][0]["content"]
    assert message.startswith("Answer the query in at most 30 words: Where did it happen?\n")
    assert "the river Cairen on Monday. The place was a bend of the water near Lallmere." in message
    assert adapted.reset(seed=2)[1]["candidates"] == (
        "In the river Cairen near Lallmere.",
        "In the river Cairen near Monday.",
    )
    assert found.reset(seed=2)[1]["candidates"][0] == "In the river Trirden near Zebton."
    assert adapted.step(0)[1] == pytest.approx(1.0)


@pytest.mark.parametrize("env_id", env_ids("choice"))
@pytest.mark.parametrize("proposer", ["adapted", "adapted-last-line"])
def test_adapted_answers_are_offered_where_retrieval_is_and_refused_in_its_words(proposer, env_id):
    def outcome(name):
        try:
            return gym.make(env_id, proposer=name, disable_env_checker=True).reset(seed=1)[1]["candidates"]
        except ValueError as error:
            return str(error)

    found, adapted = outcome("retrieval"), outcome(proposer)
    if isinstance(found, str):
        assert adapted == found
    else:
        assert 1 <= len(adapted) <= 8
        assert len(set(adapted)) == len(adapted)
        assert adapted != found
