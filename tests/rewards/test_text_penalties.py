import numpy as np
import pytest

from textgym.errors import InvalidValue
from textgym.protocols import Example
from textgym.rewards import EchoPenalty, LengthPenalty, RepetitionPenalty, WeightedSum

EXAMPLE = Example("0", "")


def penalty(reward_fn, reply, prompt="Do you like cheese?"):
    conversation = (
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": reply},
        {"role": "user", "content": "What comes after the reply, and does not count."},
    )
    (value,) = reward_fn([conversation], [EXAMPLE])
    return float(value)


@pytest.mark.parametrize(
    ("reply", "value"),
    [("", -1.0), ("one", -0.5), ("one two", 0.0), ("a b c d", 0.0), ("a b c d e", -0.25), ("a " * 100, -1.0)],
)
def test_length_by_hand(reply, value):
    assert penalty(LengthPenalty(least=2, most=4), reply) == value


def test_repetition_and_echo_by_hand():
    assert penalty(RepetitionPenalty(), "go on, go on") == pytest.approx(-1 / 3)
    assert penalty(RepetitionPenalty(1), "go on, go on") == pytest.approx(-1 / 2)
    assert penalty(EchoPenalty(), "do you like cheese? I do") == pytest.approx(-2 / 4)
    assert penalty(EchoPenalty(1), "cheese is what I like") == pytest.approx(-2 / 5)
    assert penalty(EchoPenalty(), "yes, a lot of it") == 0.0


def test_beside_a_learned_reward():
    def learned(conversations, examples):
        return np.ones(len(conversations), np.float32)

    controlled = WeightedSum({learned: 1.0, LengthPenalty(most=2): 0.5, RepetitionPenalty(1): 0.25})
    assert penalty(controlled, "no") == 1.0
    assert penalty(controlled, "no no no no") == pytest.approx(1 - 0.5 - 0.25 * 3 / 4)
    assert (
        controlled.name == "WeightedSum(1 * learned, 0.5 * LengthPenalty(1-2), 0.25 * RepetitionPenalty(1))"
    )


def test_arguments_are_checked():
    with pytest.raises(InvalidValue, match="most must be at least least=3, got 2"):
        LengthPenalty(least=3, most=2)
    for cls in (RepetitionPenalty, EchoPenalty):
        with pytest.raises(InvalidValue, match="n must be"):
            cls(0)
