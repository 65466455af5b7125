"""The standard library in memory, so that programs import it without opening a file."""

# ruff: noqa: SIM905 - blocks of names read better than lists of strings
import contextlib
import importlib
import json
import marshal
import mmap
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

# Extension modules are shared objects: they are loaded before files are out of reach, or never. Those that load
# much more (OpenSSL, asyncio, XML trees) and have a replacement in Python are left to it: memory costs time at every
# fork.
_EXTENSIONS = """
    _bisect _blake2 _contextvars _csv _datetime _decimal _heapq _json _md5 _opcode
    _pickle _posixsubprocess _queue _random _sha1 _sha2 _sha256 _sha3 _sha512 _socket _statistics _struct _typing
    _uuid array binascii cmath fcntl math mmap pyexpat resource select unicodedata zlib
""".split()
# What programs import most. Each module makes every fork a little dearer.
_READY = "bisect collections copy functools heapq itertools math operator random re string typing".split()


class MemoryImporter:
    """Imports from an image that `library_image` made.

    A finder and a loader, without their base classes: `importlib.abc` would load a dozen modules into every guest.

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
        return ModuleSpec(fullname, cast(Any, self), origin="memory", is_package=self._index[fullname][0])

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
