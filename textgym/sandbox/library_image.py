"""The code of the standard library, put into memory once for all workers."""

# ruff: noqa: SIM905 - blocks of names read better than lists of strings
import fcntl
import importlib.util
import json
import os
import sysconfig
from collections.abc import Iterator

# Tests, tools, windows and databases: nothing that a program of one process has a use for.
_LEFT_OUT = frozenset(
    """
    test tests idlelib idle_test tkinter turtledemo turtle ensurepip lib2to3 distutils pydoc_data venv curses dbm
    sqlite3 xmlrpc wsgiref msilib antigravity this site-packages dist-packages lib-dynload __pycache__ config
    """.split()
)


def build_image() -> int:
    """Put the code of the standard library of this interpreter into one sealed memory file.

    Returns:
        A descriptor of it. Nobody can change its content, so that no program leaves anything there for the next.
    """
    index: dict[str, tuple[bool, bool, int, int]] = {}
    code, offset = [], 0
    for name, path in sorted(_modules(sysconfig.get_path("stdlib"))):
        compiled, content = _code(path)
        index[name] = (path.endswith("__init__.py"), compiled, offset, len(content))
        code.append(content)
        offset += len(content)
    head = json.dumps(index).encode()
    image = os.memfd_create("standard-library", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(image, "wb", closefd=False) as file:
        file.write(len(head).to_bytes(8, "little") + head)
        file.writelines(code)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    fcntl.fcntl(image, fcntl.F_ADD_SEALS, seals)
    return image


def _modules(root: str) -> Iterator[tuple[str, str]]:
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in _LEFT_OUT and name.isidentifier()]
        package = os.path.relpath(folder, root).replace(os.sep, ".")
        for file in files:
            stem, extension = os.path.splitext(file)
            # The name of _sysconfigdata has hyphens in it.
            named = stem.isidentifier() or stem.startswith("_sysconfigdata")
            if extension == ".py" and named and stem not in _LEFT_OUT:
                parts = [part for part in (package, stem) if part not in (".", "__init__")]
                if parts:
                    yield ".".join(parts), os.path.join(folder, file)


def _code(path: str) -> tuple[bool, bytes]:
    """Compiled code where the interpreter has cached it; compiling all of it here would take seconds."""
    try:
        with open(importlib.util.cache_from_source(path), "rb") as file:
            header, content = file.read(16), file.read()
        if header[:4] == importlib.util.MAGIC_NUMBER:
            return True, content
    except (OSError, NotImplementedError):
        pass
    with open(path, "rb") as file:
        return False, file.read()
