"""The standard library in memory, so that programs import it without opening a file."""

# ruff: noqa: SIM905 - blocks of names read better than lists of strings
import contextlib
import fcntl
import importlib.util
import json
import marshal
import mmap
import os
import sys
import sysconfig
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# Tests, tools, windows and databases: nothing that a program of one process has a use for.
_LEFT_OUT = frozenset(
    """
    test tests idlelib idle_test tkinter turtledemo turtle ensurepip lib2to3 distutils pydoc_data venv curses dbm
    sqlite3 xmlrpc wsgiref msilib antigravity this site-packages dist-packages lib-dynload __pycache__ config
    """.split()
)
# Extension modules are shared objects: they are loaded before files are out of reach, or never.
_EXTENSIONS = """
    _asyncio _bisect _blake2 _contextvars _csv _datetime _decimal _elementtree _hashlib _heapq _json _md5 _opcode
    _pickle _posixsubprocess _queue _random _sha1 _sha2 _sha256 _sha3 _sha512 _socket _statistics _struct _typing
    _uuid _zoneinfo array binascii cmath fcntl math mmap pyexpat resource select unicodedata zlib
""".split()
# What programs import most. Each module makes every fork a little dearer.
_READY = "bisect collections copy functools heapq itertools math operator random re string typing".split()


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
            if extension == ".py" and stem.isidentifier() and stem not in _LEFT_OUT:
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


class MemoryImporter(MetaPathFinder, Loader):
    """Imports from an image that `build_image` made.

    Args:
        image: Its descriptor. It may be closed afterwards.
    """

    def __init__(self, image: int) -> None:
        # Private: pages that a program might change after making them writable are its own copy.
        size = os.lseek(image, 0, os.SEEK_END)
        self._memory = mmap.mmap(image, size, mmap.MAP_PRIVATE, mmap.PROT_READ)
        head = int.from_bytes(self._memory[:8], "little")
        self._index = json.loads(self._memory[8 : 8 + head])
        self._start = 8 + head

    def __len__(self) -> int:
        return len(self._index)

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Spec of a module of the image."""
        if fullname not in self._index:
            return None
        spec = ModuleSpec(fullname, self, origin="memory", is_package=self._index[fullname][0])
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """A module of the default kind."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code in it."""
        name = module.__spec__.name if module.__spec__ else module.__name__
        _, compiled, offset, size = self._index[name]
        content = self._memory[self._start + offset : self._start + offset + size]
        code = (
            marshal.loads(content) if compiled else compile(content, f"<{name}>", "exec", dont_inherit=True)
        )
        exec(code, module.__dict__)


def install(image: int, *, preload: bool = True) -> None:
    """Make imports of this process independent of files.

    Args:
        image: Descriptor of an image.
        preload: Import now what most programs will import, so that forks share it.
    """
    for name in _EXTENSIONS:
        _try_import(name)
    sys.meta_path.insert(2, MemoryImporter(image))  # behind the builtin and the frozen ones
    if preload:
        for name in _READY:
            _try_import(name)


def forget_files() -> None:
    """Leave the builtin, the frozen and the memory importer as the only ones."""
    del sys.meta_path[3:]
    sys.path.clear()
    sys.path_importer_cache.clear()


def _try_import(name: str) -> None:
    with contextlib.suppress(ImportError):  # not part of this version or build of Python
        importlib.import_module(name)
