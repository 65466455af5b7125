"""Extractive summarization: the reward against rouge-score at every step, the budget, the features."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.errors import InvalidValue
from textgym.metrics.rouge import rouge
from textgym.protocols import Example
from textgym.tasks.extractive_summarization import SENTENCE_FEATURES, ExtractiveSummarizationTask
from textgym.tasks.summarization import SummarizationTask

TEXT = "The cat sat on the mat. Dogs ran. The mat was red in 1999. Nobody Knows Anna."


def example(text=TEXT, references=("A cat sat on a red mat.",)):
    return Example("x/0", f"Summarize in at most 12 words:\n{text}", references, "g")


@pytest.fixture(scope="module")
def task():
    return ExtractiveSummarizationTask(max_words=12, max_sentences=5)


def play(task, state, actions):
    """The steps of some actions."""
    steps = []
    for action in actions:
        assert task.mask(state)[action]
        steps.append(task.step(state, action))
        state = steps[-1].state
    return steps


def table(task, state):
    return task.vector(state)[:-2].reshape(task.max_sentences, len(SENTENCE_FEATURES))


def test_sentences_within_the_budget_are_legal_and_stopping_always(task):
    state = task.start(example())
    assert state.document.words.tolist() == [6, 2, 6, 3]
    assert task.mask(state).tolist() == [True, True, True, True, False, True]
    state = task.step(state, 2).state
    assert task.mask(state).tolist() == [True, True, False, True, False, True]
    state = task.step(state, 1).state
    assert task.mask(state).tolist() == [False, False, False, True, False, True]


def test_the_episode_ends_when_nothing_else_fits_or_by_stopping(task):
    first, second = play(task, task.start(example()), [2, 0])
    assert (first.terminated, second.terminated) == (False, True)
    (stopped,) = play(task, task.start(example()), [task.stop])
    assert (stopped.terminated, stopped.reward) == (True, 0.0)
    assert stopped.metrics == {"rouge1": 0, "rouge2": 0, "rougeL": 0, "words": 0, "sentences": 0}


def test_the_summary_keeps_the_order_of_the_text(task):
    steps = play(task, task.start(example()), [3, 1])
    assert steps[-1].state.summary == "Dogs ran. Nobody Knows Anna."
    other = play(task, task.start(example()), [1, 3])
    assert other[-1].state.score == steps[-1].state.score


def test_rewards_by_hand(task):
    # ROUGE-1: 4 of 6 tokens of "the cat sat on the mat" in the 7 of "a cat sat on a red mat"; ROUGE-2: 2 of 5 in 6.
    (step,) = play(task, task.start(example()), [0])
    rouge1, rouge2 = 2 * 4 / (6 + 7), 2 * 2 / (5 + 6)
    assert step.reward == pytest.approx((rouge1 + rouge2) / 2)


def test_a_pick_that_does_not_help_costs(task):
    steps = play(task, task.start(example()), [0, 1])
    assert steps[1].reward < 0


TOKEN = st.sampled_from(["cats", "cat", "sat", "mats", "the", "Running", "run", "2", "ß", "—"])
SENTENCE = st.lists(TOKEN, min_size=1, max_size=5).map(lambda words: f"X{' '.join(words)}.")


@given(st.lists(SENTENCE, max_size=6), st.lists(SENTENCE, min_size=1, max_size=3), st.randoms())
def test_the_score_equals_rouge_score_at_every_step(parts, references, random):
    task = ExtractiveSummarizationTask(max_words=12, max_sentences=6)
    state = task.start(example(" ".join(parts), tuple(references)))
    total, over = 0.0, False
    while not over:
        step = task.step(state, random.choice(np.flatnonzero(task.mask(state)).tolist()))
        state, over, total = step.state, step.terminated, total + step.reward
        scores = rouge(state.summary, references)
        assert state.counters[0].fmeasure == scores.rouge1
        assert state.counters[1].fmeasure == scores.rouge2
        assert total == pytest.approx((scores.rouge1 + scores.rouge2) / 2)
        assert state.words <= 12
    assert step.metrics["rougeL"] == scores.rougeL
    assert step.metrics["sentences"] == len(state.picked)


def test_features_of_sentences_by_hand(task):
    state = task.start(example())
    fresh = table(task, state)
    column = {name: fresh[:, i].tolist() for i, name in enumerate(SENTENCE_FEATURES)}
    assert column["present"] == [1, 1, 1, 1, 0]
    assert column["picked"] == column["repeats"] == [0] * 5
    assert column["fits"] == [1, 1, 1, 1, 0]
    assert column["words"] == pytest.approx([6 / 12, 2 / 12, 6 / 12, 3 / 12, 0])
    assert column["position"] == pytest.approx([0, 1 / 3, 2 / 3, 1, 0])
    assert max(column["rank"]) == 1
    assert column["rank"][0] == column["rank"][2] > column["rank"][1]
    assert column["digits"] == pytest.approx([0, 0, 1 / 6, 0, 0])
    assert column["capitals"] == pytest.approx([0, 0, 0, 1, 0])
    later = task.step(state, 0).state
    changed = table(task, later)
    # "the" and "mat" of the, mat, was, red, in, 1999.
    assert changed[:, 8] == pytest.approx([1, 0, 2 / 6, 0, 0])
    assert changed[:, 1].tolist() == [1, 0, 0, 0, 0]
    assert task.vector(later)[-2:] == pytest.approx([6 / 12, 1 / 5])


def test_a_language_model_reads_numbered_sentences(task):
    state = play(task, task.start(example()), [1])[0].state
    assert task.features(state) == (
        "Summarize in at most 12 words:\n1. The cat sat on the mat.\n2*. Dogs ran.\n"
        "3. The mat was red in 1999.\n4. Nobody Knows Anna.\nPicked: 2. Words left: 10."
    )
    assert task.action_name(state, 2) == "3. The mat was red in 1999."
    assert task.action_name(state, task.stop) == "stop"


def test_a_text_without_sentences_can_only_be_left(task):
    state = task.start(example(" "))
    assert np.flatnonzero(task.mask(state)).tolist() == [task.stop]
    assert not task.vector(state).any()
    assert task.step(state, task.stop).terminated


def test_sentences_beyond_the_limit_cannot_be_picked():
    task = ExtractiveSummarizationTask(max_words=12, max_sentences=2)
    assert task.start(example()).document.sentences == ("The cat sat on the mat.", "Dogs ran.")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (0, "at least 1, got 0"),
        ("3", "an integer, got '3'"),
        (2.5, "an integer, got 2.5"),
        (None, "an integer"),
    ],
)
def test_the_limit_of_sentences_counts(wrong, message):
    with pytest.raises(InvalidValue, match=f"max_sentences must be {message}"):
        ExtractiveSummarizationTask(max_sentences=wrong)


def test_examples_are_those_of_summarization(tmp_path):
    rows = [{"source": f"Text {i}. More.", "target": f"Gist {i}."} for i in range(20)]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for source in ("generated", f"jsonl:{path}"):
        mine, other = ExtractiveSummarizationTask(source), SummarizationTask(source)
        assert mine.fingerprint() == other.fingerprint()
        if mine.finite:
            assert mine.examples("train") == other.examples("train")
        else:
            drawn = [t.generate(np.random.default_rng(1), "test", 0.5) for t in (mine, other)]
            assert drawn[0] == drawn[1]


def test_generated_reports_fit_the_default_number_of_sentences():
    task, rng = ExtractiveSummarizationTask(), np.random.default_rng(0)
    for _ in range(50):
        drawn = task.generate(rng, "train", 1.0)
        whole = ExtractiveSummarizationTask(max_sentences=99).start(drawn).document.sentences
        assert task.start(drawn).document.sentences == whole
