import numpy as np
import pytest

from textgym.protocols import Example
from textgym.rewards import WeightedSum

CONVERSATIONS = [({"role": "assistant", "content": text},) for text in ("ab", "abcd", "")]
EXAMPLES = [Example(id=str(i), prompt="") for i in range(3)]


def length(conversations, examples):
    return np.array([len(c[-1]["content"]) for c in conversations], np.float32)


def number(conversations, examples):
    return np.array([float(e.id) for e in examples], np.float32)


def test_known_values():
    rewards = WeightedSum({length: 0.5, number: -2.0})(CONVERSATIONS, EXAMPLES)
    np.testing.assert_array_equal(rewards, [1.0, 0.0, -4.0])
    assert rewards.dtype == np.float32


def test_its_name_says_what_it_adds():
    assert WeightedSum({length: 0.5, number: -2.0}).name == "WeightedSum(0.5 * length, -2 * number)"


def test_a_part_that_breaks_its_contract_is_named():
    def column(conversations, examples):
        return np.zeros((len(conversations), 1))

    with pytest.raises(ValueError, match=r"'column'.*shape \(3,\), got shape \(3, 1\)"):
        WeightedSum({length: 1.0, column: 1.0})(CONVERSATIONS, EXAMPLES)


def test_nothing_to_add_and_infinite_weights_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        WeightedSum({})
    with pytest.raises(ValueError, match="weight of 'length' must be finite"):
        WeightedSum({length: float("inf")})
