import pytest

from textgym.errors import UnknownName
from textgym.evaluation.example_order import agent_seed, example_indices


class _Task:
    finite = True
    source = "few"

    def examples(self, split):
        return [] if split == "validation" else list("abcdef")


def test_the_seed_of_an_episode_is_no_index_of_the_stream():
    task = _Task()
    task.finite = False
    indices = example_indices(task, "test", episodes=50, seed=0, repeats=False)
    assert not set(indices) & {agent_seed(0, i) for i in range(50)}
    assert all(0 <= i < 2**63 for i in indices)


def test_frozen_values():
    """Suites rely on these numbers."""
    task = _Task()
    assert example_indices(task, "test", episodes=6, seed=21, repeats=False) == [0, 1, 4, 3, 5, 2]
    task.finite = False
    assert example_indices(task, "test", episodes=1, seed=21, repeats=False) == [7473586487448719708]
    assert agent_seed(20, 0) == 4612804691282419560


def test_an_empty_split_is_an_error():
    with pytest.raises(UnknownName, match="no validation examples"):
        example_indices(_Task(), "validation", episodes=1, seed=0, repeats=True)
