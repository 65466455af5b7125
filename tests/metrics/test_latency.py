"""Latency metrics against values computed by hand from the definitions of their papers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.metrics.latency import average_lagging, average_proportion, differentiable_average_lagging

# delays g, |x|, then AL, DAL, AP.
BY_HAND = [
    # gamma 1, wait-2: tau 3; AL (2-0 + 3-1 + 4-2) / 3; g' 2 3 4 5.
    ([2, 3, 4, 4], 4, 2, 2, Fraction(13, 16)),
    # All heard first: tau 1; g' 4 5 6 7.
    ([4, 4, 4, 4], 4, 4, 4, 1),
    # gamma 1/2: AL (2 + 4-2) / 2; g' 2 4.
    ([2, 4], 4, 2, 2, Fraction(6, 8)),
    # gamma 2: AL (1 + 1-1/2 + 2-1) / 3; g' 1 3/2 2 5/2.
    ([1, 1, 2, 2], 2, Fraction(5, 6), 1, Fraction(6, 8)),
    # gamma 1, held back at the end: AL (1-0 + 1-1 + 4-2) / 3 forgets the fourth word; g' 1 2 4 5: (1+1+2+2) / 4.
    ([1, 1, 4, 4], 4, 1, Fraction(3, 2), Fraction(10, 16)),
    # Waits and catches up: the delay of the first word stays in DAL (g' 3 4 5), in AL too until all is heard.
    ([3, 3, 3], 3, 3, 3, 1),
    # gamma 2/3, the end never heard by a written word: tau is |y|; AL (1 + 2 - 3/2) / 2; g' 1, max(2, 5/2).
    ([1, 2], 3, Fraction(3, 4), 1, Fraction(3, 6)),
    ([5], 7, 5, 5, Fraction(5, 7)),
    # Nothing written counts as all heard first.
    ([], 6, 6, 6, 1),
]


@pytest.mark.parametrize("delays, source, al, dal, ap", BY_HAND)
def test_values_computed_by_hand(delays, source, al, dal, ap):
    assert average_lagging(delays, source) == pytest.approx(float(al))
    assert differentiable_average_lagging(delays, source) == pytest.approx(float(dal))
    assert average_proportion(delays, source) == pytest.approx(float(ap))


@pytest.mark.parametrize("k", range(1, 8))
def test_wait_k_lags_k_words_where_both_sides_are_equally_long(k):
    delays = [min(k + t, 7) for t in range(7)]
    assert average_lagging(delays, 7) == pytest.approx(k)
    assert differentiable_average_lagging(delays, 7) == pytest.approx(k)


@st.composite
def readings(draw):
    source = draw(st.integers(1, 12))
    return sorted(draw(st.lists(st.integers(1, source), min_size=1, max_size=15))), source


@given(readings())
def test_dal_equals_its_recursion_in_fractions(reading):
    delays, source = reading
    pace, spoken, lags = Fraction(source, len(delays)), None, []
    for t, delay in enumerate(delays):
        spoken = Fraction(delay) if spoken is None else max(Fraction(delay), spoken + pace)
        lags.append(spoken - t * pace)
    assert differentiable_average_lagging(delays, source) == pytest.approx(float(sum(lags) / len(delays)))


@given(readings())
def test_dal_and_ap_stay_in_their_range_and_grow_with_the_delays(reading):
    delays, source = reading
    assert 0 < differentiable_average_lagging(delays, source) <= source + 1e-9
    assert 0 < average_proportion(delays, source) <= 1
    later = [min(delay + 1, source) for delay in delays]
    assert differentiable_average_lagging(later, source) >= differentiable_average_lagging(delays, source)
    assert average_proportion(later, source) >= average_proportion(delays, source)


@pytest.mark.parametrize("metric", [average_lagging, differentiable_average_lagging, average_proportion])
@pytest.mark.parametrize("delays, source", [([2, 1], 3), ([4], 3), ([-1], 3), ([1], 0)])
def test_impossible_delays_are_refused(metric, delays, source):
    with pytest.raises(ValueError, match="must"):
        metric(delays, source)
