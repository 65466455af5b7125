"""Functions to write, from a description in words with a solution and tests, as MBPP and APPS have them."""

import ast
import json
import textwrap
from collections.abc import Iterator, Mapping

#: A test of APPS passes if the result is what is expected or the first item of it, tuples taken for lists: its outputs
#: are wrapped in lists in some rows. Hendrycks et al., 2021, arXiv:2105.09938, and the code published with it.
_CHECK = """\
def check(candidate):
    for arguments, expected in {cases}:
        result = candidate(*arguments)
        result = list(result) if isinstance(result, tuple) else result
        first = expected[0] if isinstance(expected, list) and expected else expected
        assert result == expected or result == first
"""

#: What a class `Solution` takes for granted, as the site that such classes are from imports it.
_IMPORTED = "".join(
    f"import {module}\nfrom {module} import *\n"
    for module in (
        "bisect",
        "collections",
        "functools",
        "heapq",
        "itertools",
        "math",
        "re",
        "string",
        "typing",
    )
)


def described_function(row: Mapping[str, str]) -> dict[str, str] | None:
    """The fields of a code source for a row that tells in words what a function does.

    The function is the one that the tests call and the solution defines, at the top or as a method of the class
    `Solution`. The prompt is its signature, without annotations, with the words and the first test as its docstring.

    Args:
        row: `task`, the words; `solution`, a program or a JSON list of such, of which the first counts; and either
            `tests`, assertions, optionally with `setup`, what they need, or `calls`, a JSON object with `fn_name`,
            `inputs` (lists of arguments) and `outputs`.

    Returns:
        `prompt`, `entry_point`, `tests` and `solution`, or None for a row that asks for no function: one without a
        solution that parses, or of a program that reads its standard input.
    """
    solution = _first_program(row.get("solution", ""))
    functions = _functions(solution)
    if "calls" in row:
        name, tests, shown = _of_calls(row["calls"])
    else:
        name, tests, shown = _of_assertions(row.get("tests", ""), row.get("setup", ""), functions)
    if name not in functions or "task" not in row:
        return None
    arguments, is_method = functions[name]
    if is_method:
        solution = f"{_IMPORTED}{solution}\n\n{name} = Solution().{name}\n"
    # The words must not end the docstring.
    words = f"{row['task'].strip()}\n\n{shown}".replace("\\", "\\\\").replace('"""', "'''")
    docstring = textwrap.indent(f'"""{words}\n"""', "    ")
    return {
        "prompt": f"def {name}({arguments}):\n{docstring}\n",
        "entry_point": name,
        "tests": tests,
        "solution": solution,
    }


def _first_program(text: str) -> str:
    try:
        programs = json.loads(text)
    except ValueError:
        programs = [text]
    first = programs[0] if isinstance(programs, list) and programs else ""
    return str(first).replace("\r\n", "\n").replace("\r", "\n")


def _functions(program: str) -> dict[str, tuple[str, bool]]:
    """Arguments of the functions of a program by their names, and whether they are methods of `Solution`."""
    try:
        body = ast.parse(program).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    methods = [
        m for node in body if isinstance(node, ast.ClassDef) and node.name == "Solution" for m in node.body
    ]
    found = [(m, True) for m in methods] + [(node, False) for node in body]
    return {
        node.name: (arguments, is_method)
        for node, is_method in found
        if isinstance(node, ast.FunctionDef) and (arguments := _arguments(node, is_method)) is not None
    }


def _arguments(function: ast.FunctionDef, is_method: bool) -> str | None:
    """The arguments of a function in source text without annotations; None if a default is no literal."""
    arguments = function.args
    try:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                ast.literal_eval(default)
    except ValueError:
        return None
    for node in ast.walk(arguments):
        if isinstance(node, ast.arg):
            node.annotation = None
    if is_method:
        arguments.args = arguments.args[1:]
    return ast.unparse(arguments)


def _of_assertions(tests: str, setup: str, functions: Mapping[str, object]) -> tuple[str, str, str]:
    """Name of the function that assertions call, the tests, and the first of them."""
    try:
        statements = [node for node in ast.parse(tests).body if isinstance(node, ast.Assert)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "", "", ""
    called = [name for statement in statements for name in _called(statement) if name in functions]
    shown = ast.get_source_segment(tests, statements[0]) if statements else ""
    return (called[0] if called else ""), "\n".join(filter(None, (setup, tests))), shown or ""


def _called(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name):
            yield child.func.id


def _of_calls(text: str) -> tuple[str, str, str]:
    """Name of the function of `calls`, the tests, and the first call with its result."""
    try:
        # NaN and Infinity are no literals of Python, which raises ValueError.
        calls = json.loads(text, parse_constant=ast.literal_eval)
    except ValueError:
        return "", "", ""
    if not isinstance(calls, dict) or not isinstance(calls.get("fn_name"), str):
        return "", "", ""
    inputs, outputs = calls.get("inputs"), calls.get("outputs")
    if not isinstance(inputs, list) or not isinstance(outputs, list):
        return "", "", ""
    if len(inputs) != len(outputs) or not inputs or not all(isinstance(given, list) for given in inputs):
        return "", "", ""
    arguments = ", ".join(map(repr, inputs[0]))
    first = outputs[0]
    shown = first[0] if isinstance(first, list) and len(first) == 1 else first
    tests = _CHECK.replace("{cases}", repr(list(zip(inputs, outputs, strict=True))))
    return calls["fn_name"], tests, f"{calls['fn_name']}({arguments}) is {shown!r}"
