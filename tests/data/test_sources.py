import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.data.base import SPLITS, normalise
from textgym.data.sources import load_source
from textgym.errors import MalformedData, UnknownName


@pytest.mark.parametrize("spec", ["wmt", "", "django", "django:", "jsonl:", "hf:", "stdlib:x", "generated"])
def test_an_unknown_source_is_told_the_known_ones(spec):
    with pytest.raises(
        UnknownName,
        match=r"choose one of django:LANG, .*aclsum, chitchat, humaneval, stdlib, doctest:PACKAGE, jsonl:PATH",
    ):
        load_source(spec, fields=("source",))


def test_what_a_caller_accepts_besides_is_told_first():
    with pytest.raises(UnknownName, match="choose one of generated, django:LANG, "):
        load_source("Generated", fields=("source",), also=("generated",))


def test_a_jsonl_path_may_start_at_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "x.jsonl").write_text(json.dumps({"source": "a", "split": "test"}))
    assert len(load_source("jsonl:~/x.jsonl", fields=("source",)).records("test")) == 1


def test_callers_share_one_copy():
    assert load_source("stdlib", fields=("source",)) is load_source("stdlib", fields=("source", "target"))


def test_a_source_without_the_fields_is_refused():
    with pytest.raises(MalformedData, match="'stdlib' has the fields source, target, not aspect"):
        load_source("stdlib", fields=("source", "aspect"))


def test_a_jsonl_file_is_read_again_only_after_a_change(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"source": "a", "split": "test"}))
    first = load_source(f"jsonl:{path}", fields=("source",))
    assert load_source(f"jsonl:{path}", fields=("source",)) is first
    path.write_text(json.dumps({"source": "b", "split": "test"}))
    os.utime(path, ns=(1, 1))
    assert load_source(f"jsonl:{path}", fields=("source",)).records("test")[0].fields == {"source": "b"}


def test_columns_belong_to_hf():
    with pytest.raises(ValueError, match="columns apply to 'hf:'"):
        load_source("stdlib", fields=("source",), columns={"source": "text"})


@pytest.mark.data
@pytest.mark.parametrize(
    "spec, module", [("django:de", "polib"), ("aclsum", "aclsum"), ("chitchat", "chitchat_dataset")]
)
def test_installed_sources_load_by_name_with_records_in_each_split(spec, module):
    pytest.importorskip(module)
    source = load_source(spec, fields=())
    assert source.name == spec
    assert all(source.records(split) for split in SPLITS)


@pytest.mark.parametrize(
    "text, digits, expected",
    [
        ("What is 3 plus 4?", False, "what is plus"),
        ("What is 3 plus 4?", True, "what is 3 plus 4"),
        ("%(Name)s\n_x", False, "name s x"),
        (" 3 +\t4 ", False, "3 + 4"),
    ],
)
def test_prompts_are_told_apart_by_their_letters(text, digits, expected):
    assert normalise(text, digits=digits) == expected


@given(st.text(st.characters(max_codepoint=127)), st.booleans())
def test_text_in_ascii_is_normalised_like_any_other(text, digits):
    # A letter outside ASCII takes the general way.
    assert normalise(f"a {text}", digits=digits) + " ä" == normalise(f"a {text} ä", digits=digits)
