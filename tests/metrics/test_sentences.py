import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.metrics.sentences import sentences


@pytest.mark.parametrize(
    "text, parts",
    [
        ("", ()),
        (" \n ", ()),
        ("One. Two! Three? Four", ("One.", "Two!", "Three?", "Four")),
        ('He said: "Stop." Then he left.', ('He said: "Stop."', "Then he left.")),
        (
            "J. Smith met Dr. Jones in St. Ives. They spoke.",
            ("J. Smith met Dr. Jones in St. Ives.", "They spoke."),
        ),
        ("It cost 3.5 million. 4 left.", ("It cost 3.5 million.", "4 left.")),
        ("See e.g. the second. It holds.", ("See e.g. the second.", "It holds.")),
        ("def f(x):\n    return x", ("def f(x):", "return x")),
        ("Smith et al. 2004 did. Others too.", ("Smith et al. 2004 did.", "Others too.")),
    ],
)
def test_known_splits(text, parts):
    assert sentences(text) == parts


@given(st.text(alphabet='aB1. !?"\n\u2028é', max_size=60))
def test_nothing_but_space_is_lost(text):
    parts = sentences(text)
    assert all(part and part == part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
