"""From a reply to a program."""

import re
import textwrap

_FENCE = re.compile(r"^[ \t]*```([^\n`]*)\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_LANGUAGES = ("", "python", "py", "python3")
_INDENT = "    "


def program_of(reply: str, *, prompt: str, entry_point: str) -> str:
    """The program that a reply stands for.

    1. If the reply holds Markdown fences without a language or with `python`, `py` or `python3`, only the first of
       them counts that defines the function, or the first of all if none does. A fence that is not closed ends with
       the reply.
    2. If that code defines the entry point at the left margin, it is the program, after what the prompt holds before the
       function's definition (imports, helper functions).
    3. Otherwise it goes on where the prompt ends, as the function's body: as it stands if its first line is indented;
       else indented by four spaces, only the first line if all others are indented already. A prompt without a
       definition of the function is not part of the program.

    Nothing is run or parsed here.

    Args:
        reply: The agent's message.
        prompt: Source that ends with the function's signature and docstring.
        entry_point: Name of the function.

    Returns:
        Source text, which need not be valid.
    """
    code = _fenced(reply.replace("\r\n", "\n"), entry_point)
    before, found = _before_definition(prompt, entry_point)
    if _defines(code, entry_point):
        return before + code
    return prompt + _as_body(code) if found else code


def _fenced(reply: str, entry_point: str) -> str:
    blocks = [
        textwrap.dedent(block)
        for language, block in _FENCE.findall(reply)
        if language.strip().lower() in _LANGUAGES
    ]
    return next((block for block in blocks if _defines(block, entry_point)), blocks[0] if blocks else reply)


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
    if rest_is_indented and not lines[0].rstrip().endswith(":"):
        return _INDENT + code.lstrip("\n")
    return textwrap.indent(code, _INDENT)
