"""How likely one of k attempts succeeds, from n attempts."""

from math import comb


def pass_at_k(attempts: int, passed: int, k: int) -> float:
    """Unbiased estimate of the probability that at least one of k attempts passes.

    Args:
        attempts: Number n of attempts at one problem.
        passed: How many of them passed.
        k: How many one may make, at most n.

    Returns:
        1 - C(n - passed, k) / C(n, k), in [0, 1]. The mean over problems is what is reported.

    Raises:
        ValueError: If the numbers do not fit together.

    References:
        Chen et al., 2021, arXiv:2107.03374, equation 1.
    """
    if not 0 <= passed <= attempts:
        raise ValueError(f"passed must lie in [0, attempts], got {passed} of {attempts}")
    if not 1 <= k <= attempts:
        raise ValueError(f"k must lie in [1, attempts], got {k} with {attempts} attempts")
    return 1.0 - comb(attempts - passed, k) / comb(attempts, k)
