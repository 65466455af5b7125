"""Candidates for functions to write and to repair, from the messages alone."""

import re
from collections.abc import Iterator, Sequence

from textgym.protocols import Conversation

_SIGNATURE = re.compile(r"^def \w+\(([^\n]*)\)(?: -> ([^\n]*))?:", re.MULTILINE)
_FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(r"(?<![\w.\"'])\d+(?![\w.\"'])|[<>]=?|\b(?:sum|len|max|min|sorted|upper|lower)\b")

#: One-line results by the annotation of the result; `{p}` is the first parameter.
_RESULTS = {
    "int": ("len({p})", "sum({p})", "max({p})", "{p} + 1"),
    "bool": ("{p} == sorted({p})", "{p} == {p}[::-1]", "len(set({p})) < len({p})"),
    "str": ("{p}.upper()", "{p}[::-1]", "str({p})", '"".join({p})'),
    "list[int]": ("sorted({p})", "{p}[::-1]", "list(dict.fromkeys({p}))", "[len(x) for x in {p}]"),
    "list[str]": ("sorted({p})", "{p}[::-1]", "[x.upper() for x in {p}]", "{p}.split()"),
    "dict[str, int]": ("{x: {p}.count(x) for x in {p}}", "{x: len(x) for x in {p}}"),
}
_OTHER_RESULTS = ("{p}", "{p}[::-1]", "sorted({p})")
_SWAPS = {
    "<": ("<=", ">"), ">": (">=", "<"), "<=": ("<", ">="), ">=": (">", "<="), "sum": ("len", "max"), "len": ("sum",),
    "max": ("min", "sum"), "min": ("max",), "sorted": ("list",), "upper": ("lower",), "lower": ("upper",),
}  # fmt: skip


def one_liners(conversations: Sequence[Conversation], k: int, seeds: Sequence[int]) -> list[list[str]]:
    """Functions that return a simple expression in their first parameter, chosen by the annotation of the result."""
    return [_one_liners(conversation[0]["content"])[:k] for conversation in conversations]


def edits(conversations: Sequence[Conversation], k: int, seeds: Sequence[int]) -> list[list[str]]:
    """The program to be repaired with one change each; where none was given, `one_liners`.

    What the conversation has tried already is left out.
    """
    rows = []
    for conversation in conversations:
        tried = {m["content"] for m in conversation if m["role"] == "assistant"}
        given = _FENCE.search(conversation[0]["content"])
        candidates = single_edits(given[1]) if given else iter(_one_liners(conversation[0]["content"]))
        fresh = [text for text in dict.fromkeys(candidates) if text not in tried]
        rows.append(_spread(fresh, k) or [given[1] if given else "pass"])
    return rows


def single_edits(program: str) -> Iterator[str]:
    """Programs that differ in one place: a line left out, two lines swapped, a number, a comparison or a function."""
    lines = program.rstrip("\n").split("\n")
    body = [i for i, line in enumerate(lines) if re.match(r"    \w+ = ", line)]
    for i in body:
        yield "\n".join([*lines[:i], *lines[i + 1 :]]) + "\n"
        if i + 1 in body:
            yield "\n".join([*lines[:i], lines[i + 1], lines[i], *lines[i + 2 :]]) + "\n"
    start = program.rfind("\ndef ") + 1
    for found in _TOKEN.finditer(program, program.find("\n", start)):
        for other in _others(found[0]):
            yield program[: found.start()] + other + program[found.end() :]


def _others(token: str) -> tuple[str, ...]:
    if token.isdigit():
        number = int(token)
        return tuple(str(n) for n in (number + 1, number - 1, number + 2, number - 2) if n >= 0)
    return _SWAPS[token]


def _spread(items: Sequence[str], k: int) -> list[str]:
    """At most k, taken evenly from all."""
    count = min(k, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def _one_liners(prompt: str) -> list[str]:
    found = _SIGNATURE.search(prompt)
    if found is None:
        return ["return None"]
    parameter = re.match(r"\s*\*{0,2}(\w*)", found[1])
    name = (parameter[1] if parameter else "") or "None"
    results = _RESULTS.get(found[2] or "", _OTHER_RESULTS)
    return [f"{found[0]}\n    return {result.replace('{p}', name)}\n" for result in results]
