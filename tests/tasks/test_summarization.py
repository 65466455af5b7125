"""Prompts, reward and metrics of summarization."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.base import Record
from textgym.protocols import Conversation, Example
from textgym.tasks.summarization import SummarizationTask

TASK = SummarizationTask()
CAT = Example("x", "Summarize ...", ("the cat sat on the mat",), data={"facts": ["cat", "the mat"]})


def judge(task, example, reply):
    conversation: Conversation = (
        {"role": "user", "content": example.prompt},
        {"role": "assistant", "content": reply},
    )
    (turn,) = task.judge([(example, conversation)])
    return turn


def generated(seed, difficulty=0.5):
    return TASK.generate(np.random.default_rng(seed), "train", difficulty)


def wrong_answers(example):
    """Replies that a judge has to put below the reference."""
    (reference,) = example.references
    words = reference.split()
    return {
        "empty": "",
        "copied": example.prompt.split("\n", 1)[1] + " More was not known.",
        "reversed": " ".join(reversed(words)),
        "truncated": " ".join(words[:-3]),
        "doubled": f"{reference} {reference}",
        "other": TASK.generate(np.random.default_rng(10**6), "train", 0.5).references[0],
    }


def test_prompt_of_reports():
    record = Record("r", "g", {"source": "A {n} text.", "target": "T", "facts": json.dumps(["T"])})
    assert TASK.example(record).prompt == "Summarize in at most 30 words:\nA {n} text."
    assert SummarizationTask(max_words=7).example(record).prompt.startswith("Summarize in at most 7 words:\n")


def test_prompt_with_an_aspect(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {"source": "S", "target": "T", "aspect": "outcome", "split": "test"}
    path.write_text(json.dumps(row), encoding="utf-8")
    (example,) = SummarizationTask(f"jsonl:{path}").examples("test")
    assert example.prompt == "Summarize the outcome in at most 60 words:\nS"


def test_prompt_of_functions():
    (example, *_) = SummarizationTask("stdlib").examples("test")
    first, second, *_ = example.prompt.split("\n")
    assert first == "Write the first line of the docstring:"
    assert second.startswith(("def ", "async def "))


@pytest.mark.data
def test_prompt_and_size_of_papers():
    pytest.importorskip("aclsum")
    task = SummarizationTask("aclsum")
    assert [len(task.examples(s)) for s in ("train", "validation", "test")] == [300, 150, 300]
    assert task.examples("train")[0].prompt.startswith("Summarize the challenge in at most 30 words:\n")
    assert max(len(e.references[0].split()) for e in task.examples("train")) <= 30


def test_reward_is_the_mean_of_three_rouge_scores():
    turn = judge(TASK, CAT, "the cat lay on the mat")
    assert turn.metrics["rouge1"] == pytest.approx(5 / 6)
    assert turn.metrics["rouge2"] == pytest.approx(3 / 5)
    assert turn.metrics["rougeL"] == pytest.approx(5 / 6)
    assert turn.reward == pytest.approx((5 / 6 + 3 / 5 + 5 / 6) / 3)
    assert turn.terminated
    assert turn.reply is None


def test_words_after_the_limit_count_neither_way():
    turn = judge(SummarizationTask(max_words=6), CAT, "the cat sat on the mat and stayed there")
    assert (turn.reward, turn.metrics["words"]) == (1.0, 9.0)
    late = judge(SummarizationTask(max_words=6), CAT, "so " * 6 + CAT.references[0])
    assert (late.reward, late.metrics["fact_recall"]) == (0.0, 0.0)


def test_fact_recall_is_a_metric_of_generated_reports_only():
    assert judge(TASK, CAT, "a cat").metrics["fact_recall"] == 0.5
    assert "fact_recall" not in judge(TASK, Example("x", "p", ("r",)), "a cat").metrics


@pytest.mark.parametrize(
    "reply, share",
    [
        ("Rovers beat Hawks", 0.0),  # the first word of a sentence is not read as a name
        (
            "On Monday Rovers beat Lions 3-1",
            2 / 5,
        ),  # Monday, Rovers, Lions, 3 and 1, of which Lions and 3 are invented
        ("nobody won", 0.0),
        ("a bus struck a tram", 1.0),
    ],
)
def test_hallucination_counts_facts_that_the_report_does_not_hold(reply, share):
    report = "Hawks lost 2-1 to Rovers on Monday."
    example = Example("x", f"Summarize ...\n{report}", ("r",), data={"facts": ["Hawks"]})
    assert judge(TASK, example, reply).metrics["hallucination"] == pytest.approx(share)


def test_hallucination_is_a_metric_of_generated_reports_only():
    assert "hallucination" not in judge(TASK, Example("x", "p", ("r",)), "a Cat").metrics
    assert judge(SummarizationTask(max_words=2), CAT, "a cat met Bob").metrics["hallucination"] == 0.0


def test_references_invent_nothing_and_those_of_others_do():
    examples = [generated(seed, seed / 200) for seed in range(200)]
    own = [judge(TASK, e, e.references[0]).metrics["hallucination"] for e in examples]
    other = [judge(TASK, e, o.references[0]).metrics["hallucination"] for e, o in pairwise(examples)]
    assert max(own) == 0.0
    assert min(other) > 0.4


def test_turns_come_by_position():
    examples = [generated(seed) for seed in range(5)]
    replies = [example.references[0] for example in examples]

    def exact(replies):
        conversations: list[Conversation] = [({"role": "assistant", "content": reply},) for reply in replies]
        return [turn.reward == 1.0 for turn in TASK.judge(list(zip(examples, conversations, strict=True)))]

    assert exact(replies) == [True] * 5
    assert exact(replies[::-1]) == [False, False, True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**5), st.floats(0, 1))
def test_reference_earns_one_and_wrong_answers_less(seed, difficulty):
    example = generated(seed, difficulty)
    assert judge(TASK, example, example.references[0]).reward == 1.0
    for name, reply in wrong_answers(example).items():
        assert judge(TASK, example, reply).reward < 0.95, name


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_is_scored_within_bounds(reply):
    turn = judge(TASK, generated(0), reply)
    assert 0.0 <= turn.reward <= 1.0


def test_a_megabyte_is_scored():
    assert judge(TASK, CAT, "the cat " * 131_072).reward < 0.5


@pytest.mark.parametrize("joint", ["-", ",", "_", "\u200b"])
def test_the_word_limit_cannot_be_evaded_by_joining_words(joint):
    task = SummarizationTask(max_words=5)
    example = task.generate(np.random.default_rng(0), "test", 0.5)
    words = example.references[0].split()
    assert len(words) > 8
    honest, _ = task.score(example, " ".join(words))
    joined, metrics = task.score(example, joint.join(words))
    assert joined <= honest + 0.05
    assert metrics["words"] >= len(words)
