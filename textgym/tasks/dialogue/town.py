"""The restaurants of a made-up town."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from textgym.tasks.dialogue.contacts import Contacts, draw_contacts
from textgym.tasks.dialogue.entity import Entity
from textgym.tasks.dialogue.rows import Rows

_ADJECTIVES = (
    "Copper",
    "Silver",
    "Crooked",
    "Quiet",
    "Velvet",
    "Amber",
    "Hidden",
    "Merry",
    "Salty",
    "Golden",
)
_NOUNS = ("Heron", "Lantern", "Kettle", "Anchor", "Fiddle", "Thistle", "Barrel", "Magpie", "Pepper", "Acorn")
_STARTS = ("Lu", "Ma", "Vi", "To", "Sa", "Be", "Ka", "Ro", "Di", "No")
_MIDDLES = ("ra", "li", "mo", "ve", "tu", "ni", "bo", "sha")
_ENDS = ("no", "lla", "ri", "ko", "na", "mi", "dor", "zan")
_KINDS = ("", " Kitchen", " Table", " House", " Garden")
_PLAIN = len(_ADJECTIVES) * len(_NOUNS)  # so many stems are adjective and noun, the others made up

_HALF = 2**32 - 1


class Numbers(NamedTuple):
    """What a generator gives for a town, before its contacts.

    Args:
        stems: Of each name; no two are the same, which keeps any name from being part of another.
        kind: That of the name at a place, where it is made up.
        values: By slot, the number of each restaurant's value.
    """

    stems: list[int]
    kind: Callable[[int], int]
    values: list[list[int]]


def draw_town(rng: np.random.Generator, values: Mapping[str, Sequence[str]]) -> Rows:
    """40 to 60 restaurants.

    Args:
        rng: From `np.random.default_rng`; to be used by nobody else afterwards, as contacts are drawn later.
        values: By slot, what it can be.
    """
    size, bounds = int(rng.integers(40, 61)), [len(v) for v in values.values()]
    drawn = read_numbers(rng, size, bounds) or draw_numbers(rng, size, bounds)
    numbers = dict(zip(values, drawn.values, strict=True))
    contacts: Contacts | None = None
    begin, drawing = rng.bit_generator.state, Lock()

    def make(place: int) -> Entity:
        nonlocal contacts
        # The last numbers that the generator gives: drawn when somebody looks at a restaurant. One thread draws; it
        # begins where the town ended, also where an earlier attempt was interrupted.
        with drawing:
            if contacts is None:
                rng.bit_generator.state = begin
                contacts = draw_contacts(rng, size)
        slots = {slot: values[slot][row[place]] for slot, row in numbers.items()}
        name = _name(drawn.stems[place], drawn.kind(place))
        return Entity(place + 1, name, MappingProxyType({**slots, **contacts.at(place)}))

    return Rows(values, numbers, make)


def draw_numbers(rng: np.random.Generator, size: int, bounds: Sequence[int]) -> Numbers:
    """The numbers of a town, drawn one by one.

    Args:
        rng: Gives them.
        size: Number of restaurants.
        bounds: By slot, how many values it has.
    """
    kinds: dict[int, int] = {}
    while len(kinds) < size:
        made_up, stem = rng.random() >= 0.5, int(rng.integers(10))
        if made_up:
            stem += 10 * (10 + 8 * int(rng.integers(8)) + int(rng.integers(8)))
        else:
            stem += 10 * int(rng.integers(10))
        kinds.setdefault(stem, int(rng.integers(5)) if made_up else 0)
    values = [rng.integers(n, size=size).tolist() for n in bounds]
    return Numbers(list(kinds), list(kinds.values()).__getitem__, values)


def read_numbers(rng: np.random.Generator, size: int, bounds: Sequence[int]) -> Numbers | None:
    """The numbers that `draw_numbers` would draw, read from the generator's words all at once.

    A number in [0, 1) takes a word of 64 bits, two bounded integers its lower and then its higher half (Lemire, 2019,
    "Fast random integer generation in an interval", as NumPy has it). A name takes two or three words: the first
    is its sort, and its integers begin with the half that was left before.

    Returns:
        The numbers; None, with the generator as it was, where the words come from another generator than PCG64, in
        the rare case in which the method may refuse a half and take the next one, or if no half is left of the
        newest word.
    """
    bits = rng.bit_generator
    if not isinstance(bits, np.random.PCG64):
        return None
    before = bits.state
    words = bits.advance(-1).random_raw(6 * size)
    low, high = words & _HALF, words >> 32
    # A name that begins at each of the words: the number of its first part, and ten times that of the rest.
    rest = np.where(words[1:-2] >> 63, (low[2:-1] >> 29 << 3) + (high[2:-1] >> 29) + 10, low[2:-1] * 10 >> 32)
    stems = ((high[:-3] * 10 >> 32) + rest * 10).tolist()
    starts: dict[int, int] = {}
    start, end = 0, len(stems)
    while len(starts) < size and start < end:
        stem = stems[start]
        starts.setdefault(stem, start)
        start += 2 if stem < _PLAIN else 3
    halves = words.astype("<u8", copy=False).view("<u4")
    given = halves[2 * start + 1 :][: len(bounds) * size]
    left = (before["has_uint32"], before["uinteger"]) == (1, high[0])
    if left and len(given) == len(bounds) * size:
        products = given.reshape(-1, size) * np.array(bounds, np.uint64)[:, None]
        # Refused are some that are just above a multiple of 2**32 / n.
        if (halves * np.uint32(10)).min() >= 10 and (products & _HALF).min() >= max(bounds):
            read = 2 * start + 1 + given.size
            bits.advance(read // 2 - len(words))
            if read % 2:
                rng.integers(2**32)
            kinds = list(starts.values())
            return Numbers(
                list(starts), lambda place: int(low[kinds[place] + 3]) * 5 >> 32, (products >> 32).tolist()
            )
    bits.state = before
    return None


def _name(stem: int, kind: int) -> str:
    rest, first = divmod(stem, 10)
    if stem < _PLAIN:
        return f"The {_ADJECTIVES[first]} {_NOUNS[rest]}"
    middle, end = divmod(rest - 10, 8)
    return _STARTS[first] + _MIDDLES[middle] + _ENDS[end] + _KINDS[kind]
