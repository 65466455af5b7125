import pytest

from textgym.data.base import Record, split_of
from textgym.data.corpus import Corpus
from textgym.errors import MalformedData, UnknownName


def record(id: str, group: str) -> Record:
    return Record(id, group, {"source": id})


def test_records_go_where_the_hash_of_their_group_says():
    records = [record(str(i), f"group {i % 50}") for i in range(100)]
    corpus = Corpus.from_records("x", records)
    for split in ("train", "validation", "test"):
        assert list(corpus.records(split)) == [r for r in records if split_of(r.group) == split]


def test_an_absent_split_is_empty():
    assert Corpus("x", {"train": (record("a", "g"),)}).records("test") == ()


def test_an_unknown_split_is_refused():
    with pytest.raises(UnknownName, match="unknown split 'dev'"):
        Corpus("x", {}).records("dev")  # type: ignore[arg-type]


def test_a_group_in_two_splits_is_refused():
    with pytest.raises(MalformedData, match="'b' is in test, but others of its group 'g' are in train"):
        Corpus("x", {"train": (record("a", "g"),), "test": (record("b", "g"),)})


def test_two_records_with_one_id_are_refused():
    with pytest.raises(MalformedData, match="'a' stands twice"):
        Corpus("x", {"train": (record("a", "g"), record("a", "h"))})
