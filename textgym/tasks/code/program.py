"""From a reply to a program."""

import re
import textwrap

_FENCE = re.compile(r"^[ \t]*(```|~~~)([^\n`~]*)\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_LANGUAGE = re.compile(r"(py|python[0-9.]*)?", re.IGNORECASE)
_INDENT = "    "
# The end of a line that begins a block.
_BLOCK = re.compile(r":[ \t]*(#.*)?$")


def program_of(reply: str, *, prompt: str, entry_point: str) -> str:
    """The program that a reply stands for.

    1. If the reply holds Markdown fences (of backticks or tildes) without a language or with `python`, `py`, `python3` and
       the like, only the last of them counts that defines the function, or the first of all if none does. A fence that
       is not closed ends with the reply.
    2. If that code defines the entry point at the left margin, it is the program, after what the prompt holds before the
       function's definition (imports, helper functions).
    3. Otherwise it goes on where the prompt ends, as the function's body: as it stands if its first line is indented;
       else indented by four spaces, only the first line if it alone has lost its indentation: all others are indented,
       and the second by more than four spaces if the first begins a block. A prompt without a definition of the
       function is not part of the program.

    Nothing is run or parsed here.

    Args:
        reply: The agent's message.
        prompt: Source that ends with the function's signature and docstring.
        entry_point: Name of the function.

    Returns:
        Source text, which need not be valid.
    """
    code = _fenced(reply.removeprefix("\ufeff").replace("\r\n", "\n"), entry_point)
    before, found = _before_definition(prompt, entry_point)
    if _defines(code, entry_point):
        return before + code
    return prompt + _as_body(code) if found else code


def _fenced(reply: str, entry_point: str) -> str:
    blocks = [
        textwrap.dedent(block)
        for _, language, block in _FENCE.findall(reply)
        if _LANGUAGE.fullmatch(language.strip())
    ]
    # The last, for repairs often quote the program that is wrong.
    defining = [block for block in blocks if _defines(block, entry_point)]
    return (defining[-1:] or blocks[:1] or [reply])[0]


def _defines(code: str, name: str) -> bool:
    pattern = rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]*)?=(?!=)"
    return re.search(pattern, code, re.MULTILINE) is not None


def _before_definition(prompt: str, name: str) -> tuple[str, bool]:
    found = re.search(rf"^(?:async[ \t]+)?def[ \t]+{name}\b", prompt, re.MULTILINE)
    return (prompt[: found.start()], True) if found else ("", False)


def _as_body(code: str) -> str:
    lines = [line for line in code.split("\n") if line.strip()]
    if not lines or lines[0][0] in " \t":
        return code
    rest_is_indented = len(lines) > 1 and all(line.startswith(_INDENT) for line in lines[1:])
    second = lines[1] if rest_is_indented else ""
    is_deep = len(second) - len(second.lstrip(" ")) > len(_INDENT)
    if rest_is_indented and (is_deep or not _BLOCK.search(lines[0])):
        return _INDENT + code.lstrip("\n")
    return textwrap.indent(code, _INDENT)
