"""The things that are asked about: attributes, their values, and generated worlds."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from textgym.data.base import Record, group_key

ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "colour": ("red", "blue", "green", "yellow"),
        "size": ("small", "big"),
        "material": ("wooden", "metal", "glass"),
        "shape": ("round", "square", "long"),
        "place": ("kitchen", "garden", "garage"),
    }
)
NAMES = tuple(
    [
        "anchor",
        "basket",
        "bell",
        "bench",
        "bottle",
        "bowl",
        "box",
        "brush",
        "bucket",
        "candle",
        "chair",
        "clock",
        "comb",
        "crate",
        "drum",
        "fork",
        "hammer",
        "hook",
        "jug",
        "kettle",
        "key",
        "knob",
        "ladder",
        "lamp",
        "mask",
        "mirror",
        "mug",
        "pan",
        "pipe",
        "plate",
        "pump",
        "ring",
        "rope",
        "shelf",
        "spoon",
        "stool",
        "tray",
        "vase",
        "wheel",
        "whistle",
    ]
)
MOST_THINGS = 20

QUESTIONS = tuple((attribute, value) for attribute, values in ATTRIBUTES.items() for value in values)
"""The first actions; the others guess the things by their place."""


@dataclass(frozen=True, eq=False)
class World:
    """The things of an episode, all of which the agent sees.

    Args:
        names: Of the things, different ones.
        values: Of each thing, its value of each attribute; no two things are alike.
    """

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @cached_property
    def answers(self) -> np.ndarray:
        """Whether the answer to each action is yes if each thing is the one: bool (n, m); guesses of none are no."""
        table = np.zeros((len(QUESTIONS) + MOST_THINGS, len(self.names)), np.bool_)
        for row, (attribute, value) in enumerate(QUESTIONS):
            place = tuple(ATTRIBUTES).index(attribute)
            table[row] = [values[place] == value for values in self.values]
        table[len(QUESTIONS) : len(QUESTIONS) + len(self.names)] = np.eye(len(self.names), dtype=np.bool_)
        return table

    @cached_property
    def counts(self) -> np.ndarray:
        """`answers` as float32, which multiplies with what is possible."""
        return self.answers.astype(np.float32)

    @cached_property
    def askable(self) -> np.ndarray:
        """Which actions any thing answers with yes: bool (n,)."""
        return np.asarray(self.answers.any(axis=1))

    def describe(self, things: Sequence[int]) -> str:
        """Things with their attributes."""
        return "; ".join(f"{self.names[i]} ({', '.join(self.values[i])})" for i in things)


class WorldGenerator:
    """Draws worlds, each with the seed of its target."""

    name = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One world as a record; `difficulty` in [0, 1]."""
        size = 4 + round((MOST_THINGS - 4) * difficulty)
        names = [NAMES[i] for i in rng.permutation(len(NAMES))[:size]]
        weights = [_weights(rng, len(values), difficulty) for values in ATTRIBUTES.values()]
        sums = [w.cumsum()[:-1].tolist() for w in weights]
        kinds: dict[tuple[str, ...], None] = {}
        while len(kinds) < size:
            # Inverse distribution functions: the place of a uniform number among the sums of the weights.
            places = map(bisect_right, sums, rng.random(len(sums)).tolist())
            kinds[tuple(v[i] for v, i in zip(ATTRIBUTES.values(), places, strict=True))] = None
        world = ";".join(" ".join([name, *values]) for name, values in zip(names, kinds, strict=True))
        seed = int(rng.integers(2**53))
        return Record(f"generated/{seed}", group_key(world), {"seed": str(seed), "world": world})


def _weights(rng: np.random.Generator, size: int, difficulty: float) -> np.ndarray:
    """Probabilities of an attribute's values: even at difficulty 0, each half of the one before at 1."""
    weights = (1.0 - 0.5 * difficulty) ** rng.permutation(size)
    return weights / weights.sum()
