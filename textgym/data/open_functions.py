"""Functions to write of which several results are right, with properties as hidden cases, without end."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from textgym.data.base import Record
from textgym.data.programs.drawing import Arguments, Cases, draw_cases
from textgym.data.programs.function import ENTRY_POINT, Function, following
from textgym.data.programs.open_steps import OPEN_STEPS, OpenStep
from textgym.data.programs.step import Kind, Step
from textgym.data.programs.values import ARGUMENTS
from textgym.data.specified_functions import call

_TRIES = 1000


@dataclass(frozen=True)
class OpenFunctions:
    """Draws functions that are up to three steps of `SpecifiedFunctions` and a last one that leaves the result open, such
    as an order.

    Hidden cases are properties of the result: expressions that trusted code evaluates outside the program. Which
    functions are in one split is settled as for `SpecifiedFunctions`.

    Fields of a record: `prompt` (signature and docstring, with three calls and what they may return), `entry_point`
    (always `solve`), `tests` (twelve properties, as in an interactive session) and `solution` (a program).
    """

    name: str = "properties"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One function.

        Args:
            rng: Source of randomness.
            difficulty: In [0, 1]: none or one step before the last at 0, one to three at 1, and which steps there are.
        """
        for _ in range(_TRIES):
            drawn = _draw(rng, difficulty)
            if drawn is None:
                continue
            last, function = drawn
            cases = draw_cases(rng, function)
            if cases is not None and _tells(last, function, cases[1]):
                return _record(last, function, *cases)
        raise RuntimeError(f"no open function of difficulty {difficulty} in {_TRIES} draws")


def property_of(last: OpenStep, function: Function, arguments: Arguments) -> str:
    """What must hold of the `answer` to a call, as a Python expression.

    Args:
        last: The last step of the function.
        function: Has no parameter.
        arguments: Of the call.
    """
    value = arguments[0]
    for step, constant in zip(function.steps[:-1], function.constants[:-1], strict=True):
        value = step.apply(value, constant)
    return last.property(value, function.constants[-1])


def _draw(rng: np.random.Generator, difficulty: float) -> tuple[OpenStep, Function] | None:
    """A worthwhile function that belongs to a split, if chance gives one."""
    fitting = [last for last in OPEN_STEPS if last.step.level <= difficulty]
    last = fitting[int(rng.integers(len(fitting)))]
    before = _draw_before(rng, difficulty, last.step.takes)
    if before is None:
        return None
    steps = (*before, last.step)
    constants = tuple(
        s.constants[int(rng.integers(len(s.constants)))] if s.constants else None for s in steps
    )
    function = Function(steps, constants)
    return (last, function) if function.split is not None and function.worthwhile else None


def _draw_before(rng: np.random.Generator, difficulty: float, gives: Kind) -> tuple[Step, ...] | None:
    length = int(rng.integers(round(difficulty), 2 + round(2 * difficulty)))
    kinds = list(ARGUMENTS)
    kind: Kind = kinds[int(rng.integers(len(kinds)))] if length else gives
    steps: list[Step] = []
    for _ in range(length):
        fitting = [step for step in following(kind, difficulty, False) if step not in steps]
        if not fitting:
            return None
        steps.append(fitting[int(rng.integers(len(fitting)))])
        kind = steps[-1].gives
    return tuple(steps) if kind == gives else None


def _tells(last: OpenStep, function: Function, hidden: Cases) -> bool:
    """Whether hidden cases refuse each function that lacks a step: what it returns might be right all the same."""
    return all(
        any(
            not _holds(property_of(last, function, arguments), shorter(*arguments)) for arguments, _ in hidden
        )
        for shorter in function.shortened()
    )


def _holds(expression: str, answer: Any) -> bool:
    # Both were made here: no program is involved.
    try:
        return eval(expression, {"answer": answer}) is True
    except (TypeError, IndexError, AttributeError):
        return False


def _record(last: OpenStep, function: Function, visible: Cases, hidden: Cases) -> Record:
    shown = [f"{call(arguments)} may return {result!r}." for arguments, result in visible]
    text = "\n    ".join(function.worded(lambda wordings: wordings[0]))
    tests = [
        f">>> (lambda answer: {property_of(last, function, arguments)})({call(arguments)})\nTrue"
        for arguments, _ in hidden
    ]
    fields = {
        "prompt": f'{function.signature}\n    """{text}\n\n    ' + "\n    ".join(shown) + '\n    """\n',
        "entry_point": ENTRY_POINT,
        "tests": "\n".join(tests),
        "solution": function.program,
    }
    digest = hashlib.sha256("\n".join(fields.values()).encode()).hexdigest()[:16]
    return Record(f"properties/{digest}", function.group, fields)
