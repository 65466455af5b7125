"""What the tasks of one message share: sources, generators, pickles, fingerprints."""

import json
import pickle

import numpy as np
import pytest

from textgym.data.base import SPLITS, split_of
from textgym.errors import MalformedData, UnknownName
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.query_focused_summarization import QueryFocusedSummarizationTask
from textgym.tasks.summarization import SummarizationTask

FIELDS = {SummarizationTask: "source", QueryFocusedSummarizationTask: "source", ChitChatTask: "context"}


@pytest.fixture(params=FIELDS, ids=lambda cls: cls.__name__)
def cls(request):
    return request.param


@pytest.fixture
def write(tmp_path, cls):
    def write(*targets):
        path = tmp_path / "pairs.jsonl"
        rows = [
            {
                FIELDS[cls]: f"text {'abcdefgh'[i]}",
                "query": "What?",
                "target": target,
                "split": SPLITS[i % 3],
            }
            for i, target in enumerate(targets)
        ]
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        return f"jsonl:{path}"

    return write


def test_examples_of_a_file_stand_in_their_split_and_order(cls, write):
    task = cls(write("one", "two", "three", "four"))
    assert task.finite
    assert [e.references for e in task.examples("train")] == [("one",), ("four",)]
    assert [e.references for e in task.examples("test")] == [("three",)]
    assert task.examples("train")[1].prompt.endswith("text d")


def test_each_form_names_the_other(cls, write):
    with pytest.raises(TypeError, match="generate"):
        cls().examples("train")
    with pytest.raises(TypeError, match="call examples"):
        cls(write("one")).generate(np.random.default_rng(0), "train", 0.5)


def test_generated_examples_are_in_their_split(cls):
    rng = np.random.default_rng(0)
    for split in SPLITS:
        assert {split_of(cls().generate(rng, split, 0.5).group) for _ in range(10)} == {split}


def test_generated_examples_carry_facts_and_survive_json(cls):
    example = cls().generate(np.random.default_rng(0), "train", 0.5)
    assert example.data["facts"]
    assert type(example).from_json(json.loads(json.dumps(example.to_json()))) == example


def test_pickle_holds_no_records_and_gives_the_same_task(cls, write):
    for task in (cls(), cls(write(*["a long target " * 500] * 8))):
        pickled = pickle.dumps(task)
        assert len(pickled) < 1000
        assert pickle.loads(pickled).fingerprint() == task.fingerprint()


def test_fingerprint_changes_with_the_examples(cls, write):
    before = cls(write("one", "two")).fingerprint()
    assert cls(write("one", "three")).fingerprint() != before


@pytest.mark.parametrize("source", ["no-such-source", "generate", "jsonl:"])
def test_unknown_source(cls, source):
    with pytest.raises(UnknownName, match=r"unknown source.*choose one of generated, "):
        cls(source)


def test_missing_field_names_the_line(cls, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"other": "x"}', encoding="utf-8")
    with pytest.raises(MalformedData, match=r"bad\.jsonl:1"):
        cls(f"jsonl:{path}")


def test_a_target_that_cannot_be_scored_names_its_record(cls, write):
    with pytest.raises(MalformedData, match=r"the target of record 'pairs\.jsonl:2' must hold"):
        cls(write("one", " "))


def test_word_limit_below_one(cls):
    with pytest.raises(ValueError, match="max_words must be at least 1, got 0"):
        cls(max_words=0)
