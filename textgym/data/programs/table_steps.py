"""Steps that begin with a dictionary."""

from typing import Any

from textgym.data.programs.step import Kind, Step


def _table(name: str, gives: Kind, wordings: tuple[str, ...], code: str, apply: Any, **more: Any) -> Step:
    return Step(name, "table", gives, wordings, code, apply, **more)


TABLE_STEPS = (
    _table(
        "keep above",
        "table",
        ("Keep the entries whose value is greater than {k}.", "Drop the entries whose value is at most {k}."),
        "{key: v for key, v in {x}.items() if v > {k}}",
        lambda x, k: {key: v for key, v in x.items() if v > k},
        constants=(1, 2, 3, 4, 5),
    ),
    _table(
        "add",
        "table",
        ("Add {k} to each value.",),
        "{key: v + {k} for key, v in {x}.items()}",
        lambda x, k: {key: v + k for key, v in x.items()},
        constants=tuple(range(1, 13)),
    ),
    _table(
        "multiply",
        "table",
        ("Multiply each value by {k}.",),
        "{key: v * {k} for key, v in {x}.items()}",
        lambda x, k: {key: v * k for key, v in x.items()},
        constants=(2, 3, 4, 5, 6, 7, 8, 9, 10),
    ),
    _table(
        "short keys",
        "table",
        ("Keep the entries whose key has at most {k} letters.",),
        "{key: v for key, v in {x}.items() if len(key) <= {k}}",
        lambda x, k: {key: v for key, v in x.items() if len(key) <= k},
        constants=(3, 4, 5),
        level=0.1,
    ),
    _table(
        "upper keys",
        "table",
        ("Write each key in capital letters; where keys become equal, the last value stays.",),
        "{key.upper(): v for key, v in {x}.items()}",
        lambda x, k: {key.upper(): v for key, v in x.items()},
        level=0.2,
    ),
    _table("keys", "words", ("List the keys in ascending order.",), "sorted({x})", lambda x, k: sorted(x)),
    _table(
        "keys by value",
        "words",
        ("List the keys by their values, the largest first, and where values are equal in ascending order.",),
        "sorted({x}, key=lambda key: (-{x}[key], key))",
        lambda x, k: sorted(x, key=lambda key: (-x[key], key)),
        level=0.5,
    ),
    _table(
        "values",
        "numbers",
        ("List the values in the ascending order of their keys.",),
        "[{x}[key] for key in sorted({x})]",
        lambda x, k: [x[key] for key in sorted(x)],
        level=0.1,
    ),
    _table("sum", "number", ("Add up the values.",), "sum({x}.values())", lambda x, k: sum(x.values())),
    _table(
        "largest",
        "number",
        ("Take the largest value, or 0 if there is none.",),
        "max({x}.values(), default=0)",
        lambda x, k: max(x.values(), default=0),
    ),
    _table("size", "number", ("Count the entries.",), "len({x})", lambda x, k: len(x)),
    _table(
        "best key",
        "text",
        (
            "Take the key with the largest value, the first in ascending order if there are several; no entries give an empty text.",
        ),
        'min({x}, key=lambda key: (-{x}[key], key), default="")',
        lambda x, k: min(x, key=lambda key: (-x[key], key), default=""),
        level=0.3,
    ),
    _table(
        "different values",
        "flag",
        ("Tell whether all values are different.",),
        "len(set({x}.values())) == len({x})",
        lambda x, k: len(set(x.values())) == len(x),
        level=0.2,
    ),
)
