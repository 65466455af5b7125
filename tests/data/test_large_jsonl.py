import json
import os
import pickle

import gymnasium as gym
import numpy as np
import pytest

import textgym
from textgym.data.base import SPLITS, group_key, split_of
from textgym.data.jsonl import jsonl_source
from textgym.data.large_jsonl import LargeJsonl
from textgym.data.sources import large_source
from textgym.errors import MalformedData
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask

FIELDS = ("source", "target")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = [a + b for a in LETTERS[:14] for b in LETTERS[:14]]


@pytest.fixture(autouse=True)
def _every_file_is_large(monkeypatch):
    monkeypatch.setattr("textgym.data.sources.LARGE_BYTES", 1)


def write(tmp_path, *lines: object, end: bytes = b"\n"):
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + end
    )
    return path


def pair(source: str, **more: str) -> dict[str, str]:
    return {"source": source, "target": "t", **more}


def drawn(path, split, number=2000):
    source, rng = LargeJsonl(path, FIELDS), np.random.default_rng(0)
    return [source.draw(rng, split) for _ in range(number)]


def test_the_lines_of_a_split_are_those_of_a_small_file(tmp_path):
    path = write(tmp_path, *map(pair, WORDS))
    small = jsonl_source(path, fields=FIELDS)
    for split in SPLITS:
        fields = [(r.group, r.fields) for r in drawn(path, split)]
        assert all(row in fields for row in ((r.group, r.fields) for r in small.records(split)))
        assert all(split_of(group) == split for group, _ in fields)


def test_an_id_is_the_place_of_the_line(tmp_path):
    path = write(tmp_path, pair("x", split="test"), b"", pair("y", split="train"))
    [(source, id)] = {(r.fields["source"], r.id) for r in drawn(path, "train", 20)}
    place = int(id.removeprefix("pairs.jsonl@"))
    assert (source, json.loads(path.read_bytes()[place:])["source"]) == ("y", "y")


def test_long_and_short_lines_the_first_and_the_last_are_drawn_alike(tmp_path):
    # A byte order mark, Windows line ends, blank lines and no end of the last line change nothing.
    lines = [
        pair(f"{word} {'x' * (i % 2 * 2000)}", split="train", id=str(i)) for i, word in enumerate(WORDS[:20])
    ]
    raw = [json.dumps(line).encode() + b"\r" for line in lines]
    path = write(tmp_path, b"\xef\xbb\xbf" + raw[0], b"", *raw[1:10], b" " * 500, *raw[10:], end=b"")
    number = 4000
    counts = np.bincount([int(r.id) for r in drawn(path, "train", number)], minlength=20)
    # Pearson's statistic with 19 degrees of freedom: more than 43.8 once in a thousand times.
    assert ((counts - number / 20) ** 2 / (number / 20)).sum() < 43.8


def test_the_shortest_line_that_is_possible(tmp_path):
    path = write(
        tmp_path, b'{"source":"x","target":""}', b'{"source":"yyyyyyyyyyyyyyyyyyyyyyyyy","target":""}'
    )
    rows = [r.fields["source"][0] for r in LargeJsonl(path, FIELDS).sample()[1:]]
    assert set(rows) == {"x", "y"}
    # Four standard deviations of 200 tosses of a coin.
    assert abs(rows.count("x") - 100) < 29


def test_draws_repeat_with_the_seed(tmp_path):
    path = write(tmp_path, *map(pair, WORDS))
    first, second = ([r.id for r in drawn(path, "test", 30)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 10


def test_group_and_split_of_a_line_count(tmp_path):
    lines = [pair(word, group="g") for word in WORDS[:20]] + [pair("own", split="validation")]
    path = write(tmp_path, *lines)
    assert {r.fields["source"] for r in drawn(path, split_of("g"), 300)} == set(WORDS[:20])
    assert {r.fields["source"] for r in drawn(path, "validation", 20)} == {"own"}
    assert drawn(path, "validation", 1)[0].group == group_key("own")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"source": "a", "target"', r"not JSON \("),
        ({"source": "a", "other": "long enough"}, "the field 'target' is missing"),
        (b'{"source": "caf\xe9", "target": "t"}', "not UTF-8 at byte 15"),
    ],
)
def test_a_bad_line_is_named_with_its_number_when_it_is_drawn(tmp_path, line, message):
    path = write(tmp_path, pair("good", split="train"), b"", line)
    LargeJsonl(path, FIELDS)
    with pytest.raises(MalformedData, match=f":3: {message}"):
        drawn(path, "train", 100)


def test_the_first_line_is_read_at_once(tmp_path):
    path = write(tmp_path, b"", pair("x") | {"target": 3})
    with pytest.raises(MalformedData, match=":2: the field 'target' must be a string, got int"):
        LargeJsonl(path, FIELDS)


def test_an_empty_or_absent_file_is_refused(tmp_path):
    with pytest.raises(MalformedData, match="holds no examples"):
        LargeJsonl(write(tmp_path, b"", b"  "), FIELDS)
    with pytest.raises(MalformedData, match="cannot read"):
        LargeJsonl(tmp_path / "absent.jsonl", FIELDS)


def test_a_split_without_lines_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("textgym.data.large_jsonl._MOST_PLACES", 1000)
    with pytest.raises(MalformedData, match=r"no test line among [1-9]\d* that were drawn"):
        drawn(write(tmp_path, pair("x", split="train")), "test", 1)


def test_a_file_that_changes_is_noticed(tmp_path):
    path = write(tmp_path, *(pair(word, split="train") for word in WORDS))
    source = LargeJsonl(path, FIELDS)
    with path.open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(MalformedData, match="was changed while it was in use"):
        source.draw(np.random.default_rng(0), "train")


def test_only_large_jsonl_files_are_drawn_from(tmp_path, monkeypatch):
    path = write(tmp_path, pair("x", split="train"))
    assert large_source(f"jsonl:{path}", fields=FIELDS) is large_source(f"jsonl:{path}", fields=FIELDS)
    assert large_source("stdlib", fields=FIELDS) is None
    monkeypatch.setattr("textgym.data.sources.LARGE_BYTES", os.path.getsize(path) + 1)
    assert large_source(f"jsonl:{path}", fields=FIELDS) is None


class TestEnvironments:
    @pytest.fixture
    def source(self, tmp_path):
        return f"jsonl:{write(tmp_path, *map(pair, WORDS))}"

    def test_episodes_are_drawn_by_seed_and_index(self, source):
        env = gym.make("textgym/Translation-v0", source=source, language="de", split="test")
        prompts = [env.reset(seed=seed)[0] for seed in (1, 2, 1)]
        assert prompts[0] == prompts[2] != prompts[1]
        by_index = [env.reset(options={"index": i})[0] for i in (0, 1, 0)]
        assert by_index[0] == by_index[2] != by_index[1]
        assert all(split_of(group_key(p.partition("\n")[2])) == "test" for p in prompts + by_index)
        assert env.step("t")[1] == 1.0

    def test_the_other_views_and_evaluation_take_it(self, source):
        env = gym.make("textgym/Translation-choice-v0", source=source, language="de", context_length=256)
        assert env.reset(seed=0)[0]["tokens"].any()
        result = textgym.evaluate(
            textgym.as_agent(lambda prompt: "t"),
            "textgym/Translation-v0",
            episodes=5,
            seed=0,
            env_kwargs={"source": source, "language": "de"},
        )
        assert result.mean_return == 1.0

    def test_a_pickled_task_is_equal_and_draws_the_same(self, source):
        task = TranslationTask(source, language="de")
        copy = pickle.loads(pickle.dumps(task))
        assert copy == task
        assert [t.generate(np.random.default_rng(3), "train", 0.5) for t in (task, copy)].count(
            task.generate(np.random.default_rng(3), "train", 0.5)
        ) == 2

    def test_the_fingerprint_follows_the_file(self, source, tmp_path):
        first = TranslationTask(source, language="de").fingerprint()
        assert TranslationTask(source, language="de").fingerprint() == first
        path = write(tmp_path, *map(pair, WORDS), pair("one more"))
        os.utime(path, ns=(1, 1))
        assert TranslationTask(source, language="de").fingerprint() != first

    def test_a_record_that_the_task_cannot_use_is_refused_when_it_is_drawn(self, tmp_path):
        path = write(tmp_path, *(pair(word, target="?", split="train") for word in WORDS))
        task = SummarizationTask(f"jsonl:{path}")
        with pytest.raises(
            MalformedData, match=r"the target of record 'pairs\.jsonl@\d+' must hold a letter"
        ):
            task.generate(np.random.default_rng(0), "train", 0.5)

    def test_a_field_facts_of_a_line_is_not_that_of_generated_reports(self, tmp_path):
        path = write(tmp_path, pair("x", split="train", facts="no JSON"))
        assert SummarizationTask(f"jsonl:{path}").generate(np.random.default_rng(0), "train", 0.5).data == {}

    @pytest.mark.skipif(
        not os.path.exists("/proc/self/smaps_rollup"), reason="Linux tells the memory of a map"
    )
    def test_what_was_read_is_released(self, tmp_path):
        path = tmp_path / "pairs.jsonl"
        with path.open("wb", buffering=0) as file:
            for word in WORDS * 5:  # line by line, or the system may keep the file in huge pages
                file.write(json.dumps(pair(f"{word} {'x' * 50_000}", split="train")).encode() + b"\n")
        source, rng = LargeJsonl(path, FIELDS), np.random.default_rng(0)
        for _ in range(10):
            source.draw(rng, "train")
            assert _mapped_bytes(path) < 5e6


def _mapped_bytes(path) -> int:
    """Resident memory of the maps of a file."""
    size, inside = 0, False
    with open("/proc/self/smaps") as file:
        for line in file:
            if "-" in line.split(" ")[0]:
                inside = line.rstrip().endswith(str(path))
            elif inside and line.startswith("Rss:"):
                size += int(line.split()[1]) * 1024
    return size
