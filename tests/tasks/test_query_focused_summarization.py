"""Query-focused summarization: prompts, reward, and which facts count."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.base import Record
from textgym.errors import MalformedData
from textgym.protocols import Conversation, Example
from textgym.tasks.query_focused_summarization import QueryFocusedSummarizationTask

TASK = QueryFocusedSummarizationTask()
REPORT = (
    "Storm Vaix hit Bixford on Monday. It damaged 1,200 houses and hurt 7 people. Trains ran late on Friday."
)
STORM = Example(
    "x",
    f"Answer the query in at most 30 words: Where did the storm hit? How many houses were damaged?\n{REPORT}",
    ("In Bixford. 1,200 houses.",),
    data={"facts": ["Bixford", "1,200"], "unasked": ["Vaix", "Monday", "7"]},
)


def judge(task, example, reply):
    conversation: Conversation = (
        {"role": "user", "content": example.prompt},
        {"role": "assistant", "content": reply},
    )
    (turn,) = task.judge([(example, conversation)])
    return turn


def generated(seed, difficulty=0.5):
    return TASK.generate(np.random.default_rng(seed), "train", difficulty)


def test_prompt_of_a_generated_report():
    fields = {"source": "A {n} text.", "query": "Who?\n How?", "target": "T", "facts": "[]", "unasked": "[]"}
    assert (
        TASK.example(Record("r", "g", fields)).prompt
        == "Answer the query in at most 30 words: Who? How?\nA {n} text."
    )


def test_prompt_and_reference_of_a_file(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {"source": "S", "query": "Why {n}?", "target": "T", "split": "test"}
    path.write_text(json.dumps(row), encoding="utf-8")
    (example,) = QueryFocusedSummarizationTask(f"jsonl:{path}", max_words=9).examples("test")
    assert example.prompt == "Answer the query in at most 9 words: Why {n}?\nS"
    assert (example.references, dict(example.data)) == (("T",), {})
    assert set(judge(TASK, example, "T").metrics) == {"rouge1", "rouge2", "rougeL", "chrf", "words"}


@pytest.mark.data
def test_papers_are_asked_for_each_aspect():
    pytest.importorskip("aclsum")
    task = QueryFocusedSummarizationTask("aclsum")
    assert [len(task.examples(s)) for s in ("train", "validation", "test")] == [300, 150, 300]
    first = task.examples("train")[:3]
    lines = [example.prompt.partition("\n")[0] for example in first]
    assert lines == [
        f"Answer the query in at most 30 words: What is the {aspect}?"
        for aspect in ("challenge", "approach", "outcome")
    ]
    assert len({example.prompt.partition("\n")[2] for example in first}) == 1
    assert len({example.references for example in first}) == 3


@pytest.mark.parametrize("missing", ["query", "target"])
def test_a_record_without_query_or_reference_is_named(tmp_path, missing):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"source": "S", "query": "Q", "target": "T"} | {missing: " "}), "utf-8")
    with pytest.raises(MalformedData, match=rf"the {missing} of record 'a.jsonl:1' must hold"):
        QueryFocusedSummarizationTask(f"jsonl:{path}")


@pytest.mark.parametrize(
    "reply, recall, unasked, hallucination",
    [
        ("In Bixford. 1,200 houses.", 1.0, 0.0, 0.0),
        ("Storm Vaix hit Bixford on Monday.", 0.5, 2 / 3, 0.0),
        ("It hit 7 people.", 0.0, 1 / 3, 0.0),
        ("It hit Oxmere, 1200 houses, on Friday.", 0.5, 0.0, 1 / 3),
        ("a bus hit a tram", 0.0, 0.0, 1.0),
        ("", 0.0, 0.0, 0.0),
    ],
)
def test_only_asked_facts_are_recalled(reply, recall, unasked, hallucination):
    metrics = judge(TASK, STORM, reply).metrics
    found = [metrics[name] for name in ("fact_recall", "unasked_facts", "hallucination")]
    assert found == pytest.approx([recall, unasked, hallucination])


def test_reward_is_the_mean_of_three_rouge_scores():
    # Reference: in bixford 1 200 hous; reply: storm hit bixford. One common word of 5 and 3, no bigram.
    f1 = 2 * 1 / (5 + 3)
    assert judge(TASK, STORM, "Storm hit Bixford").reward == pytest.approx((f1 + 0 + f1) / 3)


def test_words_after_the_limit_count_neither_way():
    task = QueryFocusedSummarizationTask(max_words=5)
    turn = judge(task, STORM, "In Bixford. 1,200 houses. Vaix came from Oxmere.")
    assert (turn.reward, turn.metrics["words"]) == (1.0, 9.0)
    assert (turn.metrics["unasked_facts"], turn.metrics["hallucination"]) == (0.0, 0.0)


def wrong_answers(example):
    """Replies that a judge has to put below the reference."""
    (reference,) = example.references
    return {
        "empty": "",
        "copied": example.prompt.split("\n", 1)[1],
        "query": example.prompt.split(": ", 1)[1].split("\n")[0],
        "unasked": ". ".join(example.data["unasked"]),
        "doubled": f"{reference} {reference}",
        "other": generated(10**6).references[0],
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**5), st.floats(0, 1))
def test_reference_earns_one_and_wrong_answers_less(seed, difficulty):
    example = generated(seed, difficulty)
    best = judge(TASK, example, example.references[0])
    assert best.reward == 1.0
    found = [best.metrics[name] for name in ("fact_recall", "unasked_facts", "hallucination")]
    assert found == [1.0, 0.0, 0.0]
    for name, reply in wrong_answers(example).items():
        assert judge(TASK, example, reply).reward < 0.95, name
    more = judge(TASK, example, f"{example.references[0]} {'. '.join(example.data['unasked'])}.")
    assert more.reward < 1.0
    assert more.metrics["unasked_facts"] == 1.0


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_is_scored_within_bounds(reply):
    turn = judge(TASK, generated(0), reply)
    assert 0.0 <= turn.reward <= 1.0
    for name in ("fact_recall", "unasked_facts", "hallucination"):
        assert 0.0 <= turn.metrics[name] <= 1.0


def test_references_fit_the_default_limit():
    references = [generated(seed, 1.0).references[0] for seed in range(500)]
    assert max(len(reference.split()) for reference in references) <= 30
