"""The process that runs one program. Nothing here can be trusted once the program has begun.

Its only open descriptor is one end of a socket (and, when the program prints, the pipes of that). It is told
which calls to make and claims what came back. That is all that it can do: whoever reads the claims compares them.
"""

import builtins
import contextlib
import fcntl
import importlib
import io
import linecache
import os
import random
import socket
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any, NoReturn

from textgym.errors import NotPlainData
from textgym.sandbox import wire
from textgym.sandbox.channel import Channel, ChannelClosed
from textgym.sandbox.kernel import privileges
from textgym.sandbox.kernel.bpf import Filter

READY = b"+"
"""Sent when every lock is in place; what comes after it comes from the program."""

_MAX_TEXT = 300
_SCRIPT = "solution.py"


def live(descriptor: int, lock: Filter | None) -> NoReturn:
    """Be a guest. Called in a fresh fork of the zygote; never returns.

    Args:
        descriptor: The guest's end of its socket.
        lock: The last filter to put on, or none without isolation.
    """
    try:
        privileges.die_with_parent()
        if lock is not None:
            lock.install()
        # Family and type are given, since asking the kernel for them is not allowed any more.
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, descriptor)
        connection.send(READY)
        channel = Channel(connection)
        job = channel.receive()
        privileges.limit_cpu(job["cpu_limit_s"])
        for stream in range(3):
            # /dev/null is one open file for all guests of a zygote: a flag that an earlier program set would be a
            # message to this one.
            fcntl.fcntl(stream, fcntl.F_SETFL, 0)
        # Forks of one process share the state of this generator or reseed it by chance; programs that draw numbers
        # should draw the same ones each time.
        random.seed(0)
        if job["entry_point"] is None:
            _run_script(job["program"])
        server = _Server(channel, objects=job["objects"], captures_output=job["captures_output"])
        server.serve(job["program"], job["entry_point"])
    finally:
        os._exit(1)


def _run_script(program: str) -> NoReturn:
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    sys.argv = [_SCRIPT]
    code = 0
    try:
        exec(compile(program, _SCRIPT, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as leave:
        code = _exit_code(leave.code)
    except BaseException as error:
        code = 1
        _print_failure(error, program)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        code = code or 120  # what the interpreter itself exits with then
    os._exit(code)


def _print_failure(error: BaseException, program: str) -> None:
    """The traceback without frames outside the program, which differ between installations."""
    linecache.cache[_SCRIPT] = (len(program), None, program.splitlines(keepends=True), _SCRIPT)
    failure = traceback.TracebackException.from_exception(error)
    todo: list[traceback.TracebackException | None] = [failure]
    while todo:
        if (part := todo.pop()) is not None:
            part.stack[:] = [frame for frame in part.stack if frame.filename == _SCRIPT]
            todo += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or ())]
    print("".join(failure.format()), end="", file=sys.stderr)


def _exit_code(code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


class _Server:
    """Answers calls until it is killed."""

    def __init__(self, channel: Channel, *, objects: bool, captures_output: bool) -> None:
        self._channel = channel
        self._keeps_objects, self._captures_output = objects, captures_output
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def serve(self, program: str, entry_point: str) -> None:
        """Load the program and make the calls that are asked for."""
        module = types.ModuleType("solution")  # not __main__: what a program does as a script is left alone
        module.__dict__["__builtins__"] = builtins
        sys.modules["solution"] = module
        try:
            exec(compile(program, "<solution>", "exec", dont_inherit=True), module.__dict__)
            self._objects.append(eval(entry_point, module.__dict__))
        except BaseException as error:
            failure = ["unloadable", *_described(error)]
            while True:
                self._channel.receive()
                self._channel.send(failure)
        try:
            self._converse()
        except (ChannelClosed, OSError):
            return

    def _converse(self) -> list[Any]:
        """Do what is asked until the answer of a callback comes, if one is awaited."""
        while True:
            kind, *rest = self._channel.receive()
            if kind == "calls":
                calls, arguments_back = rest
                for call in calls:
                    self._channel.send(self._outcome(self._objects[0], *call, arguments_back=arguments_back))
            elif kind == "operation":
                name, arguments = rest
                self._channel.send(self._outcome(_OPERATIONS[name], arguments, []))
            else:
                return [kind, *rest]

    def _outcome(
        self, function: Callable, arguments: list, keywords: list, *, arguments_back: bool = False
    ) -> list:
        printed = io.StringIO()
        try:
            positional = [self._decode(a) for a in arguments]
            named = {name: self._decode(value) for name, value in keywords}
            with self._listening(printed):
                result = function(*positional, **named)
        except BaseException as error:
            return ["raised", *_described(error)]
        try:
            with self._listening(printed):  # an iterator computes, and may print or raise, only now
                value = self._encode(result)
            after = [self._encode(a) for a in (*positional, *named.values())] if arguments_back else []
            return ["returned", value, after, printed.getvalue()]
        except NotPlainData as error:
            # A TypeError, but none that the program raised.
            return ["unreturned", str(error)[:_MAX_TEXT]]
        except BaseException as error:
            return ["raised", *_described(error)]

    def _listening(self, printed: io.StringIO) -> contextlib.AbstractContextManager:
        return contextlib.redirect_stdout(printed) if self._captures_output else contextlib.nullcontext()

    def _encode(self, value: Any) -> Any:
        return wire.encode(value, self._keep if self._keeps_objects else None)

    def _keep(self, value: Any) -> dict[str, int]:
        # The same number for the same object, so that identity survives.
        number = self._numbers.setdefault(id(value), len(self._objects))
        if number == len(self._objects):
            self._objects.append(value)
        return {"h": number}

    def _decode(self, value: Any) -> Any:
        return wire.decode(value, self._special)

    def _special(self, tag: str, payload: Any) -> Any:
        if tag == "h":
            return self._objects[payload]
        if tag == "g":
            module, name = payload
            return getattr(importlib.import_module(module), name)
        return lambda *arguments, **keywords: self._call_back(payload, arguments, keywords)

    def _call_back(self, number: int, arguments: tuple, keywords: dict[str, Any]) -> Any:
        positional = [self._encode(a) for a in arguments]
        named = [[name, self._encode(value)] for name, value in keywords.items()]
        self._channel.send(["callback", number, positional, named])
        kind, *rest = self._converse()
        if kind == "returned":
            return self._decode(rest[0])
        raise getattr(builtins, rest[0], Exception)(rest[1])


def _described(error: BaseException) -> list[str]:
    """The nearest builtin class of an exception and its text."""
    names = [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"]
    try:
        text = str(error)
    except BaseException:
        text = ""
    return [str(names[0]), str(text)[:_MAX_TEXT]]


_OPERATIONS: dict[str, Callable] = {
    "attribute": getattr,
    "set_attribute": setattr,
    "call": lambda function, arguments, keywords: function(*arguments, **keywords),
    "length": len,
    "truth": bool,
    "text": str,
    "representation": repr,
    "iterator": iter,
    "next": next,
    "item": lambda thing, key: thing[key],
    "set_item": lambda thing, key, value: thing.__setitem__(key, value),
    "delete_item": lambda thing, key: thing.__delitem__(key),
}
