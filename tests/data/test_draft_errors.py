"""Each kind of error does what it says; drafts differ from their text and depend on the random state alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data import draft_errors
from textgym.data.draft_errors import KINDS, make_draft
from textgym.data.synchronous_grammar import LANGUAGES, SynchronousGrammar

WORDS = ["Der", "Hund", "von", "%(name)s", "schläft."]


def outcomes(error, words=WORDS, language="de"):
    made = [error(words, np.random.default_rng(seed), language) for seed in range(60)]
    return {" ".join(m) if m else None for m in made}


def test_dropping_repeating_and_swapping_by_hand():
    two = ["Hund", "schläft."]
    assert outcomes(draft_errors.drop_word, two) == {"Hund", "schläft."}
    assert outcomes(draft_errors.repeat_word, two) == {"Hund Hund schläft.", "Hund schläft schläft."}
    assert outcomes(draft_errors.swap_words, two) == {"schläft. Hund"}
    assert outcomes(draft_errors.lose_placeholder) == {"Der Hund von schläft."}


def test_agreement_by_hand():
    der = {f"{form} Hund von %(name)s schläft." for form in ("Die", "Das", "Den", "Dem", "Des")}
    assert outcomes(draft_errors.break_agreement) == der
    assert outcomes(draft_errors.break_agreement, ["Elle", "a", "dormi."], "fr") == {
        f"Elle {form} dormi." for form in ("ai", "as", "avons", "ont")
    }


def test_a_wrong_word_is_a_noun_of_the_same_gender():
    changed = outcomes(draft_errors.choose_wrong_word)
    assert len(changed) > 10
    assert all(c.startswith("Der ") and c.endswith(" von %(name)s schläft.") for c in changed)
    assert "Der Lehrer von %(name)s schläft." in {
        " ".join(draft_errors.choose_wrong_word(WORDS, np.random.default_rng(s), "de") or ())
        for s in range(600)
    }
    assert not any("Katze" in c for c in changed)


@pytest.mark.parametrize(
    "error, words, language",
    [
        (draft_errors.drop_word, ["Ja."], "de"),
        (draft_errors.swap_words, ["Ja."], "de"),
        (draft_errors.swap_words, ["ja", "ja"], "de"),
        (draft_errors.lose_placeholder, ["Ja."], "de"),
        (draft_errors.lose_placeholder, ["%s"], "de"),
        (draft_errors.break_agreement, ["Der", "Hund"], "nl"),
        (draft_errors.choose_wrong_word, ["Hund"], "nl"),
    ],
)
def test_what_cannot_be_done_is_not_done(error, words, language):
    assert outcomes(error, words, language) == {None}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.sampled_from(LANGUAGES))
def test_drafts_differ_and_depend_on_the_random_state(seed, difficulty, language):
    text = SynchronousGrammar(language).draw(np.random.default_rng(seed), difficulty).fields["target"]
    drafts = [
        make_draft(text, np.random.default_rng(seed), language=language, difficulty=difficulty)
        for _ in range(2)
    ]
    assert drafts[0] == drafts[1]
    draft, kinds = drafts[0]
    assert draft.split() != text.split()
    assert kinds
    assert set(kinds) <= set(KINDS)


@pytest.mark.parametrize("text", ["Ja.", "%s", "ja ja", "日本語"])
@pytest.mark.parametrize("seed", range(10))
def test_the_shortest_texts_have_drafts(text, seed):
    draft, kinds = make_draft(text, np.random.default_rng(seed), language="ja", difficulty=1.0)
    assert draft not in ("", text)
    assert kinds


def test_difficulty_adds_errors_and_hides_them():
    text = "Weil der Lehrer heute einen Brief schreibt, liest Anna das Buch des Arztes und das Kind schläft."
    numbers, hidden = [], []
    for difficulty in (0.0, 0.5, 1.0):
        kinds = [
            make_draft(text, np.random.default_rng(s), language="de", difficulty=difficulty)[1]
            for s in range(200)
        ]
        numbers.append(np.mean([len(k) for k in kinds]))
        hidden.append(np.mean([np.mean([name in ("agreement", "lexical") for name in k]) for k in kinds]))
    # 1 + binomial(5, 0.75 d): 17 words.
    np.testing.assert_allclose(numbers, [1.0, 2.875, 4.75], atol=0.35)
    assert hidden[0] < hidden[1] < hidden[2]
