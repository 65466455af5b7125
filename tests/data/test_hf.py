import gc
import json
import pickle
import re
import warnings

import gymnasium as gym
import pytest

import textgym  # noqa: F401
from textgym.data.base import SPLITS, group_key, split_of
from textgym.data.hf import hf_source
from textgym.data.sources import load_source
from textgym.errors import InvalidValue, MalformedData, MissingExtra, UnknownName
from textgym.evaluation.suite import load_suite

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
        with warnings.catch_warnings():
            # `datasets` leaves a streamed CSV file open.
            warnings.simplefilter("ignore", ResourceWarning)
            yield
            gc.collect()

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

    def test_lists_of_other_values_are_refused(self, tmp_path):
        name = self.folder(tmp_path, test=[{"text": [1, 2], "summary": "a"}])
        with pytest.raises(MalformedData, match="the column 'text' must hold strings, got list with int"):
            hf_source(name, fields=("text", "summary"))

    @pytest.mark.parametrize(
        "row, name, message",
        [
            (
                {"dialog": ["Hi.", "Hello.", "How are you?"]},
                "?conversation=dialog",
                "holds no conversation with an utterance of 3 words or more after 2 others or more, of 40 characters",
            ),
            (
                {
                    "text": "Add.",
                    "code": "def add(a): ...",
                    "test_list": ["assert sub(1)"],
                    "test_setup_code": "",
                },
                "?preset=mbpp",
                "holds no rows whose tests call a function that their solution defines",
            ),
        ],
        ids=["conversations", "functions"],
    )
    def test_rows_that_give_nothing_are_an_error_that_says_why(self, tmp_path, row, name, message):
        fields = ("context", "target") if "dialog" in row else ("prompt", "entry_point", "tests")
        with pytest.raises(MalformedData, match=message):
            hf_source(f"{self.folder(tmp_path, train=[row])}{name}", fields=fields)

    def test_rows_without_a_prompt_are_skipped_and_none_left_is_an_error(self, tmp_path):
        name = self.folder(tmp_path, test=[{"text": " "}])
        with pytest.raises(MalformedData, match="no rows with a non-empty 'source'"):
            hf_source(name, fields=("source",))

    def test_a_name_that_cannot_be_reached_says_what_was_expected(self):
        with pytest.raises(UnknownName, match=r"cannot load the data set 'hf:no/such_set'.*local folder"):
            hf_source("no/such_set", fields=("source",))

    def test_columns_in_the_name_reach_nested_rows_and_lists_and_are_taken_over(self, tmp_path):
        row = {
            "pair": {"say": "Yes", "in": {"de": "Ja"}},
            "turns": [{"text": "a"}, {"text": "b"}],
            "note": "n",
        }
        name = f"{self.folder(tmp_path, test=[row])}?source=pair.say&target=pair.in.de&lines=turns.text"
        [record] = hf_source(name, fields=("source", "target")).records("test")
        assert record.fields == {"source": "Yes", "target": "Ja", "lines": "a\nb"}

    def test_the_name_survives_make_vector_environments_and_pickling(self, tmp_path):
        rows = [{"a b": f"Sentence {letter}", "de": letter} for letter in "xyz"]
        source = f"hf:{self.folder(tmp_path, train=rows, test=rows[:1])}?source=a+b&target=de"
        env = gym.make("textgym/Translation-v0", source=source, language="de", split="test")
        assert env.reset(seed=0)[0] == "Translate into German:\nSentence x"
        assert gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json())).reset(seed=0)[0]
        task = env.unwrapped.task
        assert pickle.loads(pickle.dumps(task)).examples("train") == task.examples("train")
        envs = gym.make_vec("textgym/Translation-v0", num_envs=2, source=source, language="de", split="test")
        assert list(envs.reset(seed=0)[0]) == ["Translate into German:\nSentence x"] * 2
        envs.close()

    def test_a_folder_is_read_again_only_after_a_change(self, tmp_path):
        source = f"hf:{self.folder(tmp_path, test=[{'text': 'a'}])}"
        first = load_source(source, fields=("source",))
        assert load_source(source, fields=("source",)) is first
        (tmp_path / "data" / "test.jsonl").write_text(json.dumps({"text": "another"}))
        assert load_source(source, fields=("source",)).records("test")[0].fields == {"source": "another"}

    def test_a_suite_may_name_it(self, tmp_path):
        folder = self.folder(tmp_path, test=[{"a": "Sentence one", "b": "Satz eins"}])
        kwargs = {"source": f"hf:{folder}?source=a&target=b", "language": "de"}
        file = tmp_path / "suite.toml"
        file.write_text(
            'name = "own"\n[[tasks]]\nname = "t"\nenv_id = "textgym/Translation-v0"\nepisodes = 1\nseed = 0\n'
            f'fingerprint = ""\nenv_kwargs = {{ source = "{kwargs["source"]}", language = "de" }}\n'
        )
        [task] = load_suite(file).tasks
        env = gym.make("textgym/Translation-v0", split="test", **kwargs)
        assert task.current_fingerprint() == env.unwrapped.task.fingerprint()

    @pytest.mark.parametrize("kind", ["csv", "parquet", "saved", "saved table"])
    def test_other_kinds_of_folders(self, tmp_path, kind):
        datasets = pytest.importorskip("datasets")
        folder = tmp_path / "data"
        folder.mkdir()
        table = datasets.Dataset.from_list([{"text": "a"}, {"text": "b"}], split="test")
        if kind == "saved":
            datasets.DatasetDict({"test": table}).save_to_disk(str(folder))
        elif kind == "saved table":
            table.save_to_disk(str(folder))
        else:
            getattr(table, f"to_{kind}")(str(folder / f"test.{kind}"))
        assert [r.fields["source"] for r in hf_source(str(folder), fields=("source",)).records("test")] == [
            "a",
            "b",
        ]

    @pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "saved"])
    def test_rows_reads_the_first_of_each_split(self, tmp_path, kind):
        datasets = pytest.importorskip("datasets")
        table = datasets.Dataset.from_list([{"text": a + b} for a in LETTERS for b in LETTERS], split="test")
        if kind == "saved":
            datasets.DatasetDict({"test": table}).save_to_disk(str(tmp_path / "data"))
        elif kind == "jsonl":
            self.folder(tmp_path, test=list(table))
        else:
            (tmp_path / "data").mkdir()
            getattr(table, f"to_{kind}")(str(tmp_path / "data" / f"test.{kind}"))
        source = hf_source(f"{tmp_path / 'data'}?rows=3", fields=("source",))
        assert [r.fields["source"] for r in source.records("test")] == ["aa", "ab", "ac"]

    @pytest.mark.parametrize("written", [":small", "?config=small"])
    def test_a_configuration_is_one_that_the_card_lists(self, tmp_path, written):
        folder = self.folder(tmp_path, big=[{"text": "b"}], small=[{"text": "s"}])
        card = "".join(
            f"- config_name: {name}\n  data_files:\n  - split: test\n    path: {name}.jsonl\n"
            for name in ("big", "small")
        )
        with open(f"{folder}/README.md", "w") as file:
            file.write(f"---\nconfigs:\n{card}---\n")
        source = hf_source(f"{folder}{written}", fields=("source",))
        assert [r.fields["source"] for r in source.records("test")] == ["s"]
        with pytest.raises(UnknownName, match="has no configuration 'tiny'; there are big, small"):
            hf_source(f"{folder}?config=tiny", fields=("source",))

    def test_a_configuration_may_be_a_folder_in_the_folder(self, tmp_path):
        folder = tmp_path / "data" / "de-en"
        folder.mkdir(parents=True)
        (folder / "test.jsonl").write_text(json.dumps({"text": "x"}))
        assert hf_source(f"{tmp_path / 'data'}?config=de-en", fields=("source",)).records("test")
        with pytest.raises(UnknownName, match="has no configuration 'fr-en'; there are default, de-en"):
            hf_source(f"{tmp_path / 'data'}?config=fr-en", fields=("source",))

    def test_splits_with_other_names_are_said(self, tmp_path):
        folder = self.folder(tmp_path, test=[{"text": "x"}], matched=[{"text": "y"}])
        with open(f"{folder}/README.md", "w") as file:
            file.write(
                "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: test\n    path: test.jsonl\n"
                "  - split: matched\n    path: matched.jsonl\n---\n"
            )
        source = hf_source(f"{folder}?validation=matched", fields=("source",))
        assert [len(source.records(split)) for split in SPLITS] == [0, 1, 1]
        with pytest.raises(UnknownName, match="has no split 'dev'; there are test, matched"):
            hf_source(f"{folder}?validation=dev", fields=("source",))

    def test_a_given_column_that_is_absent_is_told_those_that_exist(self, tmp_path):
        folder = self.folder(tmp_path, test=[{"pair": {"en": "a", "de": "b"}, "id": "0"}])
        with pytest.raises(UnknownName, match=r"has the columns pair\.en, pair\.de, id, not 'pair\.fr'"):
            hf_source(f"{folder}?source=pair.fr", fields=("source",))

    @pytest.mark.parametrize(
        "query, message",
        [
            ("source", "expected KEY=VALUE&KEY=VALUE"),
            ("", "expected KEY=VALUE&KEY=VALUE"),
            ("source=", "each key once"),
            ("source=a&source=b", "each key once"),
            ("rows=0", "rows must be a number of at least 1, got '0'"),
            ("rows=many", "rows must be a number of at least 1, got 'many'"),
            ("preset=wmt", "unknown preset 'wmt'; choose one of wmt14"),
        ],
    )
    def test_text_behind_the_question_mark_is_checked(self, tmp_path, query, message):
        with pytest.raises((InvalidValue, UnknownName), match=message):
            hf_source(f"{self.folder(tmp_path, test=[])}?{query}", fields=("source",))

    @pytest.mark.parametrize("name", ["?rows=3", ":de-en", ":de-en?rows=3"])
    def test_a_text_without_a_name_is_refused(self, name):
        with pytest.raises(
            InvalidValue, match=rf"'hf:{re.escape(name)}' names no data set; expected hf:NAME"
        ):
            load_source(f"hf:{name}", fields=("source",))

    def test_tables_that_cannot_be_read_say_why(self, tmp_path):
        (tmp_path / "train.jsonl").write_text('{"text": "a"}\n{"text": \n')
        with pytest.raises(
            UnknownName, match=r"DatasetGenerationError: .*; ArrowInvalid: JSON parse error.* row 1"
        ):
            hf_source(str(tmp_path), fields=("source",))

    def test_two_configurations_are_refused(self):
        with pytest.raises(InvalidValue, match="names two configurations"):
            hf_source("wmt/wmt14:de-en?config=fr-en", fields=("source",))

    def test_rows_without_a_needed_value_are_left_out(self, tmp_path):
        rows = [{"text": "a", "summary": None}, {"text": "b", "summary": "s"}, {"text": None, "summary": "s"}]
        source = hf_source(self.folder(tmp_path, test=rows), fields=("source", "summary"))
        assert [r.fields["source"] for r in source.records("test")] == ["b"]

    def test_a_context_in_two_upstream_splits_stays_in_the_later_one(self, tmp_path):
        talk = ["Is there a bank near here, please?", "Yes, five blocks from here.", "That is far for me."]
        own = [*talk[:2], "Could you drive me there?", "I would rather not.", "Then I will have to walk."]
        name = self.folder(tmp_path, train=[{"said": own}], test=[{"said": talk}])
        source = hf_source(f"{name}?conversation=said", fields=("context", "target"))
        assert [r.fields["target"] for r in source.records("test")] == ["That is far for me."]
        assert [r.fields["target"] for split in ("train", "validation") for r in source.records(split)] == [
            "I would rather not.",
            "Then I will have to walk.",
        ]

    def test_a_conversation_is_a_list(self, tmp_path):
        name = self.folder(tmp_path, test=[{"said": "A: Hello"}])
        with pytest.raises(MalformedData, match="the column 'said' must hold lists of utterances, got str"):
            hf_source(f"{name}?conversation=said", fields=("context", "target"))
