"""An object of the program, in the hands of a trusted test."""

from collections.abc import Iterator
from typing import Any, Protocol


class Operator(Protocol):
    """Who carries operations out."""

    def operate(self, operation: str, *arguments: Any) -> Any:
        """Apply a named operation in the guest."""
        ...


class RemoteObject:
    """Forwards attributes, methods, items, length, iteration, truth and text to the guest.

    It is equal to itself only, and has no order, no arithmetic, no hash and no membership test: an expected value
    must never travel to the program, which would otherwise be asked whether it is right.

    Args:
        operator: Who carries operations out.
        number: The object's number in the guest.
    """

    __slots__ = ("_RemoteObject__number", "_RemoteObject__operator")
    __hash__ = None  # type: ignore[assignment]
    __contains__ = None  # type: ignore[assignment]

    def __init__(self, operator: Operator, number: int) -> None:
        object.__setattr__(self, "_RemoteObject__operator", operator)
        object.__setattr__(self, "_RemoteObject__number", number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{name!r} is not public")
        return _operate(self, "attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _operate(self, "set_attribute", self, name, value)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return _operate(self, "call", self, list(arguments), keywords)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteObject) and reference(self) == reference(other)

    def __len__(self) -> int:
        return _exactly(int, _operate(self, "length", self))

    def __bool__(self) -> bool:
        return _exactly(bool, _operate(self, "truth", self))

    def __str__(self) -> str:
        return _exactly(str, _operate(self, "text", self))

    def __repr__(self) -> str:
        return _exactly(str, _operate(self, "representation", self))

    def __iter__(self) -> Iterator[Any]:
        iterator = _operate(self, "iterator", self)
        # Plain iterators have been read by the guest already.
        return iterator if isinstance(iterator, RemoteObject) else iter(iterator)

    def __next__(self) -> Any:
        return _operate(self, "next", self)

    def __getitem__(self, key: Any) -> Any:
        return _operate(self, "item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _operate(self, "set_item", self, key, value)

    def __delitem__(self, key: Any) -> None:
        _operate(self, "delete_item", self, key)


def reference(thing: RemoteObject) -> int:
    """The object's number in the guest."""
    return object.__getattribute__(thing, "_RemoteObject__number")


def _operate(thing: RemoteObject, operation: str, *arguments: Any) -> Any:
    return object.__getattribute__(thing, "_RemoteObject__operator").operate(operation, *arguments)


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected a {kind.__name__} of the program, got a {type(value).__name__}")
    return value
