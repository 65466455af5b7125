import json

import pytest

from textgym.data.base import SPLITS, group_key, split_of
from textgym.data.jsonl import jsonl_source
from textgym.errors import MalformedData

FIELDS = ("source", "target")


def write(tmp_path, *lines: object, name: str = "pairs.jsonl"):
    path = tmp_path / name
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return path


def pair(source: str, **more: str) -> dict[str, str]:
    return {"source": source, "target": "t", **more}


def test_without_a_split_the_prompt_decides(tmp_path):
    names = [f"a {'xyzuvw'[i % 6]}{'abcdefgh'[i // 6]}" for i in range(48)]
    source = jsonl_source(write(tmp_path, *map(pair, names)), fields=FIELDS)
    for split in SPLITS:
        wanted = [name for name in names if split_of(group_key(name)) == split]
        assert [r.fields["source"] for r in source.records(split)] == wanted
        assert wanted


def test_id_group_split_and_other_strings_are_taken_over(tmp_path):
    line = pair("x", id="i", group="g", split="test", topic="birds") | {"weight": 3}
    [record] = jsonl_source(write(tmp_path, line), fields=FIELDS).records("test")
    assert (record.id, record.group) == ("i", "g")
    assert record.fields == {"source": "x", "target": "t", "topic": "birds"}


def test_lines_with_one_prompt_are_one_group_whatever_groups_they_name(tmp_path):
    lines = [pair("same words", group=f"g{i}") for i in range(20)]
    # Linked through the prompt of another line of its group.
    lines.append(pair("other words", group="g7"))
    source = jsonl_source(write(tmp_path, *lines), fields=FIELDS)
    assert [len(source.records(split)) for split in SPLITS].count(0) == 2
    assert {r.group for split in SPLITS for r in source.records(split)} == {"g0"}


def test_one_prompt_in_two_splits_is_refused_although_the_groups_differ(tmp_path):
    lines = [pair("same words", group=split, split=split) for split in ("train", "test")]
    with pytest.raises(
        MalformedData, match=":2: this prompt group is in the split 'test' here and in 'train'"
    ):
        jsonl_source(write(tmp_path, *lines), fields=FIELDS)


def test_prompts_that_differ_in_numbers_are_groups_of_their_own(tmp_path):
    lines = [pair(f"What is {i} plus 4?") for i in range(60)]
    source = jsonl_source(write(tmp_path, *lines), fields=FIELDS)
    assert all(source.records(split) for split in SPLITS)
    assert len({r.group for split in SPLITS for r in source.records(split)}) == 60


def test_ids_default_to_the_line_and_blank_lines_count(tmp_path):
    path = write(tmp_path, pair("one word", split="train"), b"  ", pair("another word", split="train"))
    assert [r.id for r in jsonl_source(path, fields=FIELDS).records("train")] == [
        "pairs.jsonl:1",
        "pairs.jsonl:3",
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbf" + json.dumps(pair("x", split="train")).encode() + b"\r")
    assert len(jsonl_source(path, fields=FIELDS).records("train")) == 1


@pytest.mark.parametrize(
    "line, message",
    [
        (b'{"source": "a", "target"', r":2: not JSON \("),
        (b"[1, 2]", ":2: expected a JSON object, got list"),
        ({"source": "a"}, ":2: the field 'target' is missing; expected source, target, got source"),
        ({}, ":2: the field 'source' is missing.*got none"),
        ({"source": "a", "target": 3}, ":2: the field 'target' must be a string, got int"),
        ({"source": " ", "target": "t"}, ":2: the field 'source' is empty"),
        (b'{"source": "caf\xe9", "target": "t"}', ":2: not UTF-8 at byte 15"),
        (b'{"source": "\\ud83d", "target": "t"}', ":2: the field 'source' holds half of a surrogate pair"),
        (b"[" * 100_000, ":2: JSON nested too deeply"),
        (pair("a", split="dev"), ":2: unknown split 'dev'; expected one of train, validation, test"),
        (pair("a", id="first"), ":2: the id 'first' stands in line 1 already"),
        (
            pair("THE first.", split="test"),
            ":2: this prompt group is in the split 'test' here and in 'train' in line 1",
        ),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path, line, message):
    path = write(tmp_path, pair("the first", id="first", split="train"), line)
    with pytest.raises(MalformedData, match=message) as caught:
        jsonl_source(path, fields=FIELDS)
    assert str(path) in str(caught.value)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(MalformedData, match="holds no examples"):
        jsonl_source(write(tmp_path, b" "), fields=FIELDS)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(MalformedData, match=r"cannot read .*absent\.jsonl: No such file"):
        jsonl_source(tmp_path / "absent.jsonl", fields=FIELDS)


def test_at_least_the_prompt_field_must_be_asked_for(tmp_path):
    with pytest.raises(ValueError, match="at least the prompt field"):
        jsonl_source(write(tmp_path, pair("a")), fields=())
