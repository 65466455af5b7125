"""Functions of an installed package, or of the standard library, whose docstrings hold examples."""

import ast
import doctest
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from textgym.data.base import Record
from textgym.data.corpus import Corpus
from textgym.data.module_source import BUILTIN_NAMES, ModuleSource, free_names
from textgym.data.near_duplicates import linked_groups, near_duplicate_groups
from textgym.errors import MalformedData, MissingExtra

#: Longest prompt kept, in characters.
MAX_PROMPT_CHARS = 4000
_SKIPPED = frozenset(
    {"test", "tests", "testing", "idlelib", "lib2to3", "turtledemo", "site-packages", "__pycache__"}
)


@lru_cache(maxsize=8)
def doctest_source(package: str) -> Corpus:
    """Functions to write from signature and docstring, tested by the examples of the docstring.

    Kept are module-level functions without decorators that need builtins, the standard library and definitions of
    their own module only. Each example that shows a result must call the function; others may prepare something.
    The modules are read as text; nothing of the package is run.

    The fields are `prompt` (the imports that the function uses, signature and docstring), `entry_point`, `tests`
    (the examples alone) and `solution` (the function as the package has it, with the definitions that it needs).
    Near-duplicates form one group, and so do functions of which one needs the other, since its solution contains that of the
    other. Whether the package's own function passes its examples is for the task to find
    out.

    Args:
        package: Name of a module or package, such as `"statistics"`; `"stdlib"` is the whole standard library.

    Returns:
        The corpus, named `doctest:PACKAGE`.

    Raises:
        MissingExtra: If the package is not installed.
        MalformedData: If it holds no such function.
    """
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for name, path in _modules(package):
        for fields in _functions(path.read_text(encoding="utf-8", errors="replace")):
            found.setdefault(
                fields["solution"], (f"doctest:{package}/{name}.{fields['entry_point']}", fields)
            )
    if not found:
        raise MalformedData(
            f"the package {package!r} has no function with examples in its docstring that stands for itself; try "
            f"'doctest:stdlib'"
        )
    groups = _groups(found)
    records = [Record(id, groups[solution], fields) for solution, (id, fields) in found.items()]
    return Corpus.from_records(f"doctest:{package}", _first_of_each_id(records))


def _groups(found: dict[str, tuple[str, dict[str, str]]]) -> dict[str, str]:
    """The group of each solution."""
    alone = near_duplicate_groups(found, unit="words")
    parts = {solution: _functions_of(solution) for solution in found}
    # Of two modules that have the same function, the helper functions may differ.
    own: dict[str, list[str]] = {}
    for solution, (_, fields) in found.items():
        own.setdefault(parts[solution][fields["entry_point"]], []).append(solution)
    pairs = [(alone[solution], f"contains {alone[solution]}") for solution in found]
    for solution in found:
        for other in (other for part in parts[solution].values() for other in own.get(part, ())):
            pairs.append((alone[solution], f"contains {alone[other]}"))
    merged = linked_groups(pairs)
    return {solution: merged[alone[solution]] for solution in found}


def _functions_of(solution: str) -> dict[str, str]:
    """The functions that a solution consists of, by name, without comments."""
    return {n.name: ast.unparse(n) for n in ast.parse(solution).body if isinstance(n, ast.FunctionDef)}


def _modules(package: str) -> Iterator[tuple[str, Path]]:
    """Dotted names and files of the modules, in order."""
    if package == "stdlib":
        root = Path(sysconfig.get_path("stdlib"))
        yield from _below(root, "")
        return
    # Only the top is looked up: looking for a submodule would import its parents.
    top, *rest = package.split(".")
    spec = find_spec(top) if all(part.isidentifier() for part in (top, *rest)) else None
    origin = Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
    if origin is not None and (rest or origin.name == "__init__.py"):
        folder = origin.parent.joinpath(*rest)
        if origin.name == "__init__.py" and folder.is_dir():
            yield from _below(folder, f"{package}.")
            return
        origin = folder.with_suffix(".py") if origin.name == "__init__.py" else None
    if origin is None or not origin.is_file():
        raise MissingExtra(
            f"the source 'doctest:{package}' reads the Python package {package!r}, which is not installed (or is not "
            f"written in Python). Install it with pip, or take 'doctest:stdlib'"
        )
    yield package, origin


def _below(root: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.rglob("*.py")):
        where = path.relative_to(root)
        if _SKIPPED.isdisjoint(where.parts) and not where.parts[0].startswith("config-"):
            yield prefix + ".".join(where.with_suffix("").parts), path


def _functions(text: str) -> Iterator[dict[str, str]]:
    if ">>>" not in text:
        return
    try:
        module = ModuleSource(text)
    except (SyntaxError, ValueError):
        return
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and not node.name.startswith("__"):
            fields = _fields(node, module)
            if fields is not None:
                yield fields


def _fields(node: ast.FunctionDef, module: ModuleSource) -> dict[str, str] | None:
    docstring = ast.get_docstring(node)
    if not docstring or ">>>" not in docstring or len(node.body) < 2:
        return None
    tests = _examples(docstring, node.name)
    solution = module.closure(node)
    if tests is None or solution is None:
        return None
    source = module.source(node)
    stub = "\n".join(source.splitlines()[: (node.body[0].end_lineno or 0) - node.lineno + 1])
    signature_names = free_names(node.args) | (free_names(node.returns) if node.returns else set())
    if (
        not stub.rstrip().endswith(('"""', "'''"))
        or not signature_names <= BUILTIN_NAMES | module.imports.keys()
    ):
        return None
    names = sorted((free_names(node) - BUILTIN_NAMES) & module.imports.keys())
    head = "".join(f"{line}\n" for line in dict.fromkeys(module.imports[name] for name in names))
    prompt = (f"{head}\n\n" if head else "") + f"{stub}\n"
    if len(prompt) > MAX_PROMPT_CHARS:
        return None
    return {"prompt": prompt, "entry_point": node.name, "tests": tests, "solution": solution}


def _examples(docstring: str, name: str) -> str | None:
    """The examples without the words between them; None unless each that shows a result calls the function."""
    try:
        examples = doctest.DocTestParser().get_examples(docstring)
        trees = [ast.parse(example.source) for example in examples]
    except (ValueError, SyntaxError):
        return None
    for example, tree in zip(examples, trees, strict=True):
        names = {
            n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        if example.options or ((example.want or example.exc_msg) and name not in names):
            return None
    if not any(example.want or example.exc_msg for example in examples):
        return None
    lines = []
    for example, tree in zip(examples, trees, strict=True):
        # The package's own function must not take the place of the one that is tested.
        source = _without_import(tree, name) if "import" in example.source else example.source
        if not source:
            continue
        first, *rest = source.rstrip("\n").split("\n")
        lines += [f">>> {first}", *(f"... {line}" for line in rest), *example.want.splitlines()]
    return "\n".join(lines)


def _without_import(tree: ast.Module, name: str) -> str:
    """The statements without importing a name."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            statement.names = [alias for alias in statement.names if (alias.asname or alias.name) != name]
    return ast.unparse(ast.Module([s for s in tree.body if not isinstance(s, ast.ImportFrom) or s.names], []))


def _first_of_each_id(records: list[Record]) -> list[Record]:
    return list({record.id: record for record in reversed(records)}.values())[::-1]
