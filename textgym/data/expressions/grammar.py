"""The productions of Python expressions over a list of whole numbers `xs` and a whole number `n`."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["int", "list", "bool"]
KINDS: tuple[Kind, ...] = ("int", "list", "bool")
#: Annotations of the kinds.
ANNOTATIONS: Mapping[Kind, str] = {"int": "int", "list": "list[int]", "bool": "bool"}
#: How an expression becomes a function.
SIGNATURE = "def f(xs, n):"

Value = int | list[int]
Env = tuple[list[int], int, int | None]
"""What the names `xs`, `n` and `x` stand for; `x` is None outside a comprehension."""
Term = Callable[[Env], Any]
"""What an expression gives where the names stand for something; it may raise what Python raises."""


@dataclass(frozen=True)
class Production:
    """One way to write an expression of a kind.

    Args:
        gives: Kind of the expression.
        text: Source text, with `{0}`, `{1}` where parts stand; it needs no parentheses around it.
        takes: Kinds of the parts, in the order of the text.
        meaning: What it gives, from what the names stand for and the parts.
        binds: Which part may speak of `x`, the item of a comprehension; none if no part gets it.
        is_bound: Whether it is `x` itself.
        function: Its meaning as a function of the values of its parts; None without parts and for comprehensions.
    """

    gives: Kind
    text: str
    takes: tuple[Kind, ...]
    meaning: Callable[..., Any]
    binds: int | None = None
    is_bound: bool = False
    function: Callable[..., Any] | None = None


def _of_values(gives: Kind, text: str, takes: tuple[Kind, ...], function: Callable[..., Any]) -> Production:
    """A production whose parts are all evaluated once, from left to right."""
    return Production(
        gives, text, takes, lambda env, *parts: function(*[part(env) for part in parts]), function=function
    )


def _name(place: int) -> Callable[..., Any]:
    return lambda env: env[place]


def _constant(value: int) -> Production:
    return Production("int", str(value), (), lambda env: value)


def _binary(gives: Kind, takes: Kind, sign: str, function: Callable[..., Any]) -> Production:
    return _of_values(gives, f"({{0}} {sign} {{1}})", (takes, takes), function)


def _from_list(gives: Kind, text: str, function: Callable[..., Any]) -> Production:
    return _of_values(gives, text, ("list",), function)


def _map(env: Env, body: Term, items: Term) -> list[int]:
    return [body((env[0], env[1], x)) for x in items(env)]


def _filter(env: Env, items: Term, condition: Term) -> list[int]:
    return [x for x in items(env) if condition((env[0], env[1], x))]


#: All productions; their numbers are the actions of `textgym/CodeGrammar-v0`.
PRODUCTIONS: tuple[Production, ...] = (
    Production("int", "n", (), _name(1)),
    *(_constant(value) for value in (0, 1, 2, 3, 10)),
    Production("int", "x", (), _name(2), is_bound=True),
    _binary("int", "int", "+", operator.add),
    _binary("int", "int", "-", operator.sub),
    _binary("int", "int", "*", operator.mul),
    _binary("int", "int", "//", operator.floordiv),
    _binary("int", "int", "%", operator.mod),
    Production(
        "int",
        "({0} if {1} else {2})",
        ("int", "bool", "int"),
        lambda env, a, condition, b: a(env) if condition(env) else b(env),
        function=lambda a, condition, b: a if condition else b,
    ),
    _from_list("int", "len({0})", len),
    _from_list("int", "sum({0})", sum),
    _from_list("int", "max({0})", max),
    _from_list("int", "min({0})", min),
    _from_list("int", "{0}[0]", lambda items: items[0]),
    _from_list("int", "{0}[-1]", lambda items: items[-1]),
    Production("list", "xs", (), _name(0)),
    _from_list("list", "sorted({0})", sorted),
    _from_list("list", "{0}[::-1]", lambda items: items[::-1]),
    _of_values("list", "{0}[:{1}]", ("list", "int"), lambda items, end: items[:end]),
    _of_values("list", "{0}[{1}:]", ("list", "int"), lambda items, start: items[start:]),
    _binary("list", "list", "+", operator.add),
    Production("list", "[{0} for x in {1}]", ("int", "list"), _map, binds=0),
    Production("list", "[x for x in {0} if {1}]", ("list", "bool"), _filter, binds=1),
    _binary("bool", "int", "<", operator.lt),
    _binary("bool", "int", "==", operator.eq),
    _of_values("bool", "({0} in {1})", ("int", "list"), lambda item, items: item in items),
    _of_values("bool", "(not {0})", ("bool",), operator.not_),
    Production(
        "bool",
        "({0} and {1})",
        ("bool", "bool"),
        lambda env, a, b: a(env) and b(env),
        function=operator.and_,
    ),
    Production(
        "bool",
        "({0} or {1})",
        ("bool", "bool"),
        lambda env, a, b: a(env) or b(env),
        function=operator.or_,
    ),
)

#: What an expression may raise: a division by zero, or an item or the largest of an empty list.
ERRORS = (ZeroDivisionError, ValueError, IndexError)


def _fewest() -> dict[Kind, int]:
    fewest: dict[Kind, int] = {}
    while True:
        better = dict(fewest)
        for production in PRODUCTIONS:
            if not production.is_bound and all(kind in fewest for kind in production.takes):
                size = 1 + sum(fewest[kind] for kind in production.takes)
                better[production.gives] = min(size, better.get(production.gives, size))
        if better == fewest:
            return fewest
        fewest = better


#: Of productions with which an expression of a kind can be finished.
FEWEST: Mapping[Kind, int] = _fewest()
#: The same for the parts of each production together.
PARTS_FEWEST: tuple[int, ...] = tuple(sum(FEWEST[kind] for kind in p.takes) for p in PRODUCTIONS)
