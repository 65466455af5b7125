import json

import pytest

from textgym.data import chitchat
from textgym.data.base import SPLITS, normalise
from textgym.data.chitchat import chitchat_source, conversations
from textgym.errors import MissingExtra, UnknownName


def message(sender: str, text: str) -> dict[str, str]:
    return {"sender": sender, "text": text}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package in place of the installed one: one long conversation and one with a single person."""
    turns = [[message("ab"[i % 2], f"this is what I say in turn {i}")] for i in range(30)]
    turns[1].append(message("b", "and\n one more"))
    data = {
        "c1": {"messages": turns},
        "c2": {"messages": [[message("a", "anyone here?")], [message("a", "no")]]},
    }
    (tmp_path / "dataset.json").write_text(json.dumps(data))
    monkeypatch.setattr(chitchat, "package_folder", lambda name: tmp_path)
    chitchat._conversations.cache_clear()
    chitchat._groups.cache_clear()
    yield
    chitchat._conversations.cache_clear()
    chitchat._groups.cache_clear()


def test_the_context_is_labelled_in_turn_and_the_target_is_not(package):
    first, *_ = (r for s in SPLITS for r in chitchat_source.__wrapped__().records(s))
    assert first.fields == {
        "context": "A: this is what I say in turn 0\nB: this is what I say in turn 1 and one more",
        "target": "this is what I say in turn 2",
    }
    assert (first.id, first.group) == ("chitchat/c1/2", "c1")


def test_a_conversation_gives_at_most_eight_records_spread_over_it(package):
    ends = [int(r.id.rsplit("/")[-1]) for s in SPLITS for r in chitchat_source.__wrapped__().records(s)]
    assert ends == [2, 5, 9, 12, 16, 19, 23, 26]


def test_the_context_holds_at_most_six_utterances_and_starts_with_a(package):
    contexts = [
        r.fields["context"].split("\n") for s in SPLITS for r in chitchat_source.__wrapped__().records(s)
    ]
    assert max(map(len, contexts)) == 6
    assert all(context[0].startswith("A: ") for context in contexts)
    assert contexts[-1][-1] == "B: this is what I say in turn 25"


def test_whole_conversations_need_two_people(package):
    texts = [text for split in SPLITS for text in conversations(split)]
    assert len(texts) == 1
    assert texts[0].count("\n") == 29


def test_conversations_of_an_unknown_split_are_refused():
    with pytest.raises(UnknownName):
        conversations("dev")  # type: ignore[arg-type]


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr("textgym.data.installed.find_spec", lambda name: None)
    chitchat._conversations.cache_clear()
    chitchat._groups.cache_clear()
    with pytest.raises(MissingExtra, match="chitchat_dataset"):
        chitchat_source.__wrapped__()


@pytest.mark.data
class TestInstalledConversations:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("chitchat_dataset")

    def test_no_conversation_is_in_two_splits(self):
        groups = [{r.group for r in chitchat_source().records(split)} for split in SPLITS]
        assert all(groups)
        assert len(set.union(*groups)) == sum(map(len, groups))

    def test_no_context_is_in_two_splits(self):
        contexts = [
            {normalise(r.fields["context"]) for r in chitchat_source().records(split)} for split in SPLITS
        ]
        assert len(set.union(*contexts)) == sum(map(len, contexts))

    def test_records_stay_within_the_documented_lengths(self):
        records = chitchat_source().records("test")
        assert len(records) > 3000
        for record in records:
            assert chitchat.MIN_CONTEXT_CHARS <= len(record.fields["context"]) <= chitchat.MAX_CONTEXT_CHARS
            assert len(record.fields["target"]) <= chitchat.MAX_TARGET_CHARS

    def test_train_conversations_hold_the_train_contexts_and_no_test_conversation(self):
        texts = set(conversations("train"))
        assert len(texts) > 2000
        assert not texts & set(conversations("test"))
