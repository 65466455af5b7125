"""Functions with several right results: properties tell right from wrong, wherever the right results come from."""

import re
from itertools import permutations, product

import numpy as np
import pytest

from textgym.data import open_functions
from textgym.data.base import SPLITS, draw_from_split, split_of
from textgym.data.open_functions import OpenFunctions, property_of
from textgym.data.programs.drawing import draw_cases
from textgym.data.programs.function import STEPS, Function, behaviour
from textgym.data.programs.open_steps import OPEN_STEPS
from textgym.data.programs.values import probes
from textgym.sandbox import Case, CaseJob, shared_sandbox
from textgym.tasks.code.problem import Problem, literal_cases

BY_NAME = {last.step.name: last for last in OPEN_STEPS}
NUMBERS = [last for last in OPEN_STEPS if last.step.takes == "numbers"]


def holds(name, value, answer, k=None):
    return eval(BY_NAME[name].property(value, k), {"answer": answer})


def orders(items):
    return [list(order) for order in sorted(set(permutations(items)))]


@pytest.mark.parametrize(
    "name, value, number",
    [
        ("evens first", [1, 2, 3, 4], 4),  # 2! x 2!
        ("equals together", [1, 1, 2, 3], 6),  # 3! orders of what is equal
        ("different", [3, 1, 2], 6),
        ("zigzag", [1, 2, 3, 4], 5),  # Euler's zigzag numbers: 1, 1, 1, 2, 5, 16
        ("zigzag", [1, 2, 3, 4, 5], 16),
        ("initials together", ["ab", "ac", "b", "ca"], 12),  # 3! x 2!
        ("short first", ["a", "b", "cc", "dd"], 4),
        ("different words", ["b", "a"], 2),
    ],
)
def test_as_many_orders_are_right_as_combinatorics_says(name, value, number):
    right = [order for order in orders(value) if holds(name, value, order)]
    assert len(right) == number
    for order in right:
        # Something lost, something twice, and another type.
        assert not holds(name, value, order[1:])
        assert not holds(name, value, [*order, order[0]])
        assert not holds(name, value, tuple(order))


def test_halves_are_right_however_they_are_divided():
    right = 0
    for sides in product((0, 1), repeat=5):
        halves = [[n for n, side in zip([1, 2, 3, 4, 5], sides, strict=True) if side == s] for s in (0, 1)]
        right += holds("halves", [5, 3, 1, 2, 4], halves)
    assert right == 20  # 5 over 2, and 5 over 3
    assert not holds("halves", [1, 2], [[1], [1]])
    assert not holds("halves", [1, 2], [[1], [2], []])
    assert not holds("halves", [1, 2], [(1,), (2,)])
    assert not holds("halves", [1, 2], ([1], [2]))


def test_any_pair_any_single_number_and_any_longest_word_is_right():
    numbers = [1, 3, 2, 1, 3]
    right = [
        pair for pair in [[], *map(list, product(range(-1, 5), repeat=2))] if holds("pair", numbers, pair, 4)
    ]
    assert right == [[0, 1], [0, 4], [1, 3], [3, 4]]
    assert [pair for pair in ([], [0, 0], [0, 1]) if holds("pair", [2, 3], pair, 4)] == [[]]
    assert [n for n in range(5) if holds("single", [1, 1, 2, 4], n)] == [2, 4]
    assert [n for n in range(5) if holds("single", [1, 1], n)] == [0]
    assert [w for w in ("", "a", "bb", "cc") if holds("any longest", ["a", "cc", "bb"], w)] == ["bb", "cc"]
    assert holds("any longest", [], "")


def test_the_code_of_every_step_gives_a_right_result_and_the_one_of_the_step():
    jobs = []
    for last in OPEN_STEPS:
        for constant in last.step.constants or (None,):
            function = Function((last.step,), (constant,))
            values = probes(last.step.takes)
            cases = [Case((value,), function(value)) for value in values]
            cases += [Case((value,), holds=property_of(last, function, (value,))) for value in values]
            jobs.append(CaseJob(function.program, "solve", cases))
    assert [verdict.detail for verdict in shared_sandbox().map(jobs) if not verdict.passed] == []
    assert len(jobs) == 17


@pytest.mark.parametrize(
    "last", [last for last in NUMBERS if last.step.name != "pair"], ids=lambda last: last.step.name
)
def test_the_result_does_not_depend_on_an_order_that_is_no_matter(last):
    """Or functions that are the same would count as different, and be in two splits."""
    for value in probes("numbers"):
        assert last.step.apply(value[::-1], None) == last.step.apply(value, None)


def test_steps_are_told_apart_from_all_others():
    every = [*STEPS, *(last.step for last in OPEN_STEPS)]
    assert len({(s.takes, s.name) for s in every}) == len(every)
    sentences = [(s.takes, wording) for s in every for wording in s.wordings]
    assert len(set(sentences)) == len(sentences)


def records(number, seed=0):
    rng = np.random.default_rng(seed)
    return [OpenFunctions().draw(rng, i / number) for i in range(number)]


def test_every_hidden_case_is_a_property_that_runs_outside_the_program():
    for record in records(30):
        cases = literal_cases(record.fields["tests"], "solve")
        assert cases is not None
        assert len({repr(case.args) for case in cases}) == 12
        assert all(case.holds and "solve" not in case.holds for case in cases)
        calls = re.findall(r"solve\(.*?\) may return", record.fields["prompt"])
        assert len(set(calls)) == 3


def test_solutions_pass_and_programs_that_lack_a_step_do_not():
    jobs, expected = [], []
    for record in records(40, seed=1):
        problem = Problem(**{n: record.fields[n] for n in ("prompt", "entry_point", "tests")})
        *helpers, main = record.fields["solution"].split("\n\n\n")
        signature, *lines = main.rstrip("\n").split("\n")
        name = re.match(r"def solve\((\w+)", signature)[1]
        programs = [
            record.fields["solution"],
            f"{signature}\n    return []",
            f"{signature}\n    return {name}",
        ]
        if len(lines) > 1:
            programs.append(
                "\n\n\n".join([*helpers, "\n".join([signature, *lines[:-1], f"    return {name}"])])
            )
        jobs += [problem.job(program, 2.0) for program in programs]
        expected += [True, *[False] * (len(programs) - 1)]
    assert [verdict.passed for verdict in shared_sandbox().map(jobs)] == expected


def test_splits_share_no_function_and_each_has_many():
    rng = np.random.default_rng(2)
    programs = {}
    for split in SPLITS:
        drawn = [draw_from_split(OpenFunctions(), rng, split, i / 40) for i in range(40)]
        assert {split_of(record.group) for record in drawn} == {split}
        programs[split] = {re.sub(r"-?\d+", "#", record.fields["solution"]) for record in drawn}
        assert len(programs[split]) >= 8
    assert not programs["train"] & (programs["test"] | programs["validation"])
    assert not programs["test"] & programs["validation"]


def test_functions_that_do_the_same_are_in_one_split(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        open_functions,
        "draw_cases",
        lambda rng, function: drawn.append(function) or draw_cases(rng, function),
    )
    seen = {}
    records(150, seed=5)
    for function in drawn:
        split = split_of(function.group)
        assert seen.setdefault(behaviour(function), split) == split == split_of(behaviour(function))
    assert len(seen) > 80


def test_the_same_random_state_gives_the_same_record():
    assert records(5, seed=3) == records(5, seed=3)
    assert records(5, seed=3) != records(5, seed=4)
