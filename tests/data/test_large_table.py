import gc
import pickle
import warnings
from collections import Counter

import gymnasium as gym
import numpy as np
import pytest

import textgym
from textgym.data.base import SPLITS, group_key, split_of
from textgym.data.hf import hf_source
from textgym.data.hf_rows import HfRows
from textgym.data.large_table import LargeTable
from textgym.data.sources import large_source, load_source
from textgym.errors import MalformedData, UnknownName
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.post_editing import PostEditingTask
from textgym.tasks.translation import TranslationTask

datasets = pytest.importorskip("datasets")

FIELDS = ("source", "target")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = [a + b for a in LETTERS[:12] for b in LETTERS[:12]]


@pytest.fixture(autouse=True)
def _every_table_is_large(tmp_path, monkeypatch):
    monkeypatch.setattr("textgym.data.sources.LARGE_BYTES", 1)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    with warnings.catch_warnings():
        # `datasets` leaves some of its files open.
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def write(tmp_path, **splits: list[dict]) -> str:
    """A folder with a Parquet file of each split."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    for split, rows in splits.items():
        datasets.Dataset.from_list(rows).to_parquet(str(folder / f"{split}.parquet"))
    return str(folder)


def pairs(words=WORDS) -> list[dict[str, str]]:
    return [{"source": word, "target": f"t {word}"} for word in words]


def large(name: str, fields=FIELDS) -> LargeTable:
    return LargeTable(HfRows.open(name, fields=fields))


def drawn(name: str, split, number=2000, fields=FIELDS):
    source, rng = large(name, fields), np.random.default_rng(0)
    return [source.draw(rng, split) for _ in range(number)]


def as_rows(records) -> set[tuple]:
    return {(r.id, r.group, *sorted(r.fields.items())) for r in records}


def test_what_is_drawn_of_a_split_is_what_is_listed(tmp_path):
    # `validation` is taken from `train` by hash; ten prompts of `test` stand in `train` too, with other targets.
    test = [{"source": f"{word.upper()}!", "target": "other"} for word in WORDS[:10]] + pairs(["new"])
    name = write(tmp_path, train=pairs(), test=test)
    listed = hf_source(name, fields=FIELDS)
    for split in SPLITS:
        records = as_rows(listed.records(split))
        assert records == as_rows(drawn(name, split))
        assert (
            not any(word in {r[1] for r in records} for word in map(group_key, WORDS[:10])) or split == "test"
        )


@pytest.mark.parametrize(
    "sizes", [{"train": 144}, {"train": 144, "validation": 60}, {"validation": 60, "test": 20}, {"test": 9}]
)
def test_a_prompt_is_in_one_split_whatever_splits_there_are(tmp_path, sizes):
    name = write(tmp_path, **{split: pairs(WORDS[:size]) for split, size in sizes.items()})
    listed = hf_source(name, fields=FIELDS)
    records = {split: as_rows(listed.records(split)) for split in SPLITS}
    upstream = {word: split for split in SPLITS for word in WORDS[: sizes.get(split, 0)]}
    homes = Counter(r[1] for rows in records.values() for r in rows)
    assert homes == {group_key(word): 1 for word in upstream}
    for split, rows in records.items():
        assert rows >= {r for r in rows if r[0].startswith(f"hf:{name}/{split}/")}
        if rows:
            assert rows == as_rows(drawn(name, split))
        elif split not in sizes:
            with pytest.raises(MalformedData, match=f"no {split} rows .upstream: "):
                drawn(name, split, 1)
    kept = {group_key(word) for word, split in upstream.items() if split == "validation"}
    assert kept <= {r[1] for r in records["validation"]}


def test_a_prompt_of_a_later_upstream_split_is_not_drawn_from_an_earlier_one(tmp_path):
    name = write(tmp_path, train=pairs(), validation=pairs(WORDS[:20]), test=pairs(WORDS[10:30]))
    sources = {split: {r.fields["source"] for r in drawn(name, split)} for split in SPLITS}
    assert sources == {"train": set(WORDS[30:]), "validation": set(WORDS[:10]), "test": set(WORDS[10:30])}


def test_the_rows_of_a_split_are_drawn_alike(tmp_path):
    name = write(tmp_path, validation=pairs(WORDS[:7]), test=pairs(WORDS[7:27]))
    number = 4000
    counts = Counter(r.id for r in drawn(name, "test", number))
    assert set(counts) == {f"hf:{name}/test/{row}" for row in range(20)}
    # Pearson's statistic with 19 degrees of freedom: more than 43.8 once in a thousand times.
    assert sum((n - number / 20) ** 2 / (number / 20) for n in counts.values()) < 43.8


def test_draws_repeat_with_the_seed(tmp_path):
    name = write(tmp_path, train=pairs())
    first, second = ([r.id for r in drawn(name, "test", 30)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 10


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "saved"])
def test_every_kind_of_folder_is_drawn_from(tmp_path, kind):
    table = datasets.Dataset.from_list(pairs(WORDS[:5]), split="test")
    folder = tmp_path / "data"
    folder.mkdir()
    if kind == "saved":
        datasets.DatasetDict({"test": table}).save_to_disk(str(folder))
    else:
        getattr(table, f"to_{kind.replace('jsonl', 'json')}")(str(folder / f"test.{kind}"))
    source = large_source(f"hf:{folder}", fields=FIELDS)
    assert {source.draw(np.random.default_rng(i), "test").fields["source"] for i in range(99)} == set(
        WORDS[:5]
    )


def test_columns_splits_and_configurations_in_the_name_are_followed(tmp_path):
    rows = [{"pair": {"say": w, "in": {"de": f"t {w}"}}, "lines": [w, "."], "n": 1} for w in WORDS[:4]]
    name = write(tmp_path, test=rows[:1], unmatched=rows[1:])
    (tmp_path / "data" / "README.md").write_text(
        "---\nconfigs:\n- config_name: both\n  data_files:\n  - split: test\n    path: test.parquet\n"
        "  - split: unmatched\n    path: unmatched.parquet\n---\n"
    )
    name += "?config=both&validation=unmatched&source=pair.say&target=pair.in.de&lines=lines"
    assert [r.fields for r in drawn(name, "test", 1)] == [
        {"source": "aa", "target": "t aa", "lines": "aa\n."}
    ]
    assert {r.fields["source"] for r in drawn(name, "validation", 99)} == set(WORDS[1:4])


def test_a_column_of_translations_tells_the_language(tmp_path):
    name = write(tmp_path, test=[{"translation": {"de": "Ja", "en": "Yes"}}])
    assert drawn(name, "test", 1)[0].fields == {"source": "Yes", "target": "Ja", "language": "de"}


def test_of_a_conversation_every_utterance_that_is_listed_comes_up(tmp_path):
    own = ["Could you drive me there now?", "I would rather not do that.", "Then I will have to walk."]
    talk = ["Is there a bank near here, please?", "Yes, five blocks from here.", *own]
    name = write(tmp_path, train=[{"said": [*talk[:2], own[2]]}, {"said": talk}], test=[{"said": talk[:3]}])
    name += "?conversation=said"
    fields = ("context", "target")
    listed = hf_source(name, fields=fields)
    assert as_rows(drawn(name, "test", 9, fields)) == as_rows(listed.records("test"))
    home = next(split for split in ("train", "validation") if len(listed.records(split)) > 1)
    records = drawn(name, home, 99, fields)
    assert as_rows(records) == as_rows(listed.records(home))
    assert {r.fields["target"] for r in records} == set(own[1:])


def test_a_description_of_a_function_becomes_a_problem(tmp_path):
    rows = [
        {"text": "Write something.", "code": "print(1)", "test_list": ["assert True"]},
        {
            "text": "Add two numbers.",
            "code": "def plus(a, b):\n  return a + b",
            "test_list": ["assert plus(2, 3) == 5"],
        },
    ]
    name = f"{write(tmp_path, test=rows)}?task=text&solution=code&tests=test_list"
    [id] = {r.id for r in drawn(name, "test", 20, ("prompt", "entry_point", "tests"))}
    assert id == f"hf:{name}/test/1"
    example = CodeGenerationTask(f"hf:{name}").generate(np.random.default_rng(0), "test", 0.5)
    assert example.data["entry_point"] == "plus"


def test_rows_without_a_needed_value_are_left_out(tmp_path):
    rows = [*pairs(["a"]), {"source": None, "target": "t"}, {"source": "b", "target": None}]
    name = write(tmp_path, test=[*rows, {"source": " ", "target": "t"}, {"source": "c", "target": ""}])
    assert {r.fields["source"] for r in drawn(name, "test", 99)} == {"a"}


def test_a_malformed_row_is_named_when_it_is_drawn(tmp_path):
    rows = [{"source": word, "target": ["t"]} for word in WORDS[:9]]
    rows[4]["target"] = ["t", None]
    name = write(tmp_path, test=rows)
    large(name)
    with pytest.raises(
        MalformedData,
        match=rf"^hf:{name}, split test, row 4: the column 'target' must hold strings, got list with NoneType$",
    ):
        drawn(name, "test", 200)


def test_the_first_row_of_each_table_is_read_at_once(tmp_path):
    name = write(tmp_path, train=[{"source": "a", "target": 3}], validation=[{"source": "b", "target": 4}])
    with pytest.raises(
        MalformedData, match="split train, row 0: the column 'target' must hold strings, got int"
    ):
        large_source(f"hf:{name}", fields=FIELDS)


def test_an_absent_column_is_told_those_that_exist(tmp_path):
    name = write(tmp_path, train=[{"question": "q", "answer": "a"}])
    with pytest.raises(
        UnknownName, match="has the columns question, answer; cannot tell which one is 'source'"
    ):
        large_source(f"hf:{name}", fields=FIELDS)


def test_a_split_without_rows_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("textgym.data.large_source._MOST_ROWS", 100)
    name = write(tmp_path, test=pairs())
    with pytest.raises(MalformedData, match=r"no train rows .upstream: test 144.. Use another split"):
        drawn(name, "train", 1)
    name = write(tmp_path, train=pairs(WORDS[:5]), test=pairs(WORDS[:5]))
    with pytest.raises(MalformedData, match="no train row among 100 that were drawn"):
        drawn(name, "train", 1)


def test_tables_are_large_by_the_bytes_of_the_columns_that_are_read(tmp_path, monkeypatch):
    rows = [{**pair, "picture": "x" * 1000} for pair in pairs()]
    spec = f"hf:{write(tmp_path, train=rows)}"
    monkeypatch.setattr("textgym.data.sources.LARGE_BYTES", 100_000)
    assert large_source(spec, fields=FIELDS) is None
    source = large_source(spec, fields=(*FIELDS, "picture"))
    assert source is large_source(spec, fields=(*FIELDS, "picture"))
    # `load_source` lists it all the same.
    listed = load_source(spec, fields=(*FIELDS, "picture"))
    assert sum(len(listed.records(split)) for split in SPLITS) == len(WORDS)


def test_the_first_rows_that_were_asked_for_are_listed(tmp_path):
    spec = f"hf:{write(tmp_path, test=pairs())}?rows=3"
    assert large_source(spec, fields=FIELDS) is None
    assert [r.fields["source"] for r in load_source(spec, fields=FIELDS).records("test")] == WORDS[:3]


class TestEnvironments:
    @pytest.fixture
    def source(self, tmp_path):
        return f"hf:{write(tmp_path, train=pairs(WORDS[:100]), test=pairs(WORDS[100:]))}"

    def test_episodes_are_drawn_by_seed_and_index(self, source):
        env = gym.make("textgym/Translation-v0", source=source, language="de", split="validation")
        prompts = [env.reset(seed=seed)[0] for seed in (1, 2, 1)]
        assert prompts[0] == prompts[2] != prompts[1]
        by_index = [env.reset(options={"index": i})[0] for i in (0, 3, 0)]
        assert by_index[0] == by_index[2] != by_index[1]
        words = [prompt.partition("\n")[2] for prompt in prompts + by_index]
        assert all(split_of(group_key(word)) == "validation" for word in words)
        assert env.step(f"t {words[-1]}")[1] == 1.0

    def test_they_have_no_difficulty_and_are_evaluated(self, source):
        assert not TranslationTask(source, language="de").generated
        result = textgym.evaluate(
            textgym.as_agent(lambda prompt: "t " + prompt.partition("\n")[2]),
            "textgym/Translation-v0",
            episodes=150,  # more than the split has rows
            seed=0,
            env_kwargs={"source": source, "language": "de"},
        )
        assert result.mean_return == 1.0

    def test_other_views_and_tasks_take_it(self, source):
        env = gym.make("textgym/Translation-choice-v0", source=source, language="de", context_length=256)
        assert env.reset(seed=0)[0]["tokens"].any()
        task = PostEditingTask(source, language="de")
        assert task.generate(np.random.default_rng(0), "test", 0.5).data["source"] in WORDS[100:]
        # The sentences have no difficulty; that of the drafts is drawn, as in smaller sets.
        rngs = np.random.default_rng(0), np.random.default_rng(0)
        assert task.generate(rngs[0], "test", 0.0) == task.generate(rngs[1], "test", 1.0)

    def test_a_pickled_task_is_equal_and_draws_the_same(self, source):
        task = TranslationTask(source, language="de")
        made = task.generate(np.random.default_rng(3), "train", 0.5)
        pickled = pickle.dumps(task)
        copy = pickle.loads(pickled)
        assert copy == task
        assert copy.generate(np.random.default_rng(3), "train", 0.5) == made
        assert not any(f"t {word}".encode() in pickled for word in WORDS)

    def test_the_fingerprint_follows_the_files(self, source, tmp_path):
        first = TranslationTask(source, language="de")
        assert TranslationTask(source, language="de").fingerprint() == first.fingerprint()
        write(tmp_path, test=[{**pair, "target": "another"} for pair in pairs(WORDS[100:])])
        second = TranslationTask(source, language="de")
        assert second.fingerprint() != first.fingerprint()
        assert second != first
