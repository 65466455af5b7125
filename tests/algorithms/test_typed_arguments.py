"""Options are checked against signatures like those of Stable-Baselines3."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from textgym.algorithms.typed_arguments import check_arguments, with_tuples
from textgym.errors import InvalidValue, UnknownName


def taker(
    rate: float | Callable[[float], float] = 0.1,
    size: int | None = None,
    flag: bool = True,
    networks: dict[str, Any] | None = None,
    kind: Literal["a", "b"] = "a",
    pair: int | tuple[int, str] = 1,
    written: "NotHere" = None,  # noqa: F821
    free=None,
    given_already: int = 0,
): ...


@pytest.mark.parametrize(
    "given",
    [
        {"rate": 1, "size": 3, "flag": False, "networks": {"x": 1}, "kind": "b", "pair": (4, "step")},
        {"rate": abs, "size": None, "networks": None, "written": 7, "free": []},
        {"pair": [4, "step"]},
        {},
    ],
)
def test_what_fits_is_taken(given):
    check_arguments("taker", taker, given)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"rate": "abc"}, "rate of taker must be float or Callable, got 'abc'"),
        ({"size": 1.5}, "size of taker must be int or null, got 1.5"),
        ({"size": True}, "size of taker must be int or null, got True"),
        ({"rate": None}, "rate of taker must be float or Callable, got None"),
        ({"flag": 1}, "flag of taker must be bool, got 1"),
        ({"networks": 3}, "networks of taker must be dict or null, got 3"),
        ({"kind": "c"}, "kind of taker must be 'a' or 'b', got 'c'"),
        ({"pair": [4, 5]}, r"pair of taker must be int or \[int, str\], got \[4, 5\]"),
        ({"pair": [4]}, r"pair of taker must be int or \[int, str\], got \[4\]"),
        ({"pair": "ab"}, r"pair of taker must be int or \[int, str\], got 'ab'"),
    ],
)
def test_another_type_is_refused(given, message):
    with pytest.raises(InvalidValue, match=message):
        check_arguments("taker", taker, given)


@pytest.mark.parametrize("name", ["sise", "given_already"])
def test_an_unknown_name_is_told_the_known_ones(name):
    message = f"taker takes no option {name}; it takes rate, size, flag, networks, kind, pair, written, free$"
    with pytest.raises(UnknownName, match=message):
        check_arguments("taker", taker, {name: 1}, without=["given_already"])


def test_a_list_becomes_the_tuple_that_is_taken():
    given = {"pair": [4, "step"], "free": [1], "size": 3, "unknown": [2]}
    assert with_tuples(taker, given) == {"pair": (4, "step"), "free": [1], "size": 3, "unknown": [2]}
