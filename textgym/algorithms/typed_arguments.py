"""Arguments from a command line, checked against the signature of what will take them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from textgym.errors import InvalidValue, UnknownName


def check_arguments(
    taker: str, function: Callable[..., Any], given: Mapping[str, Any], *, without: Sequence[str] = ()
) -> None:
    """Refuse arguments that a function does not take, or not of this type.

    Args:
        taker: What the reader of the error calls the function.
        function: A function or class. Parameters without a type, or whose type is written as a string, take
            anything; those of a tuple take a list too, see `with_tuples`.
        given: Its arguments by name.
        without: Names of its parameters that are not to be given.

    Raises:
        UnknownName: If it does not take one of them.
        InvalidValue: If one has another type than its parameter.
    """
    parameters = {n: p for n, p in inspect.signature(function).parameters.items() if n not in without}
    unknown = sorted(set(given) - set(parameters))
    if unknown:
        raise UnknownName(f"{taker} takes no option {', '.join(unknown)}; it takes {', '.join(parameters)}")
    for name, value in given.items():
        kinds = _kinds(parameters[name].annotation)
        if not any(_is_a(value, kind) for kind in kinds):
            expected = " or ".join(_name(kind) for kind in kinds)
            raise InvalidValue(f"{name} of {taker} must be {expected}, got {value!r}")


def with_tuples(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with a tuple for each list that a parameter takes as a tuple: JSON has no tuples.

    Args:
        function: What will take them.
        given: Its arguments by name, checked by `check_arguments`; others are kept as they are.
    """
    parameters = inspect.signature(function).parameters
    taken = dict(given)
    for name, value in given.items():
        kinds = _kinds(parameters[name].annotation) if name in parameters else ()
        if isinstance(value, list) and any(get_origin(kind) is tuple for kind in kinds):
            taken[name] = tuple(value)
    return taken


def _kinds(annotation: Any) -> Sequence[Any]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _is_a(value: Any, kind: Any) -> bool:
    origin = get_origin(kind) or kind
    if origin is Literal:
        return value in get_args(kind)
    if origin is tuple:
        return _is_tuple(value, get_args(kind))
    if not isinstance(origin, type) or origin in (object, inspect.Parameter.empty):
        return True
    if isinstance(value, bool):
        return origin is bool
    return isinstance(value, (int, float) if origin is float else origin)


def _is_tuple(value: Any, kinds: Sequence[Any]) -> bool:
    if not isinstance(value, tuple | list):
        return False
    if not kinds or Ellipsis in kinds:
        return True
    return len(value) == len(kinds) and all(map(_is_a, value, kinds))


def _name(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(repr(value) for value in get_args(kind))
    if get_origin(kind) is tuple and Ellipsis not in get_args(kind):
        return f"[{', '.join(map(_name, get_args(kind)))}]"
    if kind is type(None):
        return "null"
    return getattr(get_origin(kind) or kind, "__name__", str(kind))
