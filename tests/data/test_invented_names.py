"""Invented names are many, and look like what they stand for."""

import re

import numpy as np
import pytest

from textgym.data import invented_names


@pytest.mark.parametrize(
    "draw, pattern, at_least",
    [
        (invented_names.town, r"[A-Z][a-z]+", 2500),
        (invented_names.person, r"[A-Z][a-z]+ [A-Z][a-z]+", 2900),
        (invented_names.team, r"[A-Z][a-z]+ [A-Z][a-z]+", 2800),
        (invented_names.product, r"[A-Z][a-z]+", 2000),
        (invented_names.count(1000, 9999), r"\d,\d{3}", 2000),
        (invented_names.thousands(3, 60), r"\d{1,2},000", 58),
        (invented_names.millions(2, 95), r"\d{1,2} million", 94),
        (invented_names.date, r"\d{1,2} [A-Z][a-z]+", 330),
    ],
)
def test_three_thousand_draws(draw, pattern, at_least):
    rng = np.random.default_rng(0)
    drawn = {draw(rng) for _ in range(3000)}
    assert all(re.fullmatch(pattern, name) for name in drawn)
    assert len(drawn) >= at_least


def test_count_includes_both_ends():
    rng = np.random.default_rng(0)
    draw = invented_names.count(2, 4)
    assert {draw(rng) for _ in range(100)} == {"2", "3", "4"}
