"""Expressions by the texts of their productions."""

import pytest

from textgym.data.expressions.grammar import PRODUCTIONS


@pytest.fixture(scope="session")
def numbered():
    """From texts of productions, in preorder and with a `|` between them, to their numbers."""
    texts = [production.text for production in PRODUCTIONS]
    return lambda line: [texts.index(text.strip()) for text in line.split("|")]
