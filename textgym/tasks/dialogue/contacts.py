"""Phone numbers, addresses and postcodes of a made-up town."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from textgym.tasks.dialogue.domain import Fact

STREETS = tuple(
    f"{first} {second}"
    for first in (
        "Mill",
        "Abbey",
        "Orchard",
        "Castle",
        "Harbour",
        "Willow",
        "Station",
        "Chapel",
        "Quarry",
        "Fern",
    )
    for second in ("Lane", "Street", "Road", "Square")
)

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def _in_two(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}".upper()


def _in_a_street(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2].title()}"


CONTACTS: Mapping[str, Fact] = {
    "phone": Fact(re.compile(r"(?<![0-9])([0-9]{3})[ -]?([0-9]{4})(?![0-9])"), _in_two),
    "address": Fact(
        re.compile(r"(?<![0-9])([0-9]{1,3}) (" + "|".join(s.casefold() for s in STREETS) + r")(?!\w)"),
        _in_a_street,
    ),
    "postcode": Fact(re.compile(r"(?<!\w)([a-z]{2}[0-9]) ?([0-9][a-z]{2})(?!\w)"), _in_two),
}
"""How they are recognised, by slot."""


@dataclass(frozen=True, eq=False)
class Contacts:
    """Phone numbers, addresses and postcodes of places, as the numbers that they are written with.

    Arrays: a database keeps them, and a garbage collector would go through every list of a list.

    Args:
        phones: All seven digits of each.
        houses: Their numbers.
        streets: Of `STREETS`.
        letters: Four of a postcode each, of `LETTERS`.
        digits: Two of a postcode each.
    """

    phones: np.ndarray
    houses: np.ndarray
    streets: np.ndarray
    letters: np.ndarray
    digits: np.ndarray

    def at(self, place: int) -> dict[str, str]:
        """Phone, address and postcode of a place, counted from 0."""
        start, end = divmod(int(self.phones[place]), 10_000)
        (a, b, c, d), (m, n) = self.letters[place].tolist(), self.digits[place].tolist()
        return {
            "phone": f"{start:03d} {end:04d}",
            "address": f"{self.houses[place]} {STREETS[self.streets[place]]}",
            "postcode": f"{LETTERS[a]}{LETTERS[b]}{m} {n}{LETTERS[c]}{LETTERS[d]}",
        }


def draw_contacts(rng: np.random.Generator, size: int) -> Contacts:
    """Those of so many places."""
    return Contacts(
        phones=rng.integers(10_000_000, size=size),
        houses=rng.integers(1, 200, size=size),
        streets=rng.integers(len(STREETS), size=size),
        letters=rng.integers(len(LETTERS), size=(size, 4)),
        digits=rng.integers(1, 10, size=(size, 2)),
    )
