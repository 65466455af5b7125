"""Tags and entities of a text."""

from collections import Counter

import pytest

from textgym.metrics.markup import markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("No markup: 3 < 4 > 2, a <- b, R&D; AT&T", []),
        ("<b>Save</b> and <b>go</b>", ["<b>", "</b>", "<b>", "</b>"]),
        ('See <a href="%(link)s" target="_blank">this</a>.', ['<a href="%(link)s" target="_blank">', "</a>"]),
        ("One<br/>two<br />three<hr>", ["<br/>", "<br />", "<hr>"]),
        ("<ph id='1'/><xs:e>", ["<ph id='1'/>", "<xs:e>"]),
        ("Fish &amp; chips&nbsp;&#8364;5 &#x20AC;", ["&amp;", "&nbsp;", "&#8364;", "&#x20AC;"]),
        ("Write to <anna@example.org> or <https://example.org>", []),
        ("<b <i>", ["<i>"]),
        ("<größe>", ["<größe>"]),
    ],
)
def test_found(text, expected):
    assert markup(text) == Counter(expected)


@pytest.mark.parametrize(
    ("piece", "found"),
    [("<a ", 0), ("<a b", 0), ("</", 0), ("&a", 0), ("&#", 0), ('<a href="', 0), ("<a />", 200_000)],
)
def test_markup_of_a_megabyte(piece, found):
    assert markup(piece * (1_000_000 // len(piece))).total() == found
