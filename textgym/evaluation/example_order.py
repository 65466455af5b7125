"""Which example each episode of an evaluation asks, and the seed its agent sees."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from textgym.data.base import Split
from textgym.errors import UnknownName
from textgym.tasks.base import ExampleSource

# Domains of the hash, so that an agent's seed tells nothing about the index of its example.
_INDEX, _AGENT = 0, 1


def example_indices(
    task: ExampleSource, split: Split, *, episodes: int, seed: int, repeats: bool
) -> list[int]:
    """The `index` option of each episode.

    A finite task is asked in an order shuffled by the seed, without replacement; with `repeats` each further
    pass is shuffled anew. A generated task is asked the members of its unlimited stream whose numbers are
    hashed from (seed, episode). In both cases the first n episodes are the same for every larger number.

    Args:
        task: What is asked.
        split: Split of the examples.
        episodes: Number of episodes, at least 1.
        seed: Seed of the evaluation, at least 0.
        repeats: Whether a finite task may be asked the same example again.

    Returns:
        One index per episode.

    Raises:
        ValueError: If there are more episodes than examples and `repeats` is False.
        UnknownName: If the split has no examples.
    """
    if not task.finite:
        return [_hashed(seed, i, _INDEX) for i in range(episodes)]
    size = len(task.examples(split))
    if size == 0:
        raise UnknownName(f"source {task.source!r} has no {split} examples; choose another split")
    if episodes > size and not repeats:
        raise ValueError(
            f"{episodes} episodes were asked for, but source {task.source!r} has {size} {split} examples. "
            f"Ask for at most {size}, or pass repeats=True."
        )
    return list(islice(_passes(size, seed), episodes))


def agent_seed(seed: int, episode: int) -> int:
    """Seed of one episode, in [0, 2**63), as handed to the environment and the agent."""
    return _hashed(seed, episode, _AGENT)


def _passes(size: int, seed: int) -> Iterator[int]:
    number = 0
    while True:
        yield from (int(i) for i in np.random.default_rng([seed, number]).permutation(size))
        number += 1


def _hashed(seed: int, episode: int, domain: int) -> int:
    return int(
        np.random.SeedSequence([seed, episode, domain]).generate_state(1, np.uint64)[0] >> np.uint64(1)
    )
