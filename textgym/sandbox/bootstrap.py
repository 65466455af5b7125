"""Starts a process of the sandbox: `python bootstrap.py driver|zygote ...`.

Such a process must not import `textgym` itself, whose `__init__` registers environments and so loads Gymnasium.
The packages on the way to this folder are therefore put in place empty, without running their code.
"""

import os
import sys
import types

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _put_in_place(name: str, folder: str) -> None:
    package = types.ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package


if __name__ == "__main__":
    _put_in_place("textgym", os.path.dirname(_FOLDER))
    _put_in_place("textgym.sandbox", _FOLDER)
    if sys.argv[1] == "driver":
        from textgym.sandbox.driver import main
    else:
        from textgym.sandbox.zygote import main
    main(sys.argv[2:])
