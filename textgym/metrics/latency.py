"""How far a simultaneous translation lags behind its source, from how much was read before each word was written.

Delays are g(t): the number of source words read when the t-th target word is written. |x| is the number of source
words, |y| of target words, and gamma = |y| / |x|.
"""

from collections.abc import Sequence


def average_lagging(delays: Sequence[int], source_words: int) -> float:
    """Average Lagging: words behind a translator who writes at the pace of the source from its first word on.

    Only words up to the first that is written with the whole source read are counted.

    Args:
        delays: g(t) of each target word; ascending, in [0, source_words].
        source_words: |x|, at least 1.

    Returns:
        Source words; `source_words` where nothing is written. Negative for who writes ahead of that pace.

    References:
        Ma et al., 2019, "STACL", arXiv:1810.08398, equations 8 and 9.
    """
    _check(delays, source_words)
    if not delays:
        return float(source_words)
    whole = next((t for t, delay in enumerate(delays, 1) if delay >= source_words), len(delays))
    pace = source_words / len(delays)
    return sum(delay - t * pace for t, delay in enumerate(delays[:whole])) / whole


def differentiable_average_lagging(delays: Sequence[int], source_words: int) -> float:
    """Differentiable Average Lagging: like Average Lagging, but each target word takes at least 1 / gamma to write.

    So words that are held back cost until the end, and the result is in [0, |x|].

    Args:
        delays: As for `average_lagging`.
        source_words: As for `average_lagging`.

    Returns:
        Source words; `source_words` where nothing is written.

    References:
        Cherry and Foster, 2019, "Thinking slow about latency evaluation for simultaneous machine translation",
        arXiv:1906.00048, equations 4 and 5.
    """
    _check(delays, source_words)
    if not delays:
        return float(source_words)
    pace = source_words / len(delays)
    total = behind = 0.0
    for t, delay in enumerate(delays):
        # g'(t) - (t - 1) / gamma: its recursion g'(t) = max(g(t), g'(t-1) + 1 / gamma) keeps the largest lag.
        behind = max(behind, delay - t * pace) if t else float(delay)
        total += behind
    return total / len(delays)


def average_proportion(delays: Sequence[int], source_words: int) -> float:
    """Average Proportion: the share of the source that is read when a target word is written, on average.

    Args:
        delays: As for `average_lagging`.
        source_words: As for `average_lagging`.

    Returns:
        In [0, 1]; 1 where nothing is written.

    References:
        Cho and Esipova, 2016, "Can neural machine translation do simultaneous translation?", arXiv:1606.02012,
        section 4.1.
    """
    _check(delays, source_words)
    return sum(delays) / (source_words * len(delays)) if delays else 1.0


def _check(delays: Sequence[int], source_words: int) -> None:
    if source_words < 1:
        raise ValueError(f"source_words must be at least 1, got {source_words}")
    if any(not 0 <= delay <= source_words for delay in delays) or list(delays) != sorted(delays):
        raise ValueError(f"delays must ascend within [0, {source_words}], got {list(delays)}")
