"""Names, places, teams and numbers that the generators make up, so that a reply has to copy them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Draw = Callable[[np.random.Generator], str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """Ada Agnes Alan Albert Alice Amir Anna Anton Arthur Astrid Aya Basil Beatrice Bella Boris Bruno Carla Carlos
    Cecil Clara Colin Daisy Dana Daniel Daria David Diego Edith Edwin Elena Elias Ella Emil Emma Erik Esther Eva
    Farid Felix Fiona Frank Freya Gemma George Greta Gustav Hanna Harold Hassan Hector Helen Henry Hugo Ida Igor
    Imani Ines Irene Isaac Ivan Ivy Jack Jana Jasper Jenna Joan Johan Jonas Judith Julia Kamil Karen Karl Kenji
    Kira Lara Laura Leila Leo Lily Linda Louis Lucas Lucy Magda Maria Marta Martin Maya Milan Mona Nadia Naomi
    Nina Noah Nora Olga Oliver Omar Oscar Paula Pavel Peter Petra Priya Quentin Rahul Rita Robert Rosa Ruth Sami
    Samuel Sara Simon Sofia Stefan Stella Sven Tamara Tara Theo Thomas Tina Tomas Ursula Vera Victor Wanda Walter
    Wilma Yara Yusuf Zoe"""
)
_ONSETS = _words("B Br C Cl D Dr F Fl G Gr H J K Kr L M N P Pr R S St T Tr V W Z")
_VOWELS = _words("a e i o u ai ea oa")
_CODAS = _words("b d g l ll lm ln m mp n nd nk r rd rn rt ss st t x")
_SURNAME_ENDS = _words("er son man ley ova ini ez sen ak ard ow ski berg quist ette in")
_TOWN_ENDS = _words("ford wick ham stead mere dale by holm bridge port ton field burn haven minster ley")
_TEAM_ENDS = _words("Rovers United Athletic Hawks Rangers City Wanderers Lions Stars Albion")
_COMPANY_ENDS = _words("Works Systems Foods Motors Energy Labs Group Textiles Robotics Airways Steel Media")
_PRODUCT_ENDS = _words("a ix on o us era ium ova el is")
_PET_ENDS = _words("o y ie a us le")
_RIVER_ENDS = _words("a e en er ow ash")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Pick:
    """A drawer of one of its choices."""

    choices: tuple[str, ...]

    def __call__(self, rng: np.random.Generator) -> str:
        return self.choices[rng.integers(len(self.choices))]


def pick(*choices: str) -> Pick:
    """A drawer of one of the choices."""
    return Pick(choices)


def count(low: int, high: int) -> Draw:
    """A drawer of a whole number from `low` to `high`, with thousands separators."""
    return lambda rng: f"{rng.integers(low, high + 1):,}"


def thousands(low: int, high: int) -> Draw:
    """A drawer of a whole number of thousands, such as `"14,000"`."""
    return lambda rng: f"{rng.integers(low, high + 1)},000"


def millions(low: int, high: int) -> Draw:
    """A drawer of an amount such as `"14 million"`."""
    return lambda rng: f"{rng.integers(low, high + 1)} million"


def _stem(rng: np.random.Generator) -> str:
    return "".join(part[rng.integers(len(part))] for part in (_ONSETS, _VOWELS, _CODAS))


def _ended(ends: tuple[str, ...], gap: str = "") -> Draw:
    return lambda rng: f"{_stem(rng)}{gap}{ends[rng.integers(len(ends))]}"


surname = _ended(_SURNAME_ENDS)
town = _ended(_TOWN_ENDS)
river = _ended(_RIVER_ENDS)
product = _ended(_PRODUCT_ENDS)
pet = _ended(_PET_ENDS)
company = _ended(_COMPANY_ENDS, " ")
first_name = pick(*FIRST_NAMES)
day = pick(*DAYS)


def person(rng: np.random.Generator) -> str:
    """First name and surname."""
    return f"{first_name(rng)} {surname(rng)}"


def team(rng: np.random.Generator) -> str:
    """A town and a team's name."""
    return f"{town(rng)} {_TEAM_ENDS[rng.integers(len(_TEAM_ENDS))]}"


def date(rng: np.random.Generator) -> str:
    """A day of the year, such as `"12 May"`; days run to 28."""
    return f"{rng.integers(1, 29)} {MONTHS[rng.integers(12)]}"
