"""Stands for the program's function inside a trusted test, in the driver."""

import builtins
import math
import operator
import sys
from collections import deque
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from textgym.sandbox import wire
from textgym.sandbox.literal_calls import Call
from textgym.sandbox.remote_object import RemoteObject, reference
from textgym.sandbox.running_guest import RunningGuest

# Functions that exist on both sides under the same name: they are named, not called back.
_SHARED_MODULES = (builtins, math, operator)

# A guest names the class of an exception; the driver raises one of its own. These are control flow to the code
# around a call: StopIteration, raised inside `all(map(test, cases))`, would end the test as if all had passed.
_NOT_RAISED = (StopIteration, StopAsyncIteration)
_EXCEPTIONS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _NOT_RAISED)
}


class CandidateError(Exception):
    """The program raised an exception of a class of its own, or one that is not raised in tests, or no result came."""


class Candidate:
    """Calls the program's function in the guest.

    Only plain data comes back, rebuilt here; comparisons happen outside the guest. Calls with literal arguments
    are sent ahead in one message, and each is answered as soon as it has been made.

    Args:
        guest: Who runs the program.
        ahead: Calls that the test will make first, in this order.
        objects: Whether results that are not plain data come back as `RemoteObject`.
        mutable_arguments: Whether what the program does to its arguments happens to the caller's as well.
    """

    def __init__(
        self,
        guest: RunningGuest,
        *,
        ahead: Sequence[Call] = (),
        objects: bool = False,
        mutable_arguments: bool = False,
    ) -> None:
        self.n_calls = 0
        self.raised = ""
        """Name of the builtin exception that the last answer was, or nothing."""
        self.unreturned = ""
        """Why a result could not cross, if there was such a result. It is no exception of the program."""
        self._guest, self._objects, self._mutable = guest, objects, mutable_arguments
        self._callbacks: list[Callable] = []
        self._ahead = deque(wire.pack(call) for call in ahead)
        if ahead:
            guest.send(["calls", list(ahead), mutable_arguments])

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Make the call, and return or raise what the program did."""
        call = self._encoded_call(arguments, keywords)
        self.n_calls += 1
        if self._ahead and wire.pack(call) == self._ahead[0]:
            self._ahead.popleft()
        else:
            self._discard_ahead()
            self._guest.send(["calls", [call], self._mutable])
        value, after = self.next_answer()
        if self._mutable:
            self._mutate([*arguments, *keywords.values()], after)
        return value

    def next_answer(self) -> tuple[Any, list[Any]]:
        """What the oldest call that was sent and not yet read returned, and its arguments afterwards.

        Raises:
            Exception: What the call raised.
            GuestStopped: If there is no answer, or it is malformed.
        """
        return self._answer(self._outcome())

    def operate(self, operation: str, *arguments: Any) -> Any:
        """Have the guest apply an operation to objects of its own; the way of `RemoteObject`."""
        encoded = [wire.encode(a, self._special) for a in arguments]
        self._discard_ahead()
        self._guest.send(["operation", operation, encoded])
        return self._answer(self._outcome(), iterates=operation == "next")[0]

    def _discard_ahead(self) -> None:
        while self._ahead:
            self._outcome()
            self._ahead.popleft()

    def _encoded_call(self, arguments: Sequence[Any], keywords: dict[str, Any]) -> Call:
        positional = [wire.encode(a, self._special) for a in arguments]
        return [positional, [[name, wire.encode(value, self._special)] for name, value in keywords.items()]]

    def _special(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, RemoteObject):
            return {"h": reference(value)}
        name = getattr(value, "__name__", None)
        if isinstance(value, BuiltinFunctionType | type) and isinstance(name, str):
            for module in _SHARED_MODULES:
                if getattr(module, name, None) is value:
                    return {"g": [module.__name__, name]}
        # Only functions of the test itself: a builtin that is called back with arguments of the guest's
        # choosing could be anything.
        if isinstance(value, FunctionType | MethodType):
            self._callbacks.append(value)
            return {"F": len(self._callbacks) - 1}
        return None

    def _outcome(self) -> list[Any]:
        while True:
            message = self._guest.receive()
            if type(message) is not list or not message:
                self._guest.stop("crashed", "malformed answer")
            if message[0] != "callback":
                return message
            self._guest.send(self._call_back(message))

    def _call_back(self, message: list[Any]) -> list[Any]:
        try:
            _, number, arguments, keywords = message
            function = self._callbacks[number] if type(number) is int and number >= 0 else None
            positional = [self._decode(a) for a in arguments]
            named = {name: self._decode(value) for name, value in keywords}
        except Exception:
            function = None
        if function is None:
            self._guest.stop("crashed", "malformed callback")
        try:
            return ["returned", wire.encode(function(*positional, **named), self._special)]
        except AssertionError as failure:
            # A claim of the test's did not hold. The program may neither swallow that nor read what was expected.
            self._guest.stop("failed", f"AssertionError in a callback: {_text(failure)}")
        except Exception as error:
            return ["raised", type(error).__name__, _text(error)]

    def _answer(self, outcome: list[Any], *, iterates: bool = False) -> tuple[Any, list[Any]]:
        self.raised = ""
        match outcome:
            case ["returned", value, [*after], str(printed)]:
                # A doctest listens; elsewhere nobody does.
                sys.stdout.write(printed)
                return self._decode(value), [self._decode(argument) for argument in after]
            case ["raised", str(name), str(text)]:
                if iterates and name == "StopIteration":
                    raise StopIteration
                self.raised = name
                raise _exception(name, text)
            case ["unreturned", str(text)]:
                self.unreturned = text or "a result"
                raise CandidateError(f"what it returned cannot be compared: {text}")
            case ["unloadable", str(name), str(text)]:
                self._guest.stop("error", f"the program does not load: {name}: {text}")
        self._guest.stop("crashed", "malformed answer")

    def _decode(self, value: Any) -> Any:
        try:
            return wire.decode(value, self._decode_special)
        except wire.Malformed as error:
            self._guest.stop("crashed", f"malformed answer: {error}")

    def _decode_special(self, tag: str, payload: Any) -> Any:
        if tag == "h" and self._objects and type(payload) is int:
            return RemoteObject(self, payload)
        raise wire.Malformed("an unknown tag")

    def _mutate(self, arguments: list[Any], after: list[Any]) -> None:
        if len(after) != len(arguments):
            self._guest.stop("crashed", "malformed answer")
        for argument, new in zip(arguments, after, strict=True):
            if type(argument) in _MUTABLE:
                _become(argument, new)


_MUTABLE = (list, dict, set, bytearray, deque)


def _become(old: Any, new: Any) -> None:
    """Give a container the content of another of its type; what stays inside keeps its identity where it can."""
    if type(old) is not type(new):
        raise TypeError(f"an argument of type {type(old).__name__} came back as {type(new).__name__}")
    if type(old) in (list, deque):
        items = [_kept(a, b) for a, b in zip(old, new, strict=False)] + list(new)[len(old) :]
        old.clear()
        old.extend(items)
    elif type(old) is dict:
        items = {key: _kept(old[key], value) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(items)
    elif type(old) is set:
        old.clear()
        old.update(new)
    else:
        old[:] = new


def _kept(old: Any, new: Any) -> Any:
    if type(old) in _MUTABLE and type(old) is type(new):
        _become(old, new)
        return old
    return new


def _text(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # an answer in it may be too long or too deep for text
        return ""


def _exception(name: str, text: str) -> Exception:
    for kind in _EXCEPTIONS[name].__mro__ if name in _EXCEPTIONS else ():
        try:
            return kind(text)
        except TypeError:
            continue  # it wants more than a text, as UnicodeDecodeError does: then its base
    return CandidateError(text)
