"""Mending by counts: each kind of error in a small language, and scores that do not depend on the way to a text."""

from itertools import product
from math import log

import pytest

from textgym.metrics.word_neighbours import END, START
from textgym.tasks.draft_mending import DraftSearch, Mender, join, tokens

NOUNS = {"dog": ("der", "Hund"), "cat": ("die", "Katze"), "horse": ("das", "Pferd"), "cow": ("die", "Kuh")}
VERBS = {"sleeps": "schläft", "sings": "singt", "waits": "wartet"}
PAIRS = [
    (f"Today the {noun} of {name} {verb}.", f"Heute {said} {article} {word} von {name}.")
    for (noun, (article, word)), (verb, said) in product(NOUNS.items(), VERBS.items())
    for name in ("Anna", "Max")
]
MENDER = Mender(PAIRS)
SOURCE, RIGHT = "Today the horse of Zoë sings.", "Heute singt das Pferd von Zoë."


@pytest.mark.parametrize(
    "draft",
    [
        RIGHT,
        "Heute singt die Pferd von Zoë.",  # a wrong form
        "Heute singt das Hund von Zoë.",  # a wrong word
        "Heute singt das Pferd Zoë.",  # a word lost
        "Heute singt das Pferd von von Zoë.",  # a word too often
        "Heute singt das von Pferd Zoë.",  # neighbours swapped
        "Heute singt das Pferd von.",  # a name that was never seen lost
        "Heute singt das Pferd von Zoë Zoë.",
        "heute wartet die das von Zoë",  # several
    ],
)
def test_each_kind_of_error_is_mended(draft):
    assert MENDER(SOURCE, draft, 1) == [RIGHT]


def test_texts_are_distinct_and_at_most_k():
    found = MENDER(SOURCE, "Heute singt die Hund von Zoë.", 5)
    assert len(set(found)) == len(found) == 5
    assert found[0] == RIGHT
    assert {text[-1] for text in MENDER("Does it sing?", "Heute.", 3)} == {"?"}


def test_the_score_of_a_text_is_that_of_its_parts():
    source, text = tokens("Today the horse of Zoë sings for Ada"), tokens("Heute singt das Pferd von Zoë.")
    masked = ["=" if word == "Zoë" else word for word in text]
    framed = [START, START, *masked, END]
    expected = sum(MENDER.neighbours.log_score(*framed[i : i + 3]) for i in range(len(framed) - 2))
    heard = ["Today", "the", "horse", "of", "=", "sings", "for"]
    for word in masked:
        # "Zoë" is not what Ada says; any other word may be.
        said = sum(MENDER.forward.probability(word, o) for o in [*heard, *(["="] if word != "=" else [])])
        expected += 0.5 * log((1e-4 + said) / 8)
    for origin in ["Today", "the", "horse", "of", "sings", "for"]:
        expected += 3 * log(1e-4 + sum(MENDER.backward.probability(origin, word) for word in masked))
    expected += 3 * (log(1e-4 + 1) + log(1e-4))  # Zoë is there, Ada is not
    assert DraftSearch(MENDER, source, text).score(text) == pytest.approx(expected)


def test_each_edit_costs_three_and_changes_the_score_as_if_made_anew():
    source, draft = tokens("Today the horse of Zoë sings."), tokens("Heute singt Zoë das von Pferd.")
    search = DraftSearch(MENDER, source, draft)
    found = dict(search.one_edit_away(draft, 100.0))
    difference = 100.0 - search.score(draft)
    assert len(found) > 30
    assert {len(text) - len(draft) for text in found} == {-1, 0, 1}
    for text, score in found.items():
        assert score == pytest.approx(search.score(text) + difference - 3, abs=1e-9)


def test_a_name_said_too_often_costs_six():
    def scores(source):
        search = DraftSearch(MENDER, tokens(source), ("Heute",))
        return search.score(("Heute", "Zoë")) - search.score(("Heute", "Zoë", "Zoë"))

    # Said twice in the source, it is not too often; nothing else of the score tells the two sources apart.
    assert scores("the horse of Zoë") == pytest.approx(6 + scores("the horse of Zoë Zoë"))


def test_names_are_kept_and_words_are_not():
    assert MENDER.copies(tokens("Today the horse of Zoë and Anna sings.")) == {"Zoë", "Anna"}
    assert MENDER.copies(tokens("the %(n)s of page 7, quickly")) == {"%(n)s", "7"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Der Hund, schläft.", ("Der", "Hund", "\u2060,", "schläft", "\u2060.")),
        ("¿Quién canta?", ("¿\u2060", "Quién", "canta", "\u2060?")),
        ("L'homme vient ?", ("L'\u2060", "homme", "vient", "?")),
        ("Paul's dogs.", ("Paul", "\u2060's", "dogs", "\u2060.")),
        ("%(name)s: 3.5", ("%(name)s", "\u2060:", "3.5")),
    ],
)
def test_tokens_by_hand_and_back(text, parts):
    assert tokens(text) == parts
    assert join(parts) == text


def test_without_counts_words_are_left_out_or_swapped():
    found = Mender([])("The dog.", "dog The.", 30)
    assert len(found) > 5
    assert {word for text in found for word in text.replace(".", " ").split()} == {"Dog", "dog", "The"}
