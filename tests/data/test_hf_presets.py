"""Every preset on a tiny copy of its data set: the columns, types, folders and file names are the originals'."""

import gc
import json
import warnings

import gymnasium as gym
import pytest

import textgym  # noqa: F401
from textgym.data.base import SPLITS
from textgym.data.hf_presets import PRESETS, preset_of
from textgym.data.sources import load_source
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask

datasets = pytest.importorskip("datasets")

TASKS = {
    "Translation": TranslationTask,
    "Summarization": SummarizationTask,
    "ChitChat": ChitChatTask,
    "CodeGeneration": CodeGenerationTask,
}
TALK = [
    " Good morning , sir . Is there a bank near here ?",
    "There is one , five blocks away .",
    "Well , that is quite far for me to walk .",
    "Say again ? I do not understand .",
]
MBPP = {
    "task_id": 2,
    "text": "Write a function to add two numbers.",
    "code": "import math\r\ndef plus(a: int, b = 1):\r\n  return (a + b)",
    "test_list": ["assert plus(2, 3) == 5", "assert plus(2) == 3", "assert plus(0, 0) == 0"],
    "test_setup_code": "",
    "challenge_test_list": [],
}
APPS = {
    "problem_id": 1,
    "question": "Given a list, double it.\n",
    "solutions": json.dumps(
        [
            "class Solution:\n    def double(self, xs: List[int]) -> List[int]:\n        return [2 * x for x in xs]"
        ]
    ),
    "input_output": json.dumps({"fn_name": "double", "inputs": [[[1, 2]], [[]]], "outputs": [[2, 4], [[]]]}),
    "difficulty": "interview",
    "url": "https://leetcode.com/problems/double/",
    "starter_code": "class Solution:\n    def double(self, xs: List[int]) -> List[int]:\n",
}
HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": 'def half(x: int) -> int:\n    """ Half of x\n    """\n',
    "canonical_solution": "    return x // 2\n",
    "test": "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    assert candidate(8) == 4\n",
    "entry_point": "half",
}


def translation(a, b):
    return datasets.Features({"translation": datasets.Translation(languages=[a, b])})


def pair(a, b):
    return lambda i: {"translation": {a: f"Satz {i}.", b: f"Sentence {i}."}}


def turns(i):
    said = [text.replace("five", f"{i} or five") for text in TALK]
    return {
        "dialogue_id": f"PMUL{i}.json",
        "services": ["hotel"],
        "turns": {
            "turn_id": [str(k) for k in range(4)],
            "speaker": [0, 1, 0, 1],
            "utterance": said,
        },
    }


#: Name: rows by number, the folder and file of a split, its format, features where types are not inferred.
COPIES = {
    "wmt14": (pair("de", "en"), "de-en/{}-00000-of-00001.parquet", translation("de", "en")),
    "wmt16": (pair("de", "en"), "de-en/{}-00000-of-00001.parquet", translation("de", "en")),
    "iwslt2017": (
        lambda i: {"translation": {"en": f"Sentence {i}.", "de": f"Satz {i}."}},
        "iwslt2017-en-de/{}/0000.parquet",
        translation("en", "de"),
    ),
    "opus100": (pair("de", "en"), "de-en/{}-00000-of-00001.parquet", translation("de", "en")),
    "cnn_dailymail": (
        lambda i: {"article": f"Long {i}.", "highlights": f"Short {i} .\nEnd .", "id": f"{i:040x}"},
        "3.0.0/{}-00000-of-00001.parquet",
        None,
    ),
    "xsum": (
        lambda i: {"document": f"Long {i}.", "summary": f"Short {i}.", "id": str(i)},
        "default/{}/0000.parquet",
        None,
    ),
    "samsum": (
        lambda i: {"id": str(i), "dialogue": f"Ann: {i}?\r\nBob: yes", "summary": f"Short {i}."},
        "{}.csv",
        None,
    ),
    "daily_dialog": (
        lambda i: {
            "dialog": [text.replace("five", f"{i} or five") for text in TALK],
            "act": [3, 2, 1, 3],
            "emotion": [0, 0, 0, 6],
        },
        "default/{}/0000.parquet",
        None,
    ),
    "multi_woz_v22": (turns, "v2.2/{}/0000.parquet", None),
    "mbpp": (
        lambda i: {**MBPP, "task_id": i, "text": f"{MBPP['text']} {i}"},
        "full/{}-00000-of-00001.parquet",
        None,
    ),
    "humaneval": (
        lambda i: {
            **HUMANEVAL,
            "task_id": f"HumanEval/{i}",
            "prompt": HUMANEVAL["prompt"].replace("of", f"{i}"),
        },
        "openai_humaneval/{}-00000-of-00001.parquet",
        None,
    ),
    "apps": (
        lambda i: {**APPS, "problem_id": i, "question": f"{APPS['question']}{i}"},
        "all/{}/0000.parquet",
        None,
    ),
}
#: The prompt and the reference of the first test example, row 0 of the split `test`.
EXPECTED = {
    "wmt14": ("Translate into German:\nSentence 0.", "Satz 0."),
    "wmt16": ("Translate into German:\nSentence 0.", "Satz 0."),
    "iwslt2017": ("Translate into German:\nSentence 0.", "Satz 0."),
    "opus100": ("Translate into German:\nSentence 0.", "Satz 0."),
    "cnn_dailymail": ("Summarize in at most 60 words:\nLong 0.", "Short 0 .\nEnd ."),
    "xsum": ("Summarize in at most 60 words:\nLong 0.", "Short 0."),
    "samsum": ("Summarize in at most 60 words:\nAnn: 0?\r\nBob: yes", "Short 0."),
    "daily_dialog": (
        "Continue the conversation:\nA: Good morning , sir . Is there a bank near here ?\n"
        "B: There is one , 0 or five blocks away .",
        "Well , that is quite far for me to walk .",
    ),
    "multi_woz_v22": (
        "Continue the conversation:\nA: Good morning , sir . Is there a bank near here ?\n"
        "B: There is one , 0 or five blocks away .",
        "Well , that is quite far for me to walk .",
    ),
    "mbpp": (
        'Write the Python function:\ndef plus(a, b=1):\n    """Write a function to add two numbers. 0\n\n'
        '    assert plus(2, 3) == 5\n    """\n',
        "import math\ndef plus(a: int, b = 1):\n  return (a + b)",
    ),
    "humaneval": (
        'Write the Python function:\ndef half(x: int) -> int:\n    """ Half 0 x\n    """\n',
        'def half(x: int) -> int:\n    """ Half 0 x\n    """\n    return x // 2\n',
    ),
    "apps": (
        'Write the Python function:\ndef double(xs):\n    """Given a list, double it.\n    0\n\n'
        '    double([1, 2]) is [2, 4]\n    """\n',
        "\n\ndouble = Solution().double\n",
    ),
}


@pytest.fixture(autouse=True)
def _offline(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    with warnings.catch_warnings():
        # `datasets` leaves a streamed CSV file open.
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def copy_of(name, tmp_path, splits):
    """A folder with the named splits, of which each has twelve rows of its own, from `train` on."""
    make, where, features = COPIES[name]
    for number, split in enumerate(reversed(splits)):
        path = tmp_path / "copy" / where.format(split)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [make(100 * number + i) for i in range(12)]
        table = datasets.Dataset.from_list(rows, features=features)
        (table.to_csv if path.suffix == ".csv" else table.to_parquet)(str(path))
    return tmp_path / "copy"


def upstream(name):
    return list(PRESETS[name].splits.values())


def test_every_preset_has_a_copy_here():
    assert set(COPIES) == set(PRESETS) == set(EXPECTED)


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_gives_the_examples_of_its_family(name, tmp_path):
    source = f"hf:{copy_of(name, tmp_path, upstream(name))}?preset={name}"
    task = TASKS[PRESETS[name].family](source)
    example = task.examples("test")[0]
    prompt, reference = EXPECTED[name]
    assert example.prompt == prompt
    assert example.references[0].endswith(reference)
    sizes = [len(task.examples(split)) for split in SPLITS]
    if name == "humaneval":
        assert sizes == [0, 0, 12]
    else:
        assert sizes[2] >= 12
        assert sizes[0] > 0
        assert sizes[0] + sizes[1] == (2 if "validation" in PRESETS[name].splits else 1) * sizes[2]


@pytest.mark.parametrize(
    "name", [name for name, preset in PRESETS.items() if preset.family == "CodeGeneration"]
)
def test_solutions_of_code_sets_pass_their_tests_and_others_do_not(name, tmp_path):
    env = gym.make(
        "textgym/CodeGeneration-v0",
        source=f"hf:{copy_of(name, tmp_path, upstream(name))}?preset={name}",
        split="test",
    )
    for reply, reward in ((None, 1.0), ("    return None", 0.0)):
        _, info = env.reset(seed=0)
        assert env.step(reply or info["example"].references[0])[1] == reward


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_asked_of_the_hub(name, tmp_path, monkeypatch):
    preset, asked = PRESETS[name], []
    folder, load = copy_of(name, tmp_path, upstream(name)), datasets.load_dataset

    def hub(path, *, name=None, data_dir=None, revision=None, streaming):
        asked.append((path, name, data_dir, revision))
        config = name or data_dir or ""
        return load(str(folder / config if (folder / config).is_dir() else folder), streaming=streaming)

    monkeypatch.setattr(datasets, "load_dataset", hub)
    monkeypatch.chdir(tmp_path)
    for spec in (f"hf:{name}", f"hf:{preset.repository}?rows=12"):
        assert TASKS[preset.family](spec).examples("test")[0].prompt == EXPECTED[name][0]
    config = preset.config or None
    place = (None, config, "refs/convert/parquet") if preset.script else (config, None, None)
    assert asked == [(preset.repository, *place)] * 2


def test_presets_are_known_by_their_repository_too():
    assert preset_of("wmt/wmt14") is preset_of("wmt14") is PRESETS["wmt14"]
    assert preset_of("wmt") is None


def test_another_configuration_and_direction_than_the_preset_has(tmp_path):
    path = tmp_path / "copy" / "ro-en" / "test-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    row = {"translation": {"ro": "Da.", "en": "Yes."}}
    datasets.Dataset.from_list([row], features=translation("ro", "en")).to_parquet(str(path))
    name = f"hf:{tmp_path / 'copy'}?preset=wmt16&config=ro-en&source=translation.ro&target=translation.en"
    [record] = load_source(name, fields=("source", "target")).records("test")
    assert record.fields == {"source": "Da.", "target": "Yes.", "language": "en"}


def test_programs_that_read_their_input_are_left_out(tmp_path):
    stdin = {**APPS, "input_output": json.dumps({"inputs": ["1\n"], "outputs": ["2\n"]})}
    path = tmp_path / "copy" / "all" / "test" / "0000.parquet"
    path.parent.mkdir(parents=True)
    datasets.Dataset.from_list([stdin, APPS]).to_parquet(str(path))
    records = load_source(
        f"hf:{tmp_path / 'copy'}?preset=apps", fields=("prompt", "entry_point", "tests")
    ).records("test")
    assert [r.id.rpartition("/")[2] for r in records] == ["1"]
