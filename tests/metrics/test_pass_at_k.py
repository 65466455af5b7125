import itertools
from statistics import fmean

import pytest

from textgym.metrics.pass_at_k import pass_at_k


@pytest.mark.parametrize(
    "attempts, passed, k, expected",
    [
        # By hand: 1 - C(n - c, k) / C(n, k).
        (2, 1, 1, 1 / 2),
        (4, 1, 2, 1 - 3 / 6),
        (5, 2, 3, 1 - 1 / 10),
        (10, 3, 5, 1 - 21 / 252),
        (10, 0, 10, 0.0),
        (10, 1, 10, 1.0),
        (3, 3, 1, 1.0),
    ],
)
def test_values_by_hand(attempts, passed, k, expected):
    assert pass_at_k(attempts, passed, k) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("passed", range(7))
@pytest.mark.parametrize("k", range(1, 7))
def test_it_is_the_share_of_subsets_with_a_success(passed, k):
    marks = [True] * passed + [False] * (6 - passed)
    assert pass_at_k(6, passed, k) == pytest.approx(fmean(any(s) for s in itertools.combinations(marks, k)))


def test_large_numbers():
    assert pass_at_k(1000, 1, 100) == pytest.approx(0.1)


@pytest.mark.parametrize("attempts, passed, k", [(5, 6, 1), (5, -1, 1), (5, 1, 0), (5, 1, 6)])
def test_numbers_that_do_not_fit(attempts, passed, k):
    with pytest.raises(ValueError, match="must lie in"):
        pass_at_k(attempts, passed, k)
