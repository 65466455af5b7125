"""Phone numbers, addresses and postcodes of a made-up town."""

import re
from collections.abc import Mapping

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


def draw_contacts(rng: np.random.Generator, size: int) -> list[dict[str, str]]:
    """Phone, address and postcode of so many places."""
    phones = rng.integers(10_000_000, size=size).tolist()
    houses, streets = rng.integers(1, 200, size=size).tolist(), rng.integers(len(STREETS), size=size).tolist()
    letters = rng.integers(len(LETTERS), size=(size, 4)).tolist()
    digits = rng.integers(1, 10, size=(size, 2)).tolist()
    rows = zip(phones, houses, streets, letters, digits, strict=True)
    return [
        {
            "phone": f"{phone // 10_000:03d} {phone % 10_000:04d}",
            "address": f"{house} {STREETS[street]}",
            "postcode": f"{LETTERS[a]}{LETTERS[b]}{m} {n}{LETTERS[c]}{LETTERS[d]}",
        }
        for phone, house, street, (a, b, c, d), (m, n) in rows
    ]
