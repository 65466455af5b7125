"""The text of a module, and what one of its functions needs of it."""

import ast
import builtins
import sys

BUILTIN_NAMES = frozenset(dir(builtins))


class ModuleSource:
    """A module that is read and never run.

    Args:
        text: Its source.

    Raises:
        SyntaxError: If it is no Python.
        ValueError: If it holds a null character.
    """

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self.imports = _standard_imports(self.tree)
        """From each name that is imported from the standard library to the statement that does so."""
        self._lines = text.splitlines()
        self._definitions = _definitions(self.tree)

    def source(self, node: ast.stmt) -> str:
        """The lines of a statement at the left margin, decorators included."""
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        return "\n".join(self._lines[first - 1 : node.end_lineno])

    def closure(self, node: ast.FunctionDef) -> str | None:
        """The function with the imports and definitions of its module that it needs, as a program.

        Returns:
            Source, or None if it needs something that is neither defined once in the module nor in the standard
            library.
        """
        needed: dict[int, ast.stmt] = {}
        imports: set[str] = set()
        waiting: list[ast.stmt] = [node]
        while waiting:
            statement = waiting.pop()
            if statement.lineno in needed:
                continue
            needed[statement.lineno] = statement
            for name in free_names(statement):
                if name in self._definitions:
                    waiting.append(self._definitions[name])
                elif name in self.imports:
                    imports.add(self.imports[name])
                elif name not in BUILTIN_NAMES:
                    return None
        statements = [self.source(statement) for _, statement in sorted(needed.items())]
        return "\n\n\n".join(["\n".join(sorted(imports)), *statements] if imports else statements) + "\n"


def free_names(tree: ast.AST) -> set[str]:
    """Names that a piece of source reads and does not bind; what it binds anywhere counts as bound."""
    loaded, bound = set(), set()
    for part in ast.walk(tree):
        if isinstance(part, ast.Name):
            (loaded if isinstance(part.ctx, ast.Load) else bound).add(part.id)
        elif isinstance(part, ast.arg):
            bound.add(part.arg)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or (
            isinstance(part, ast.ExceptHandler) and part.name
        ):
            bound.add(part.name)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in part.names}
    return loaded - bound


def _definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """What defines each name of the module; names that are defined more than once are left out."""
    found: dict[str, ast.stmt] = {}
    again: set[str] = set()
    for node in tree.body:
        for name in _bound_names(node):
            (again.add(name) if name in found else found.update({name: node}))
    return {name: node for name, node in found.items() if name not in again}


def _bound_names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _standard_imports(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in sys.stdlib_module_names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    found[bound] = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
            for alias in (
                node.names if (node.module or "").partition(".")[0] in sys.stdlib_module_names else ()
            ):
                suffix = f" as {alias.asname}" if alias.asname else ""
                found[alias.asname or alias.name] = f"from {node.module} import {alias.name}{suffix}"
    return found
