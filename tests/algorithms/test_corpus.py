# ruff: noqa: E402
"""The training text: order, packing, copying, and the absence of held-out text."""

import json
from itertools import islice

import numpy as np
import pytest

pytest.importorskip("django")
pytest.importorskip("aclsum")
pytest.importorskip("chitchat_dataset")
pytestmark = pytest.mark.data

from textgym.algorithms.corpus.copying import copying
from textgym.algorithms.corpus.documentation import file_split
from textgym.algorithms.corpus.documents import TEXT_ID, Document, content_hash
from textgym.algorithms.corpus.exclusion import (
    HELD_OUT_SOURCES,
    finite_documents,
    repeats_held_out,
    training_stream,
)
from textgym.algorithms.corpus.kinds import KINDS, Kind
from textgym.algorithms.corpus.manifest import held_out_hashes, kind_hash, package_versions
from textgym.algorithms.corpus.rows import training_rows
from textgym.data.base import split_of
from textgym.data.sources import load_source
from textgym.tokenization import TINY_FOLDER, ChatTokenizer, load_tokenizer

KIND = {kind.name: kind for kind in KINDS}
GENERATED = [kind for kind in KINDS if kind.finite is None]
QUICK_FINITE = [kind for kind in KINDS if kind.finite is not None and kind.name != "documentation"]


@pytest.fixture(scope="module")
def tokenizer() -> ChatTokenizer:
    return load_tokenizer("tiny")


def test_shares_sum_to_one() -> None:
    assert sum(kind.share for kind in KINDS) == pytest.approx(1.0)


def test_conversations_have_the_ids_that_environments_present(tokenizer: ChatTokenizer) -> None:
    document = KIND["dialogue"].sample("validation", 1, seed=0)[0]
    ids = document.ids(tokenizer)
    last_prompt = tokenizer.prompt_ids(document.messages[:-1])
    assert ids[: len(last_prompt)] == last_prompt
    assert ids[len(last_prompt) :] == [
        *tokenizer.encode(document.messages[-1]["content"]),
        tokenizer.end_of_turn_id,
    ]


def test_plain_text_is_opened_by_its_own_token(tokenizer: ChatTokenizer) -> None:
    ids = Document("documentation", "g", text="A text.").ids(tokenizer)
    assert ids == [TEXT_ID, *tokenizer.encode("A text."), tokenizer.end_of_turn_id]


def test_document_is_either_messages_or_text() -> None:
    with pytest.raises(ValueError, match="either"):
        Document("documentation", "g")


def test_copying_repeats_a_part_of_the_prompt() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        document = copying(rng, "test")
        prompt, reply = (message["content"] for message in document.messages)
        assert reply in prompt
        assert reply
        assert split_of(document.group) == "test"


def test_fewer_rows_are_a_prefix_of_more_rows(tokenizer: ChatTokenizer) -> None:
    kinds = (KIND["copying"], KIND["summary_generated"])
    few = training_rows(tokenizer, 5, length=64, seed=3, kinds=kinds)
    many = training_rows(tokenizer, 9, length=64, seed=3, kinds=kinds)
    assert np.array_equal(few.ids, many.ids[:5])
    assert not np.array_equal(few.ids, training_rows(tokenizer, 5, length=64, seed=4, kinds=kinds).ids)


def test_rows_begin_with_a_document_and_keep_the_shares(tokenizer: ChatTokenizer) -> None:
    kinds = (KIND["copying"], KIND["summary_generated"])  # shares 0.08 and 0.07
    rows = training_rows(tokenizer, 60, length=300, seed=0, kinds=kinds)
    openings = tokenizer.prompt_ids(({"role": "user", "content": ""},))[:1]
    assert (rows.ids[:, 0] == openings[0]).all()
    tokens = {name: usage.tokens for name, usage in rows.usage.items()}
    assert tokens["copying"] / tokens["summary_generated"] == pytest.approx(8 / 7, rel=0.05)


def test_long_document_goes_on_in_the_next_row(tokenizer: ChatTokenizer) -> None:
    document = Document("copying", "g", text="the name of the user " * 20)
    endless = Kind("copying", 1.0, "none", draw=lambda rng, split: document)
    ids = document.ids(tokenizer)
    rows = training_rows(tokenizer, 3, length=100, seed=0, kinds=(endless,)).ids
    assert 100 < len(ids) < 200
    assert rows.ravel().tolist() == [*ids, *ids, *ids][:300]


def test_short_document_is_cut_at_the_end_of_a_row(tokenizer: ChatTokenizer) -> None:
    document = Document("copying", "g", text="alpha beta gamma delta")
    endless = Kind("copying", 1.0, "none", draw=lambda rng, split: document)
    length = len(document.ids(tokenizer)) + 3
    rows = training_rows(tokenizer, 3, length=length, seed=0, kinds=(endless,)).ids
    assert rows[:, 0].tolist() == [TEXT_ID] * 3


def test_files_are_split_by_hash() -> None:
    splits = [file_split(f"package/module_{i}.py") for i in range(2000)]
    assert 0.02 < splits.count("validation") / 2000 < 0.06
    assert set(splits) == {"train", "validation"}


@pytest.mark.parametrize("kind", GENERATED, ids=lambda kind: kind.name)
def test_generated_training_text_is_reproducible_and_of_the_train_split(kind) -> None:
    first = [document for document, _ in islice(training_stream(kind, seed=0), 30)]
    again = [document for document, _ in islice(training_stream(kind, seed=0), 30)]
    assert content_hash(first) == content_hash(again)
    assert {split_of(document.group) for document in first} == {"train"}


@pytest.mark.parametrize("kind", QUICK_FINITE, ids=lambda kind: kind.name)
def test_finite_training_text_shares_no_group_with_held_out_splits(kind) -> None:
    held_out = {
        record.group
        for source in HELD_OUT_SOURCES
        for split in ("validation", "test")
        for record in load_source(source, fields=()).records(split)
    }
    documents, _ = finite_documents(kind)
    assert documents
    assert held_out.isdisjoint(document.group for document in documents)
    assert not repeats_held_out(documents).any()


@pytest.mark.slow
def test_documentation_repeats_no_held_out_text() -> None:
    documents, excluded = finite_documents(KIND["documentation"])
    assert excluded > 0  # the standard library's own docstrings, at least
    assert not repeats_held_out(documents).any()


def test_filter_finds_a_held_out_text_in_documentation() -> None:
    record = next(r for r in load_source("stdlib", fields=()).records("test") if len(r.fields["target"]) > 50)
    inside = Document(
        "documentation", "g", text=f"Some words before. {record.fields['target']}\n\nAnd after it."
    )
    assert repeats_held_out(
        [inside, Document("documentation", "g", text="Nothing of the kind.")]
    ).tolist() == [
        True,
        False,
    ]


@pytest.fixture(scope="module")
def shipped() -> dict:
    manifest = json.loads((TINY_FOLDER / "manifest.json").read_text("utf-8"))
    if manifest["packages"] != package_versions():
        pytest.skip("other package versions than the shipped model was trained with")
    return manifest


def test_manifest_names_the_held_out_records_that_the_sources_give_today(shipped: dict) -> None:
    assert {source: held_out_hashes(source) for source in HELD_OUT_SOURCES} == shipped["held_out"]


@pytest.mark.parametrize("kind", [*GENERATED, *QUICK_FINITE], ids=lambda kind: kind.name)
def test_manifest_names_the_training_text_that_the_sources_give_today(kind, shipped: dict) -> None:
    assert kind_hash(kind, seed=shipped["seed"]) == shipped["kinds"][kind.name]["hash"]


@pytest.mark.slow
def test_manifest_names_the_documentation_that_is_installed(shipped: dict) -> None:
    kind = KIND["documentation"]
    assert kind_hash(kind, seed=shipped["seed"]) == shipped["kinds"][kind.name]["hash"]
