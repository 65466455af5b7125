"""UnicodeText holds any string up to its length and stays small."""

import copy
import pickle

import gymnasium as gym
import pytest
from gymnasium.vector.utils import batch_space
from hypothesis import given
from hypothesis import strategies as st

from textgym.errors import UnsupportedSpace
from textgym.spaces import UnicodeText


@given(st.text(max_size=20))
def test_contains_is_decided_by_length_alone(text):
    assert UnicodeText(20).contains(text)
    assert UnicodeText(max(1, len(text))).contains(text)
    assert not UnicodeText(20).contains(text + "x" * 21)


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["a"]])
def test_other_types_are_outside(value):
    assert not UnicodeText(5).contains(value)


def test_samples_are_inside_and_seeded():
    space = UnicodeText(8, seed=1)
    samples = [space.sample() for _ in range(100)]
    assert all(space.contains(s) and s for s in samples)
    again = UnicodeText(8, seed=1)
    assert samples == [again.sample() for _ in range(100)]
    assert len(set(samples)) > 50


def test_pickle_is_small_and_equal():
    space = UnicodeText(65_536)
    assert len(pickle.dumps(space)) < 2_000
    assert pickle.loads(pickle.dumps(space)) == space == copy.deepcopy(space)
    assert space != UnicodeText(3)
    assert space != gym.spaces.Text(65_536)


def test_json_round_trip():
    space = UnicodeText(10)
    assert space.from_jsonable(space.to_jsonable(["a b", "ü"])) == ["a b", "ü"]


def test_batched_space_is_a_tuple():
    batched = batch_space(UnicodeText(4), 3)
    assert batched.contains(("a", "", "bcde"))
    assert not batched.contains(("a", "", "bcdef"))


def test_length_must_be_positive():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        UnicodeText(0)


def test_shape_names_the_views_to_use():
    env = gym.make("textgym/Translation-v0")
    with pytest.raises(UnsupportedSpace, match="textgym/Translation-tokens-v0"):
        _ = env.observation_space.shape
