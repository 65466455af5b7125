import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.metrics.pareto import is_pareto_optimal, pareto_efficiency, pareto_front

# Two items: the first is worth (6, 1) to the two sides, the second (4, 9); all four divisions.
OUTCOMES = [(0, 10), (6, 9), (4, 1), (10, 0)]


def test_the_front_by_hand():
    assert pareto_front(OUTCOMES) == {(0, 10), (6, 9), (10, 0)}


@pytest.mark.parametrize(
    "outcome, efficiency",
    [
        ((6, 9), 1.0),
        ((0, 10), 1.0),
        ((10, 0), 1.0),
        # The first side could have 6 where the other keeps 9; the other 9 where the first has 6.
        ((4, 1), 1 / 9),
    ],
)
def test_efficiency_by_hand(outcome, efficiency):
    assert pareto_efficiency(outcome, OUTCOMES) == pytest.approx(efficiency)


def test_a_side_that_can_get_nothing_does_not_count():
    assert pareto_efficiency((0, 3), [(0, 3), (0, 1)]) == 1.0
    assert pareto_efficiency((0, 1), [(0, 3), (0, 1)]) == pytest.approx(1 / 3)


def test_equal_outcomes_do_not_dominate_each_other():
    assert pareto_front([(1, 2), (1, 2)]) == {(1, 2)}


pairs = st.tuples(st.integers(0, 10), st.integers(0, 10))


@given(st.lists(pairs, min_size=1, max_size=20), st.data())
def test_efficiency_is_one_exactly_on_the_front(outcomes, data):
    outcome = data.draw(st.sampled_from(outcomes))
    efficiency = pareto_efficiency(outcome, outcomes)
    assert 0.0 <= efficiency <= 1.0
    assert (efficiency == 1.0) == is_pareto_optimal(outcome, outcomes) == (outcome in pareto_front(outcomes))
    assert pareto_front(outcomes)
