"""Lost and invented placeholders."""

from collections import Counter
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.metrics.placeholders import format_fields, placeholder_fidelity


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


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", []),
        ("{}, {0}, {name}", ["{}", "{0}", "{name}"]),
        ("{0:.2f} of {0:.2f} {:>8}", ["{0:.2f}", "{0:.2f}", "{:>8}"]),
        ("{name!r} {!s:^9}", ["{name!r}", "{!s:^9}"]),
        ("{user.name} {users[0].name} {users[last]}", ["{user.name}", "{users[0].name}", "{users[last]}"]),
        ("at {when:%H:%M} %s", ["{when:%H:%M}"]),
        ("{0:{width}.{precision}}", ["{0:{width}.{precision}}"]),
        ("{{name}} {{{name}}} {{0:{width}}} {0:{width}}}}", ["{name}", "{width}", "{0:{width}}"]),
        ("100% of { this }, {a b}, {1.}, {name!x} and {", []),
    ],
)
def test_format_fields(text, fields):
    assert format_fields(text)[0] == Counter(fields)
    for field in fields:  # Python itself reads each as one field, without text around it
        assert [(before, name is None) for before, name, *_ in Formatter().parse(field)] == [("", False)]


PIECES = ("{{", "}}", "{}", "{x.y[0]}", "{x!r:>8}", "{0:{width}.2}", "a", " ")


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_the_fields_are_those_that_python_reads(text):
    parsed = [
        f"{{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}"
        for _, name, form, conversion in Formatter().parse(text)
        if name is not None
    ]
    assert format_fields(text)[0] == Counter(parsed)


def test_what_is_left_holds_no_field():
    assert format_fields("a{when:%d}b %(x)s {{c}} {{{c}}}")[1] == "a b %(x)s {{c}} {{ }}"


@pytest.mark.parametrize(
    ("piece", "fields"),
    [("{", 0), ("{a", 0), ("{a.", 0), ("{a:", 0), ("{:{", 0), ("{:{}", 250_000), ("{a[", 0), ("{}", 500_000)],
)
def test_fields_of_a_megabyte(piece, fields):
    assert format_fields(piece * (1_000_000 // len(piece)))[0].total() == fields
