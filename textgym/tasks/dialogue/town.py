"""The restaurants of a made-up town."""

from collections.abc import Callable, Mapping, Sequence
from math import lcm
from types import MappingProxyType
from typing import Any, NamedTuple

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

_SMALLEST, _LARGEST = 40, 60


class Numbers(NamedTuple):
    """What a generator gives for a town, before its contacts.

    Args:
        stems: Of each name; no two are the same, which keeps any name from being part of another.
        kind: That of the name at a place, where it is made up.
        values: By slot, the number of each restaurant's value.
        behind: Gives a generator that goes on where these end.
    """

    stems: list[int]
    kind: Callable[[int], int]
    values: list[list[int]]
    behind: Callable[[], np.random.Generator]


def draw_town(rng: np.random.Generator, values: Mapping[str, Sequence[str]]) -> Rows:
    """40 to 60 restaurants.

    Args:
        rng: One that was not used yet; to be used by nobody else.
        values: By slot, what it can be.
    """
    bounds = [len(v) for v in values.values()]
    drawn = read_numbers(rng, bounds) or draw_numbers(rng, bounds)
    numbers = dict(zip(values, drawn.values, strict=True))
    contacts: Contacts | None = None

    def make(place: int) -> Entity:
        nonlocal contacts
        if contacts is None:
            # The last numbers that the generator gives, drawn when somebody looks at a restaurant. Threads that
            # look at the same time draw the same ones.
            contacts = draw_contacts(drawn.behind(), len(drawn.stems))
        slots = {slot: values[slot][row[place]] for slot, row in numbers.items()}
        name = _name(drawn.stems[place], drawn.kind(place))
        return Entity(place + 1, name, MappingProxyType({**slots, **contacts.at(place)}))

    return Rows(values, numbers, make)


def draw_numbers(rng: np.random.Generator, bounds: Sequence[int]) -> Numbers:
    """The numbers of a town, drawn one by one.

    Args:
        rng: Only its seed is read.
        bounds: By slot, how many values it has, at least 2.
    """
    again = _from_the_start(rng)
    size = int(again.integers(_SMALLEST, _LARGEST + 1))
    kinds: dict[int, int] = {}
    while len(kinds) < size:
        made_up, stem = again.random() >= 0.5, int(again.integers(10))
        if made_up:
            stem += 10 * (10 + 8 * int(again.integers(8)) + int(again.integers(8)))
        else:
            stem += 10 * int(again.integers(10))
        kinds.setdefault(stem, int(again.integers(5)) if made_up else 0)
    values = [again.integers(n, size=size).tolist() for n in bounds]
    end = again.bit_generator.state

    def behind() -> np.random.Generator:
        again = _from_the_start(rng)
        again.bit_generator.state = end
        return again

    return Numbers(list(kinds), list(kinds.values()).__getitem__, values, behind)


def read_numbers(rng: np.random.Generator, bounds: Sequence[int]) -> Numbers | None:
    """The numbers that `draw_numbers` would draw, read from the generator's words all at once.

    A number in [0, 1) takes a word of 64 bits, two bounded integers its lower and then its higher half (Lemire, 2019,
    "Fast random integer generation in an interval", as NumPy has it). The first half is the size. A name takes two
    or three words: the first is its sort, and its integers begin with the half that was left before.

    Args:
        rng: One that was not used yet; words are taken from it.
        bounds: By slot, how many values it has, at least 2.

    Returns:
        The numbers; None where the words come from another generator than PCG64, and in the rare cases in which the
        method may refuse a half and take the next one, or names take more words than are read.
    """
    bits = rng.bit_generator
    if not isinstance(bits, np.random.PCG64):
        return None
    # Names take five halves each on average; a town in millions that needs more than seven is drawn one by one.
    halves = bits.random_raw((8 + len(bounds)) * _LARGEST // 2).astype("<u8", copy=False).view("<u4")
    sizes, named = _LARGEST - _SMALLEST + 1, halves[: 7 * _LARGEST]
    size = _SMALLEST + (int(halves[0]) * sizes >> 32)
    tens = (named.astype(np.uint64) * 10 >> 32).astype(np.uint8).tobytes()
    eighths = (named >> 29).astype(np.uint8).tobytes()
    starts: dict[int, int] = {}
    at = 1
    while len(starts) < size and at < len(named) - 5:
        # The half that is left; the two of a number in [0, 1), of which one bit tells; two more.
        if eighths[at + 2] > 3:
            starts.setdefault(_PLAIN + tens[at] + 80 * eighths[at + 3] + 10 * eighths[at + 4], at)
            at += 6
        else:
            starts.setdefault(tens[at] + 10 * tens[at + 3], at)
            at += 4
    # Refused are some that are just above a multiple of 2**32 / n.
    multiple = lcm(sizes, 10, *bounds)
    if len(starts) < size or (halves * np.uint32(multiple)).min() < multiple:
        return None
    read, places = at + len(bounds) * size, list(starts.values())
    seeds: Any = bits.seed_seq
    values = halves[at:read].reshape(-1, size) * np.array(bounds, np.uint64)[:, None] >> 32

    def behind() -> np.random.Generator:
        again = np.random.Generator(np.random.PCG64(seeds).advance(read // 2))
        if read % 2:
            again.integers(2**32)
        return again

    return Numbers(
        list(starts), lambda place: int(named[places[place] + 5]) * 5 >> 32, values.tolist(), behind
    )


def _from_the_start(rng: np.random.Generator) -> np.random.Generator:
    """A generator that gives what this one gave at first."""
    bits: Any = rng.bit_generator
    return np.random.Generator(type(bits)(bits.seed_seq))


def _name(stem: int, kind: int) -> str:
    rest, first = divmod(stem, 10)
    if stem < _PLAIN:
        return f"The {_ADJECTIVES[first]} {_NOUNS[rest]}"
    middle, end = divmod(rest - 10, 8)
    return _STARTS[first] + _MIDDLES[middle] + _ENDS[end] + _KINDS[kind]
