"""Prompt, reward and metrics of chit-chat."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from textgym.data.base import Record
from textgym.protocols import Conversation, Example
from textgym.tasks.chitchat import ChitChatTask

TASK = ChitChatTask()
DOG = Example("x", "Continue ...", ("My dog is called Bixo.",), data={"facts": ["dog", "Bixo"]})


def judge(task, example, reply):
    conversation: Conversation = (
        {"role": "user", "content": example.prompt},
        {"role": "assistant", "content": reply},
    )
    (turn,) = task.judge([(example, conversation)])
    return turn


def generated(seed, difficulty=0.5):
    return TASK.generate(np.random.default_rng(seed), "train", difficulty)


def test_prompt():
    record = Record("r", "g", {"context": "A: Hi.\nB: Hello.", "target": "T", "facts": '["T"]'})
    assert TASK.example(record).prompt == "Continue the conversation:\nA: Hi.\nB: Hello."


@pytest.mark.data
def test_real_conversations_fit_the_default_limit():
    pytest.importorskip("chitchat_dataset")
    examples = ChitChatTask("chitchat").examples("test")
    assert len(examples) > 1000
    assert all(e.prompt.startswith("Continue the conversation:\nA: ") for e in examples)
    assert max(len(e.references[0].split()) for e in examples) <= 60


@pytest.mark.parametrize("reply", ["My cat is called Bixo.", "Bixo", "no idea", ""])
def test_reward_is_chrf_by_sacrebleu(reply):
    turn = judge(TASK, DOG, reply)
    expected = CHRF().sentence_score(reply, list(DOG.references)).score
    assert turn.metrics["chrf"] == expected
    assert turn.reward == expected / 100
    assert turn.terminated
    assert turn.reply is None


def test_metrics_of_a_known_reply():
    metrics = judge(TASK, DOG, "dog dog my Bixo").metrics
    # ROUGE-L: of "my dog is called bixo" the words "dog ... bixo" stand in order: 2 of 4 and 2 of 5.
    assert metrics["rougeL"] == pytest.approx(2 * 2 / (4 + 5))
    assert (metrics["distinct"], metrics["words"], metrics["fact_recall"]) == (0.75, 4.0, 1.0)


def test_words_after_the_limit_count_neither_way():
    task = ChitChatTask(max_words=5)
    assert judge(task, DOG, "My dog is called Bixo. He is old.").reward == 1.0
    assert judge(task, DOG, "z z z z z My dog is called Bixo.").reward == 0.0


def test_fact_recall_is_a_metric_of_generated_conversations_only():
    assert "fact_recall" not in judge(TASK, Example("x", "p", ("r",)), "a cat").metrics


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**5), st.floats(0, 1))
def test_reference_earns_one_and_wrong_answers_less(seed, difficulty):
    example = generated(seed, difficulty)
    (reference,) = example.references
    assert judge(TASK, example, reference).reward == pytest.approx(1.0)
    last_line = example.prompt.rsplit("\n", 1)[1]
    wrong = {
        "empty": "",
        "copied": example.prompt,
        "last line": last_line,
        "reversed": reference[::-1],
        "truncated": " ".join(reference.split()[:-1]),
        "doubled": f"{reference} {reference}",
    }
    for name, reply in wrong.items():
        assert judge(TASK, example, reply).reward < 0.97, name


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_is_scored_within_bounds(reply):
    assert 0.0 <= judge(TASK, generated(0), reply).reward <= 1.0


def test_a_megabyte_is_scored():
    assert judge(TASK, DOG, "my dog " * 149_797).reward < 0.5
