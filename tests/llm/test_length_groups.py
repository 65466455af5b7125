import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch")

from textgym.llm.length_groups import length_groups  # noqa: E402


def padded(lengths, groups):
    return sum(len(group) * max(lengths[i] for i in group) for group in groups)


def test_every_row_is_in_one_group():
    lengths = np.random.default_rng(0).integers(1, 200, 300).tolist()
    groups = length_groups(lengths, max_tokens=1000)
    assert sorted(i for group in groups for i in group) == list(range(300))


def test_no_group_exceeds_the_budget_unless_one_row_does():
    lengths = [1500, 400, 390, 380, 370, 10, 10]
    groups = length_groups(lengths, max_tokens=1000)
    assert groups == [[0], [1, 2], [3, 4], [5, 6]]


def test_equal_lengths_stay_together():
    assert length_groups([7] * 500) == [list(range(500))]


def test_ragged_rows_waste_little():
    lengths = np.random.default_rng(0).geometric(1 / 48, 400).clip(max=128).tolist()
    assert padded(lengths, length_groups(lengths)) <= 1.25 * sum(lengths)
    assert padded(lengths, [list(range(400))]) >= 2 * sum(lengths)
