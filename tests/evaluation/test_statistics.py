import numpy as np
import pytest

from textgym.evaluation.statistics import bootstrap_means, mean_interval


def test_single_member_groups_agree_with_scipy():
    from scipy.stats import bootstrap

    values = np.random.default_rng(0).gamma(2.0, size=200)
    expected = bootstrap((values,), np.mean, method="percentile", random_state=1).confidence_interval
    assert mean_interval(values, [str(i) for i in range(200)]) == pytest.approx(tuple(expected), abs=0.01)


def test_two_groups_give_the_three_possible_means():
    means = bootstrap_means([0.0, 0.0, 0.0, 1.0], ["a", "a", "a", "b"])
    assert set(means.tolist()) == {0.0, 0.25, 1.0}
    assert np.mean(means == 0.25) == pytest.approx(0.5, abs=0.02)


def test_copies_within_a_group_do_not_narrow_the_interval():
    values = list(np.random.default_rng(0).normal(size=50))
    groups = [str(i) for i in range(50)]
    assert mean_interval(values * 20, groups * 20) == pytest.approx(mean_interval(values, groups))


def test_coverage_of_the_mean_of_clustered_values():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        centres = rng.normal(size=40).repeat(5)
        low, high = mean_interval(centres + 0.1 * rng.normal(size=200), np.arange(40).repeat(5).astype(str))
        hits += low <= 0.0 <= high
    assert 0.89 <= hits / 200 <= 0.99


def test_one_group_says_nothing():
    assert np.isnan(mean_interval([1.0, 2.0], ["a", "a"])).all()


def test_the_same_arguments_give_the_same_interval():
    values, groups = [0.1, 0.5, 0.9, 0.3], ["a", "b", "c", "d"]
    assert mean_interval(values, groups) == mean_interval(values, groups)


@pytest.mark.parametrize("values, groups", [([], []), ([1.0], ["a", "b"])])
def test_values_and_groups_must_match(values, groups):
    with pytest.raises(ValueError, match="one group per value"):
        bootstrap_means(values, groups)
