"""A function as a chain of steps: its code, its wording, what it does, and which functions are the same."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise, permutations
from typing import Any

from textgym.data.base import Split, split_of
from textgym.data.programs.count_steps import COUNT_STEPS
from textgym.data.programs.list_results import NUMBER_FROM_LIST_STEPS, OTHER_FROM_LIST_STEPS
from textgym.data.programs.list_steps import LIST_STEPS
from textgym.data.programs.nested_steps import NESTED_STEPS, ROW_STEPS
from textgym.data.programs.number_steps import NUMBER_STEPS
from textgym.data.programs.step import Kind, Step
from textgym.data.programs.table_steps import TABLE_STEPS
from textgym.data.programs.text_steps import TEXT_STEPS
from textgym.data.programs.values import ARGUMENTS, RESULTS, probes
from textgym.data.programs.word_steps import WORD_STEPS

STEPS: tuple[Step, ...] = (
    *COUNT_STEPS,
    *NUMBER_STEPS,
    *LIST_STEPS,
    *NUMBER_FROM_LIST_STEPS,
    *OTHER_FROM_LIST_STEPS,
    *WORD_STEPS,
    *TEXT_STEPS,
    *TABLE_STEPS,
    *NESTED_STEPS,
    *ROW_STEPS,
)
ENTRY_POINT = "solve"

# A step that changes the result of fewer of the fixed arguments than this is not worth asking for.
_FEWEST_CHANGED = 4
_FEWEST_RESULTS = 5


@dataclass(frozen=True)
class Function:
    """Steps with their constants.

    Args:
        steps: At least one; each takes what the one before it gives.
        constants: One for each step, None where the step has none.
        parameter: Which step's constant is the second argument `k` of the function, or none.
    """

    steps: tuple[Step, ...]
    constants: tuple[Any, ...]
    parameter: int | None = None

    @property
    def takes(self) -> Kind:
        """Kind of the first argument."""
        return self.steps[0].takes

    @property
    def gives(self) -> Kind:
        """Kind of the result."""
        return self.steps[-1].gives

    def __call__(self, value: Any, k: Any = None) -> Any:
        """What the function returns for one argument, or for two if it has a `parameter`."""
        for i, (step, constant) in enumerate(zip(self.steps, self.constants, strict=True)):
            value = step.apply(value, k if i == self.parameter else constant)
        return value

    @cached_property
    def results(self) -> list[Any]:
        """What it returns for fixed arguments; that of a parameter goes through the constants of its step."""
        if self.parameter is None:
            return [self(value) for value in probes(self.takes)]
        constants: Sequence[Any] = self.steps[self.parameter].constants
        return [self(value, constants[i % len(constants)]) for i, value in enumerate(probes(self.takes))]

    @property
    def signature(self) -> str:
        """The line that begins its definition."""
        name, annotation, _ = ARGUMENTS[self.takes]
        second = ", k: int" if self.parameter is not None else ""
        return f"def {ENTRY_POINT}({name}: {annotation}{second}) -> {RESULTS[self.gives]}:"

    @property
    def program(self) -> str:
        """Its source, with the functions that it needs."""
        helpers = dict.fromkeys(step.helper for step in self.steps if step.helper)
        name = ARGUMENTS[self.takes][0]
        lines = [self.signature]
        for i, step in enumerate(self.steps):
            expression = step.code.replace("{x}", name).replace("{k}", self._constant_text(i))
            if i + 1 < len(self.steps):
                name = ARGUMENTS[step.gives][0]
                lines.append(f"    {name} = {expression}")
            else:
                lines.append(f"    return {expression}")
        return "\n\n".join([*helpers, "\n".join(lines) + "\n"])

    def worded(self, choose: Callable[[tuple[str, ...]], str]) -> list[str]:
        """Its specification as sentences.

        Args:
            choose: Picks one of the wordings of a step.
        """
        second = " and the whole number `k`" if self.parameter is not None else ""
        steps = [
            choose(step.wordings).replace("{k}", self._constant_text(i)) for i, step in enumerate(self.steps)
        ]
        return [f"Compute from {ARGUMENTS[self.takes][2]}{second}:", *steps, "Return the result."]

    @property
    def group(self) -> str:
        """The same for functions that differ in constants or in the order of their steps."""
        return _group(tuple(sorted(self.steps, key=lambda step: (step.takes, step.name))))

    @property
    def split(self) -> Split | None:
        """Where it belongs: where its group does, and its behaviour too; None if these disagree.

        So neither functions that differ in constants nor equal functions that are put differently are in two
        splits.
        """
        split = split_of(self.group)
        return split if split_of(behaviour(self)) == split else None

    @property
    def worthwhile(self) -> bool:
        """Whether each step matters and the results vary."""
        results = self.results
        different = {_canonical(result) for result in results}
        if self.gives == "flag":
            if min(results.count(True), results.count(False)) < _FEWEST_CHANGED:
                return False
        elif len(different) < _FEWEST_RESULTS:
            return False
        return all(
            sum(a != b for a, b in zip(results, shorter.results, strict=True)) >= _FEWEST_CHANGED
            for shorter in self.shortened()
        )

    def shortened(self) -> list["Function"]:
        """The functions that lack one step, which only a step can be left out that gives what it takes."""
        return [
            self.without(i)
            for i, step in enumerate(self.steps)
            if step.takes == step.gives and (len(self.steps) > 1 or step.takes == self.gives)
        ]

    def without(self, index: int) -> "Function":
        """The function without one step; the function of no step returns its argument."""
        parameter = self.parameter
        if parameter is not None:
            parameter = None if parameter == index else parameter - (parameter > index)
        drop = lambda items: items[:index] + items[index + 1 :]  # noqa: E731
        if len(self.steps) == 1:
            return Function((_identity(self.takes),), (None,))
        return Function(drop(self.steps), drop(self.constants), parameter)

    def _constant_text(self, index: int) -> str:
        return "k" if index == self.parameter else str(self.constants[index])


def behaviour(function: Function) -> str:
    """The same for functions that return the same for fixed arguments, however they are put."""
    rows = [_canonical(result) for result in function.results]
    arity = 1 if function.parameter is None else 2
    return hashlib.sha256(f"{arity} {function.takes} {rows}".encode()).hexdigest()[:16]


@lru_cache(maxsize=16_384)
def _group(steps: tuple[Step, ...]) -> str:
    """The behaviour of the steps in the first order that fits, with the first constants.

    A hash of the names would do, but then few functions of one step would belong to a split at all.
    """
    for order in permutations(steps):
        if all(a.gives == b.takes for a, b in pairwise(order)):
            return behaviour(Function(order, tuple(s.constants[0] if s.constants else None for s in order)))
    raise ValueError(f"the steps {[step.name for step in steps]} do not fit in any order")


@lru_cache(maxsize=256)
def following(kind: Kind, level: float, last: bool) -> tuple[Step, ...]:
    """The steps that can take a kind of value at a difficulty; if more are to follow, those that allow it."""
    return tuple(s for s in STEPS if s.takes == kind and s.level <= level and (last or s.gives != "flag"))


def has_number(step: Step) -> bool:
    """Whether the step's constant can be an argument: a whole number that the code does not quote."""
    return bool(step.constants) and isinstance(step.constants[0], int) and '"{k}"' not in step.code


def _canonical(value: Any) -> str:
    return repr(sorted(value.items()) if isinstance(value, dict) else value)


@lru_cache(maxsize=16)
def _identity(kind: Kind) -> Step:
    return Step("nothing", kind, kind, ("Do nothing.",), "{x}", lambda x, k: x)
