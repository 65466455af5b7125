"""Noise hides what users mean and changes nothing of it."""

from itertools import pairwise

import numpy as np
import pytest

from textgym.errors import InvalidValue
from textgym.tasks.dialogue.acts import Affirm, Bye, Inform, Request
from textgym.tasks.dialogue.acts_task import DialogueActsTask
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.lexicon import FILLERS, lexicon, spelled, words_in
from textgym.tasks.dialogue.noise import blurred, misheard, noisy_sentences
from textgym.tasks.dialogue.notebook import take_notes
from textgym.tasks.dialogue.task import DialogueTask

RESTAURANT, TRAIN = DOMAINS["restaurant"], DOMAINS["train"]
ACTS = (Inform("food", "thai"), Affirm(), Request("phone"), Bye())


def prompts(n=150, **settings):
    task, rng = DialogueTask(**settings), np.random.default_rng(0)
    return [task.generate(rng, "train", 0.2).prompt for _ in range(n)]


def test_without_noise_the_words_are_those_of_the_default():
    assert prompts(20, noise=0.0) == prompts(20)
    assert prompts(20, noise=0.5) != prompts(20)


def test_noise_raises_fillers_slips_and_misspelt_words():
    known = lexicon(RESTAURANT)

    def counts(noise):
        texts = prompts(noise=noise)
        fillers = sum(f.lower() in t.lower() for t in texts for f in FILLERS)
        slips = sum("I mean" in t for t in texts)
        wrong = sum(w not in known and w != "user" for t in texts for w in words_in(t))
        return fillers, slips, wrong

    assert counts(0.0) == (0, 0, 0)
    for less, more in pairwise(counts(noise) for noise in (0.0, 0.4, 1.0)):
        assert all(a < b for a, b in zip(less, more, strict=True))


def test_noise_makes_direct_users_indirect():
    rng = np.random.default_rng(0)
    texts = [
        noisy_sentences([Inform("area", "north")], rng, RESTAURANT, indirect=0.0, noise=1.0, opening=False)[
            -1
        ]
        for _ in range(400)
    ]
    hinted = np.mean(["northern" in t or "uptown" in t for t in texts if "I mean" not in t])
    assert hinted == pytest.approx(0.5, abs=0.08)


def test_a_slip_is_taken_back_in_words_that_are_understood():
    rng, seen = np.random.default_rng(1), 0
    for _ in range(200):
        sentences = noisy_sentences(
            [Inform("destination", "dunmere")], rng, TRAIN, indirect=0.0, noise=1.0, opening=False
        )
        message = {"role": "user", "content": "[user] " + " ".join(sentences)}
        assert take_notes((message,), TRAIN).wishes == {"destination": "dunmere"}
        seen += len(sentences) == 2 and sentences[1] == "No, I mean to Dunmere."
    assert 0.2 < seen / 200 < 0.4


def test_one_letter_is_wrong_in_a_misspelt_word():
    rng = np.random.default_rng(2)
    texts = {blurred(["expensive"], rng, 1.0).split(", ")[-1] for _ in range(300)}
    assert "expensive" in texts
    assert all(abs(len(t) - len("expensive")) <= 1 for t in texts)
    assert {"expnsive", "exxpensive", "epxensive"} <= texts
    assert {spelled(t, RESTAURANT) for t in texts} == {"expensive"}


def test_what_could_be_two_words_or_is_short_is_not_corrected():
    assert spelled("itallian nroth thia", RESTAURANT) == "italian north thia"
    assert spelled("zzzzz best", RESTAURANT) == "zzzzz best"
    # One letter from "could" and from "would".
    assert spelled("xould", RESTAURANT) == "xould"


def test_acts_are_lost_and_misheard_as_often_as_documented():
    rng, n = np.random.default_rng(0), 6000
    heard = [misheard(ACTS[:1], rng, RESTAURANT, 1.0) for _ in range(n)]
    assert np.mean([h == () for h in heard]) == pytest.approx(0.1, abs=0.015)
    wrong = [h[0] for h in heard if h and h != ACTS[:1]]
    assert len(wrong) / n == pytest.approx(0.1, abs=0.015)
    assert {a.slot for a in wrong} == {"food"}
    assert {a.value for a in wrong} == set(RESTAURANT.values["food"]) - {"thai"}


def test_goodbyes_are_always_understood_and_half_the_noise_errs_half_as_often():
    rng = np.random.default_rng(0)
    assert all(misheard(ACTS, rng, RESTAURANT, 1.0)[-1] == Bye() for _ in range(100))
    errors = np.mean([misheard(ACTS[:1], rng, RESTAURANT, 0.5) != ACTS[:1] for _ in range(4000)])
    assert errors == pytest.approx(0.1, abs=0.02)
    assert misheard(ACTS, rng, RESTAURANT, 0.0) == ACTS


@pytest.mark.parametrize("domain", list(DOMAINS))
def test_the_expert_understands_noisy_words(domain):
    task, rng = DialogueTask(domain=domain, noise=1.0, goal_change=0.5), np.random.default_rng(0)
    won = []
    for _ in range(25):
        example = task.generate(rng, "train", 0.5)
        won.append(task.judge([(example, expert_conversation(example, task))])[0].metrics["success"])
    assert np.mean(won) > 0.8


def test_mishearing_is_the_same_again_and_differs_from_turn_to_turn():
    task = DialogueActsTask(noise=1.0)
    examples = [task.generate(np.random.default_rng(i), "train", 0.0) for i in range(60)]
    first, again = ([task.start(e).belief.answer for e in examples] for _ in range(2))
    clear = [DialogueActsTask().start(e).belief.answer for e in examples]
    assert first == again
    assert 0.1 < np.mean([a != b for a, b in zip(first, clear, strict=True)]) < 0.8


@pytest.mark.parametrize("value", [-0.1, 1.5, "much", True, None])
def test_noise_out_of_range_is_refused(value):
    with pytest.raises(InvalidValue, match=r"noise must be a number in \[0, 1\]"):
        DialogueTask(noise=value)
