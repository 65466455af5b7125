import json

import pytest

from textgym.data.base import SPLITS, group_key, split_of
from textgym.data.hf import hf_source
from textgym.data.sources import load_source
from textgym.errors import MalformedData, MissingExtra, UnknownName

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def test_without_datasets_the_error_names_the_extra(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("textgym.errors.importlib.import_module", absent)
    with pytest.raises(MissingExtra, match=r"pip install 'textgym\[hf\]'"):
        hf_source("samsum", fields=("source",))


class TestLocalFolders:
    @pytest.fixture(autouse=True)
    def _offline(self, tmp_path, monkeypatch):
        datasets = pytest.importorskip("datasets")
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
        monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        datasets.disable_progress_bars()

    def folder(self, tmp_path, **splits: list[dict]):
        folder = tmp_path / "data"
        folder.mkdir()
        for split, rows in splits.items():
            (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(folder)

    def test_translation_rows_become_source_target_and_language(self, tmp_path):
        rows = [{"id": "0", "translation": {"de": "Guten Tag", "en": "Good day"}}]
        name = self.folder(
            tmp_path,
            train=rows,
            test=rows,
            validation=[{"id": "1", "translation": {"de": "Ja", "en": "Yes"}}],
        )
        source = hf_source(name, fields=("source", "target"))
        [record] = source.records("test")
        assert record.fields == {"source": "Good day", "target": "Guten Tag", "language": "de"}
        assert source.name == f"hf:{name}"

    @pytest.mark.parametrize(
        "row",
        [
            {"article": "long", "highlights": "short", "id": "0"},
            {"document": "long", "summary": "short", "id": "0"},
            {"dialogue": "long", "summary": "short", "id": "0"},
        ],
        ids=["cnn_dailymail", "xsum", "samsum"],
    )
    def test_the_columns_of_common_summary_sets_are_known(self, tmp_path, row):
        source = hf_source(self.folder(tmp_path, test=[row]), fields=("source", "summary"))
        assert [r.fields for r in source.records("test")] == [{"source": "long", "summary": "short"}]

    def test_given_columns_win_and_may_enter_a_nested_row(self, tmp_path):
        name = self.folder(tmp_path, test=[{"translation": {"de": "Ja", "fr": "Oui"}, "note": "n"}])
        source = load_source(
            f"hf:{name}", fields=("source", "target"), columns={"source": "note", "target": "translation.fr"}
        )
        assert source.records("test")[0].fields == {"source": "n", "target": "Oui", "language": "fr"}

    def test_a_prompt_in_two_upstream_splits_stays_in_the_later_one(self, tmp_path):
        rows = [{"text": text} for text in ("alpha", "beta", "gamma")]
        name = self.folder(tmp_path, train=rows, validation=rows[1:], test=[{"text": "GAMMA!"}])
        source = hf_source(name, fields=("source",))
        texts = {split: [r.fields["source"] for r in source.records(split)] for split in SPLITS}
        assert texts == {"train": ["alpha"], "validation": ["beta"], "test": ["GAMMA!"]}

    def test_absent_splits_are_made_from_train_by_hash(self, tmp_path):
        texts = [a + b for a in LETTERS[:6] for b in LETTERS[:6]]
        source = hf_source(
            self.folder(tmp_path, train=[{"text": text} for text in texts]), fields=("source",)
        )
        for split in SPLITS:
            wanted = {text for text in texts if split_of(group_key(text)) == split}
            assert {r.fields["source"] for r in source.records(split)} == wanted
            assert wanted

    def test_prompts_that_differ_in_numbers_are_groups_of_their_own(self, tmp_path):
        rows = [{"text": f"What is {i} plus 4?"} for i in range(60)]
        source = hf_source(self.folder(tmp_path, train=rows), fields=("source",))
        assert all(source.records(split) for split in SPLITS)
        assert len({r.group for split in SPLITS for r in source.records(split)}) == 60

    def test_an_unknown_column_is_refused_with_those_that_exist(self, tmp_path):
        name = self.folder(tmp_path, train=[{"question": "q", "answer": "a"}])
        with pytest.raises(
            UnknownName, match="has the columns question, answer; cannot tell which one is 'source'"
        ):
            hf_source(name, fields=("source",))

    def test_values_that_are_no_strings_are_refused_with_their_row(self, tmp_path):
        name = self.folder(tmp_path, test=[{"text": "a", "summary": 1}])
        with pytest.raises(
            MalformedData, match="split test, row 0: the column 'summary' must hold strings, got int"
        ):
            hf_source(name, fields=("source", "summary"))

    def test_rows_without_a_prompt_are_skipped_and_none_left_is_an_error(self, tmp_path):
        name = self.folder(tmp_path, test=[{"text": " "}])
        with pytest.raises(MalformedData, match="no rows with a non-empty 'source'"):
            hf_source(name, fields=("source",))

    def test_a_name_that_cannot_be_reached_says_what_was_expected(self):
        with pytest.raises(UnknownName, match=r"cannot load the data set 'hf:no/such_set'.*local folder"):
            hf_source("no/such_set", fields=("source",))
