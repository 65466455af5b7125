"""Means with intervals, when episodes that share a prompt group are not independent."""

from collections.abc import Sequence

import numpy as np

RESAMPLES = 10_000
_CHUNK = 500


def bootstrap_means(
    values: Sequence[float], groups: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Means of bootstrap samples that draw whole groups with replacement.

    Args:
        values: One number per episode.
        groups: The group of each episode.
        resamples: Number of bootstrap samples.
        seed: Seed of the resampling; the same arguments give the same samples.

    Returns:
        The mean of each sample, shape (resamples,).

    Raises:
        ValueError: If there is no value, or the lengths differ.

    References:
        Field and Welsh, 2007, "Bootstrapping clustered data", section 2 (the cluster bootstrap).
    """
    if len(values) == 0 or len(values) != len(groups):
        raise ValueError(
            f"expected one group per value and at least one, got {len(values)} and {len(groups)}"
        )
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    sums = np.bincount(member, weights=np.asarray(values, dtype=float))
    sizes = np.bincount(member).astype(float)
    rng = np.random.default_rng(seed)
    means = []
    for start in range(0, resamples, _CHUNK):
        picks = rng.integers(len(sums), size=(min(_CHUNK, resamples - start), len(sums)))
        means.append(sums[picks].sum(1) / sizes[picks].sum(1))
    return np.concatenate(means)


def mean_interval(
    values: Sequence[float], groups: Sequence[str], *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean from the cluster bootstrap.

    Args:
        values: One number per episode.
        groups: The group of each episode; groups, not episodes, are resampled.
        level: Nominal coverage. With few groups the true coverage is lower.
        seed: Seed of the resampling.

    Returns:
        Lower and upper end; NaN twice when there is only one group, which says nothing about spread.
    """
    if len(set(groups)) < 2:
        return (float("nan"), float("nan"))
    return percentile_interval(bootstrap_means(values, groups, seed=seed), level=level)


def stratified_interval(
    strata: Sequence[tuple[Sequence[float], Sequence[str]]], *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean of several means, each with its own episodes.

    Args:
        strata: Values and groups of each task; groups are resampled within a task, every task weighs the same.
        level: Nominal coverage.
        seed: Seed of the resampling.

    Returns:
        Lower and upper end; NaN twice when a task has only one group.
    """
    if any(len(set(groups)) < 2 for _, groups in strata):
        return (float("nan"), float("nan"))
    means = [bootstrap_means(values, groups, seed=seed + i) for i, (values, groups) in enumerate(strata)]
    return percentile_interval(np.mean(means, axis=0), level=level)


def percentile_interval(samples: np.ndarray, *, level: float = 0.95) -> tuple[float, float]:
    """The middle `level` of bootstrap samples.

    Args:
        samples: Bootstrap values, shape (resamples,).
        level: Share in (0, 1) that lies inside.

    Returns:
        Lower and upper end.
    """
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)
