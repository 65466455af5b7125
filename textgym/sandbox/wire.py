"""Plain data between processes: JSON with tags, and nothing that could run.

No pickle, marshal, eval or repr. The decoder builds exact builtin types, so nothing that a hostile process
sends can bring a method of its own along.
"""

import json
import re
import struct
import sys
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from types import BuiltinFunctionType, FunctionType, GeneratorType
from typing import Any

from textgym.errors import NotPlainData

MAX_MESSAGE_BYTES = 4 << 20
HEADER = struct.Struct("=I")

_MAX_DEPTH = 100
_MAX_ITERATED = 100_000
_ARRAY_TYPE = re.compile(r"[<>|]([biuf][1248]|c8|c16)")
_ITERATOR_MODULES = ("builtins", "itertools")
# How an object of a subclass becomes one of the class: by what it holds, not by how it prints.
_PLAIN_BASES: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
    bytes: bytes.__bytes__,
    **{base: base for base in (bytearray, list, tuple, dict, set, frozenset, deque)},
}


class Malformed(ValueError):
    """Bytes that are not a message of this format."""


def pack(message: Any) -> bytes:
    """A message of JSON values, with its length before it."""
    body = _dumps(message).encode("ascii")
    return HEADER.pack(len(body)) + body


_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def unpack(body: bytes) -> Any:
    """The JSON values of a message without its length.

    Raises:
        Malformed: If it is anything else.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from None


def encode(value: Any, special: Callable[[Any], Any] | None = None, _depth: int = 0) -> Any:
    """A value as JSON values.

    Args:
        value: Numbers, text, bytes, containers of them, iterators (the first 100,000 items), and NumPy numbers
            and arrays. A subclass becomes its plain base.
        special: Asked about every other object; returns a tagged dict, or None.

    Returns:
        What `decode` understands.

    Raises:
        NotPlainData: If the value holds something else, or nests deeper than 100.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None or kind is float:
        return value
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 63 else {"i": hex(value)}
    if _depth > _MAX_DEPTH:
        raise NotPlainData(f"nested deeper than {_MAX_DEPTH}")
    below = _depth + 1
    if kind is list:
        return [encode(item, special, below) for item in value]
    if kind in _SEQUENCE_TAGS:
        return {_SEQUENCE_TAGS[kind]: [encode(item, special, below) for item in value]}
    if kind is dict:
        return {"d": [[encode(k, special, below), encode(v, special, below)] for k, v in value.items()]}
    if kind in _ENCODERS:
        return {_ENCODERS[kind][0]: _ENCODERS[kind][1](value)}
    if kind is GeneratorType or (kind.__module__ in _ITERATOR_MODULES and hasattr(kind, "__next__")):
        return {"I": [encode(item, special, below) for item in islice(value, _MAX_ITERATED)]}
    return _encode_other(value, special, below)


def _encode_other(value: Any, special: Callable[[Any], Any] | None, depth: int) -> Any:
    if (numpy := sys.modules.get("numpy")) is not None:
        if isinstance(value, numpy.generic):
            return encode(value.item(), special, depth)
        if isinstance(value, numpy.ndarray) and _ARRAY_TYPE.fullmatch(value.dtype.str):
            return {"n": [value.dtype.str, list(value.shape), value.tobytes().hex()]}
    for base, plain in _PLAIN_BASES.items():
        if isinstance(value, base):
            return encode(plain(value), special, depth)
    if special is not None and (tagged := special(value)) is not None:
        return tagged
    if isinstance(value, type({}.keys()) | type({}.values()) | type({}.items())) or hasattr(
        value, "__next__"
    ):
        return {"I": [encode(item, special, depth) for item in islice(value, _MAX_ITERATED)]}
    what = "a function" if isinstance(value, FunctionType | BuiltinFunctionType) else type(value).__qualname__
    raise NotPlainData(f"{what} is not plain data")


_SEQUENCE_TAGS = {tuple: "t", set: "s", frozenset: "f", deque: "e"}
_ENCODERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bytes: ("b", bytes.hex),
    bytearray: ("B", bytearray.hex),
    complex: ("c", lambda value: [value.real, value.imag]),
    range: ("r", lambda value: [encode(value.start), encode(value.stop), encode(value.step)]),
    Fraction: ("q", lambda value: [hex(value.numerator), hex(value.denominator)]),
    Decimal: ("D", str),
}


def decode(value: Any, special: Callable[[str, Any], Any] | None = None) -> Any:
    """The inverse of `encode`.

    Args:
        value: JSON values, from anyone.
        special: Asked about every tag that this format lacks; raises if it does not know it either.

    Returns:
        A value of exact builtin types, `Fraction`, `Decimal`, `deque` and NumPy arrays.

    Raises:
        Malformed: If the value is anything else.
    """
    try:
        return _decode(value, special)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"not plain data: {type(error).__name__}") from None


def _decode(value: Any, special: Callable[[str, Any], Any] | None) -> Any:
    kind = type(value)
    if kind is list:
        return [_decode(item, special) for item in value]
    if kind is not dict:
        return value
    ((tag, payload),) = value.items()
    if tag in _BUILDERS:
        return _BUILDERS[tag]([_decode(item, special) for item in _checked(payload, list)])
    if tag == "d":
        return {_decode(k, special): _decode(v, special) for k, v in _checked(payload, list)}
    if tag in _DECODERS:
        payload_type, build = _DECODERS[tag]
        return build(_checked(payload, payload_type))
    if special is not None:
        return special(tag, payload)
    raise Malformed(f"unknown tag {tag[:20]!r}")


def _checked(payload: Any, kind: type) -> Any:
    if type(payload) is not kind:
        raise Malformed(f"expected a {kind.__name__}, got a {type(payload).__name__}")
    return payload


def _array(parts: list[Any]) -> Any:
    numpy = sys.modules.get("numpy")
    kind, shape, data = parts
    if numpy is None or not _ARRAY_TYPE.fullmatch(kind) or any(type(n) is not int or n < 0 for n in shape):
        raise Malformed("not an array")
    # A copy, because a view of bytes is read-only.
    return numpy.frombuffer(bytes.fromhex(data), dtype=kind).reshape(shape).copy()


def _complex(parts: list[Any]) -> complex:
    real, imaginary = parts
    return complex(_checked(real, float), _checked(imaginary, float))


def _fraction(parts: list[Any]) -> Fraction:
    numerator, denominator = parts
    return Fraction(_integer(numerator), _integer(denominator))


def _range(parts: list[Any]) -> range:
    start, stop, step = parts
    return range(start, stop, step)


def _integer(text: Any) -> int:
    return int(_checked(text, str), 16)


_BUILDERS: dict[str, Callable[[list], Any]] = {
    "t": tuple,
    "s": set,
    "f": frozenset,
    "e": deque,
    "I": iter,
    "r": _range,
}
_DECODERS: dict[str, tuple[type, Callable[[Any], Any]]] = {
    "i": (str, _integer),
    "b": (str, bytes.fromhex),
    "B": (str, bytearray.fromhex),
    "c": (list, _complex),
    "q": (list, _fraction),
    "D": (str, Decimal),
    "n": (list, _array),
}
