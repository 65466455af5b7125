"""Plain data crosses unchanged; nothing else crosses, whatever the bytes."""

import json
import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.errors import NotPlainData
from textgym.sandbox import wire

HASHABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
PLAIN = st.recursive(
    HASHABLE | st.complex_numbers(allow_nan=False) | st.fractions() | st.binary(max_size=8).map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
        | st.lists(inner, max_size=4).map(deque)
    ),
    max_leaves=12,
)


def crossed(value):
    return wire.decode(wire.unpack(wire.pack(wire.encode(value))[wire.HEADER.size :]))


def deep_types(value):
    if isinstance(value, dict):
        return dict, {key: (type(key), deep_types(item)) for key, item in value.items()}
    if isinstance(value, list | tuple | deque):
        return type(value), [deep_types(item) for item in value]
    return type(value)


@given(PLAIN)
def test_plain_data_cross_with_their_types(value):
    assert crossed(value) == value
    assert deep_types(crossed(value)) == deep_types(value)


@pytest.mark.parametrize(
    "value",
    [
        1 << 63,
        -(1 << 63),
        -(1 << 200),
        0.1,
        -0.0,
        math.inf,
        range(1, 10, 3),
        range(10**30),
        Decimal("1.10"),
    ],
)
def test_numbers_cross_exactly(value):
    assert crossed(value) == value
    assert type(crossed(value)) is type(value)


def test_integers_of_any_length_cross():
    assert crossed(1 << 20_000) == 1 << 20_000


def test_not_a_number_and_lone_surrogates_cross():
    assert math.isnan(crossed(float("nan")))
    assert crossed("\ud800 \U0001f600") == "\ud800 \U0001f600"


def test_a_subclass_becomes_its_base_by_what_it_holds():
    class Loud(str):
        def __str__(self):
            return "loud"

    Colour = Enum("Colour", {"RED": "red"}, type=str)
    Number = IntEnum("Number", {"TWO": 2})
    Point = namedtuple("Point", "x y")
    values = [Loud("quiet"), Colour.RED, Number.TWO, Point(1, 2), OrderedDict(a=1), defaultdict(int, a=1)]
    expected = ["quiet", "red", 2, (1, 2), {"a": 1}, {"a": 1}]
    assert [crossed(value) for value in values] == expected
    assert [type(crossed(value)) for value in values] == [str, str, int, tuple, dict, dict]
    assert crossed(Counter("aab")) == {"a": 2, "b": 1}


def test_iterators_cross_as_their_items_and_an_endless_one_is_cut():
    from itertools import count

    assert list(crossed(x * x for x in range(3))) == [0, 1, 4]
    assert list(crossed(map(str, [1]))) == ["1"]
    assert list(crossed({1: 2}.items())) == [(1, 2)]
    assert len(list(crossed(count()))) == 100_000


@pytest.mark.parametrize("dtype", ["<i8", "<f4", "|b1", "<c16", ">i4", "|u1"])
def test_arrays_cross(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = crossed(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert (back == array).all()
    back[0, 0] = 1  # its own memory, and writable


def test_numpy_numbers_cross_as_python_numbers():
    assert type(crossed(np.int64(3))) is int
    assert type(crossed(np.float32(0.5))) is float
    assert type(crossed(np.bool_(True))) is bool


@pytest.mark.parametrize(
    "value",
    [object(), print, lambda: 0, int, [object()], {1: {2: object()}}, np.array([object()]), json, Ellipsis],
)
def test_anything_else_is_refused(value):
    with pytest.raises(NotPlainData):
        wire.encode(value)


def test_depth_is_bounded():
    deep = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(NotPlainData, match="deeper"):
        wire.encode(deep)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,  # more digits than Python turns into an integer
        b"nan",
        b"'a'",
        b'"a" "b"',
    ],
)
def test_bytes_that_are_no_json_are_malformed(body):
    with pytest.raises(wire.Malformed):
        wire.unpack(body)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"t": [], "s": []},
        {"zzz": 1},
        {"h": 0},  # objects must have been asked for
        {"c": 0},
        {"t": 5},
        {"t": "ab"},
        {"s": [[]]},
        {"d": [[{"s": []}, 1]]},
        {"d": [1]},
        {"d": {"a": 1}},
        {"d": [[1, 2, 3]]},
        {"i": "zz"},
        {"i": 5},
        {"b": "0"},
        {"c": [1.0]},
        {"c": ["1", "2"]},
        {"q": ["0x1", "0x0"]},
        {"q": ["1"] * 3},
        {"D": "spam"},
        {"D": 5},
        {"r": [0, 1]},
        {"r": [0, 1, 0]},
        {"r": ["a", "b", "c"]},
        {"n": ["<i8", [2], "00"]},
        {"n": ["<i8", [-1], "00" * 8]},
        {"n": ["|O", [1], "00" * 8]},
        {"n": ["|O8", [1], "00" * 8]},
        {"n": ["<M8", [1], "00" * 8]},
        {"n": ["<i8", [True], "00" * 8]},
        {"n": ["<i8", 3, "00" * 8]},
        {"n": []},
    ],
    ids=str,
)
def test_values_of_no_known_form_are_malformed(value):
    with pytest.raises(wire.Malformed):
        wire.decode(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*"tsfedibBcrqDInhgz"]) | st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=20,
)
EXACT = (
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    bytearray,
    list,
    tuple,
    dict,
    set,
    frozenset,
    deque,
    range,
    type(None),
)


@given(JSON)
def test_whatever_is_decoded_is_of_exact_builtin_types(value):
    try:
        decoded = wire.decode(value)
    except wire.Malformed:
        return
    todo = [decoded]
    while todo:
        item = todo.pop()
        assert type(item) in (*EXACT, Fraction, Decimal, np.ndarray) or hasattr(item, "__next__")
        if isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set | frozenset | deque):
            todo += item
