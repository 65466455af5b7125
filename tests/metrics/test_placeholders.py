"""Lost and invented placeholders."""

from collections import Counter

import pytest

from textgym.metrics.placeholders import placeholder_fidelity


@pytest.mark.parametrize(
    ("expected", "found", "share"),
    [
        ([], [], 1.0),
        (["%s"], ["%s"], 1.0),
        (["%s", "%(name)s"], ["%(name)s", "%s"], 1.0),
        (["%s", "%(name)s"], ["%s"], 0.5),
        (["%s"], [], 0.0),
        ([], ["%s"], 0.0),
        (["%s"], ["%s", "{x}"], 0.5),
        (["%s", "%s"], ["%s"], 0.5),
        (["%(name)s"], ["%(Name)s"], 0.0),
    ],
)
def test_share(expected, found, share):
    assert placeholder_fidelity(Counter(expected), Counter(found)) == share
