"""Functions to write or to repair, with a specification in words, examples and hidden cases, without end."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textgym.data.base import Record
from textgym.data.programs.drawing import Arguments, Cases, broken, draw_cases, draw_function
from textgym.data.programs.function import ENTRY_POINT, Function

_TRIES = 200


@dataclass(frozen=True)
class SpecifiedFunctions:
    """Draws functions that are chains of one to four steps over numbers, lists, words, texts, dictionaries, nested
    lists and rows, some of them recursive.

    A function is known in three ways that nothing has to be interpreted for: as sentences, as source text and as
    something to call, which gives the expected results.

    Functions with the same steps are in one split, whatever their constants and order, and so are functions that
    do the same for fixed arguments.

    Fields of a record: `prompt` (signature and docstring, with three examples), `entry_point` (always `solve`),
    `tests` (twelve other examples, as in an interactive session) and `solution` (a program). With `broken` also
    `broken` (the program with one mistake: another constant or step, one left out, or two swapped) and `failing` (the
    examples of the prompt that it fails, with what it returns as `got`).

    Args:
        broken: Whether there is a broken program too.
        apart: Whether a broken program is never a function of another split, as another step in the place of one often
            makes it. The frozen suites were drawn without.
    """

    broken: bool = False
    apart: bool = False
    name: str = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One function.

        Args:
            rng: Source of randomness.
            difficulty: In [0, 1]: see `draw_function`; it also raises the number of wordings in use.
        """
        for _ in range(_TRIES):
            function = draw_function(rng, difficulty)
            cases = draw_cases(rng, function)
            if cases is None:
                continue
            visible, hidden = cases
            wrong = broken(rng, function, visible, hidden) if self.broken else None
            if self.apart and wrong is not None and wrong.split not in (function.split, None):
                continue
            if wrong is not None or not self.broken:
                return _record(rng, difficulty, function, visible, hidden, wrong)
        raise RuntimeError(f"no function of difficulty {difficulty} had telling cases in {_TRIES} draws")


def _record(
    rng: np.random.Generator,
    difficulty: float,
    function: Function,
    visible: Cases,
    hidden: Cases,
    wrong: Function | None,
) -> Record:
    def choose(wordings: tuple[str, ...]) -> str:
        return wordings[int(rng.integers(1 + round(difficulty * (len(wordings) - 1))))]

    text = "\n    ".join([*function.worded(choose), "", *(session(*case) for case in visible)])
    # An empty line carries no indentation.
    text = text.replace("\n    \n", "\n\n")
    fields = {
        "prompt": f'{function.signature}\n    """{text}\n    """\n',
        "entry_point": ENTRY_POINT,
        "tests": "\n".join(session(*case, indent="") for case in hidden),
        "solution": function.program,
    }
    if wrong is not None:
        fields["broken"] = wrong.program
        fields["failing"] = "\n".join(_failure(wrong, case) for case in visible if wrong(*case[0]) != case[1])
    digest = hashlib.sha256("\n".join(fields.values()).encode()).hexdigest()[:16]
    return Record(f"generated/{digest}", function.group, fields)


def session(arguments: Arguments, result: object, *, indent: str = "    ") -> str:
    """A case as it looks in an interactive session; lines after the first are indented."""
    return f">>> {call(arguments)}\n{indent}{result!r}"


def call(arguments: Sequence[object]) -> str:
    """The call of a case as source text."""
    return f"{ENTRY_POINT}({', '.join(map(repr, arguments))})"


def _failure(wrong: Function, case: tuple[Arguments, object]) -> str:
    arguments, expected = case
    return f">>> {call(arguments)}\nexpected {expected!r}\ngot      {wrong(*arguments)!r}"
