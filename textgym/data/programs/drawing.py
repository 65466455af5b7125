"""Functions and their cases at random."""

from dataclasses import replace
from typing import Any

import numpy as np

from textgym.data.programs.function import Function, following, has_number
from textgym.data.programs.step import Kind, Step
from textgym.data.programs.values import ARGUMENTS, draw_value

VISIBLE, HIDDEN = 3, 12
_POOL = 48
# Of the hidden cases, so that a constant earns little.
_MOST_EQUAL, _MOST_EQUAL_FLAGS = 4, 7
_TRIES, _CONSTANT_TRIES = 1000, 30

Arguments = tuple[Any, ...]
Cases = list[tuple[Arguments, Any]]
"""Arguments and the result, for each case."""


def draw_function(rng: np.random.Generator, difficulty: float) -> Function:
    """A worthwhile function that belongs to a split.

    Args:
        rng: Source of randomness.
        difficulty: In [0, 1]: number of steps (1 or 2 at 0, 2 to 4 at 1), which steps there are, and how often a
            constant is an argument instead.
    """
    for _ in range(_TRIES):
        steps = _draw_steps(rng, difficulty)
        if steps is None:
            continue
        numbers = [i for i, step in enumerate(steps) if has_number(step)]
        is_parameter = bool(numbers) and rng.random() < 0.5 * difficulty
        parameter = numbers[int(rng.integers(len(numbers)))] if is_parameter else None
        varies = any(step.constants for step in steps)
        for _ in range(_CONSTANT_TRIES if varies else 1):
            function = Function(steps, tuple(_draw_constant(rng, step) for step in steps), parameter)
            if function.split is not None:
                if function.worthwhile:
                    return function
                break
    raise RuntimeError(f"no function of difficulty {difficulty} in {_TRIES} draws")


def draw_cases(rng: np.random.Generator, function: Function) -> tuple[Cases, Cases] | None:
    """Visible and hidden cases, all different; None if these arguments tell too little.

    For each step that could be left out some hidden case tells the difference, and no result is that of many
    hidden cases.
    """
    pool: dict[str, tuple[Arguments, Any]] = {}
    for _ in range(_POOL):
        arguments = _draw_arguments(rng, function)
        pool.setdefault(repr(arguments), (arguments, function(*arguments)))
    cases = list(pool.values())
    limit = (2, _MOST_EQUAL_FLAGS) if function.gives == "flag" else (1, _MOST_EQUAL)
    visible, rest = _varied(cases, VISIBLE, limit[0])
    telling = [next((c for c in rest if shorter(*c[0]) != c[1]), None) for shorter in function.shortened()]
    if any(case is None for case in telling):
        return None
    first = [case for i, case in enumerate(telling) if case is not None and case not in telling[:i]]
    hidden, _ = _varied([*first, *(case for case in rest if case not in first)], HIDDEN, limit[1])
    enough = len(visible) == VISIBLE and len(hidden) == HIDDEN
    # The limit may have left one of the first out.
    return (visible, hidden) if enough and all(case in hidden for case in first) else None


def broken(rng: np.random.Generator, function: Function, visible: Cases, hidden: Cases) -> Function | None:
    """The function with one mistake that a visible and a hidden case show, or None."""
    for _ in range(20):
        wrong = _mutated(rng, function)
        if wrong is not None and all(any(wrong(*a) != r for a, r in cases) for cases in (visible, hidden)):
            return wrong
    return None


def _draw_steps(rng: np.random.Generator, difficulty: float) -> tuple[Step, ...] | None:
    low, high = 1 + round(difficulty), 2 + round(2 * difficulty)
    length = int(rng.integers(low, high + 1))
    kinds = list(ARGUMENTS)
    kind: Kind = kinds[int(rng.integers(len(kinds)))]
    steps: list[Step] = []
    for i in range(length):
        fitting = [step for step in following(kind, difficulty, i + 1 == length) if step not in steps]
        if not fitting:
            return None
        steps.append(fitting[int(rng.integers(len(fitting)))])
        kind = steps[-1].gives
    return tuple(steps)


def _draw_constant(rng: np.random.Generator, step: Step) -> Any:
    return step.constants[int(rng.integers(len(step.constants)))] if step.constants else None


def _draw_arguments(rng: np.random.Generator, function: Function) -> Arguments:
    value = draw_value(rng, function.takes)
    if function.parameter is None:
        return (value,)
    return value, _draw_constant(rng, function.steps[function.parameter])


def _varied(cases: Cases, size: int, most_equal: int) -> tuple[Cases, Cases]:
    """The first cases of which not too many have one result, and the others."""
    taken: Cases = []
    rest: Cases = []
    counts: dict[str, int] = {}
    for case in cases:
        key = repr(case[1])
        if len(taken) < size and counts.get(key, 0) < most_equal:
            counts[key] = counts.get(key, 0) + 1
            taken.append(case)
        else:
            rest.append(case)
    return taken, rest


def _mutated(rng: np.random.Generator, function: Function) -> Function | None:
    """One step with another constant, left out, put after the next one, or replaced by one of its kind."""
    i = int(rng.integers(len(function.steps)))
    step = function.steps[i]
    match int(rng.integers(4)):
        case 0 if step.constants and i != function.parameter:
            constants = (*function.constants[:i], _draw_constant(rng, step), *function.constants[i + 1 :])
            return replace(function, constants=constants)
        case 1 if step.takes == step.gives and len(function.steps) > 1 and i != function.parameter:
            return function.without(i)
        case 2 if i + 1 < len(function.steps) and function.parameter not in (i, i + 1):
            after = function.steps[i + 1]
            if step.takes == step.gives == after.takes == after.gives:
                order = [*range(i), i + 1, i, *range(i + 2, len(function.steps))]
                return Function(
                    tuple(function.steps[j] for j in order),
                    tuple(function.constants[j] for j in order),
                    function.parameter,
                )
        case 3 if i != function.parameter:
            others = [s for s in following(step.takes, 1.0, True) if s.gives == step.gives and s != step]
            if others:
                other = others[int(rng.integers(len(others)))]
                steps = (*function.steps[:i], other, *function.steps[i + 1 :])
                constants = (
                    *function.constants[:i],
                    _draw_constant(rng, other),
                    *function.constants[i + 1 :],
                )
                return replace(function, steps=steps, constants=constants)
    return None
