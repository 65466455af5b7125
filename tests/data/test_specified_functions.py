"""Generated functions: wording, code and behaviour agree, cases tell, and no function is in two splits."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.base import SPLITS, draw_from_split, split_of
from textgym.data.programs.drawing import draw_cases, draw_function
from textgym.data.programs.function import STEPS, Function, behaviour
from textgym.data.programs.step import Step
from textgym.data.programs.values import probes
from textgym.data.specified_functions import SpecifiedFunctions
from textgym.sandbox import Case, CaseJob, DoctestJob, shared_sandbox


def examples(fields):
    """Those of the docstring."""
    return fields["prompt"].rpartition('"""')[0]


def functions(number, *, seed=0):
    rng = np.random.default_rng(seed)
    return [draw_function(rng, i / number) for i in range(number)]


def test_the_code_of_every_step_does_what_the_step_does():
    """Each step with each constant, as a function of its own, in the sandbox."""
    jobs, names = [], []
    for step in STEPS:
        for constant in step.constants or (None,):
            function = Function((step,), (constant,))
            cases = [Case((value,), function(value)) for value in probes(step.takes)]
            jobs.append(CaseJob(function.program, "solve", cases))
            names.append((step.takes, step.name, constant))
    verdicts = shared_sandbox().map(jobs)
    assert len(jobs) > 350
    assert [(n, v.detail) for n, v in zip(names, verdicts, strict=True) if not v.passed] == []


def test_steps_leave_their_arguments_alone():
    for step in STEPS:
        for value in probes(step.takes):
            before = repr(value)
            step.apply(value, (step.constants or (None,))[0])
            assert repr(value) == before, step.name


def test_steps_are_told_apart_by_name_and_sentence():
    assert len({(s.takes, s.name) for s in STEPS}) == len(STEPS)
    sentences = [(s.takes, wording) for s in STEPS for wording in s.wordings]
    assert len(set(sentences)) == len(sentences)
    assert all(("{k}" in w) == bool(s.constants) for s in STEPS for w in s.wordings)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), difficulty=st.floats(0, 1))
def test_the_solution_passes_visible_and_hidden_examples(seed, difficulty):
    rng = np.random.default_rng(seed)
    fields = [SpecifiedFunctions().draw(rng, difficulty).fields for _ in range(4)]
    jobs = [DoctestJob(f["solution"], "solve", text) for f in fields for text in (examples(f), f["tests"])]
    verdicts = shared_sandbox().map(jobs)
    assert [v.detail for v in verdicts if not v.passed] == []
    assert [v.total_cases for v in verdicts] == [3, 12] * 4


def test_a_function_that_lacks_a_step_fails_a_hidden_case():
    rng = np.random.default_rng(3)
    checked = 0
    for function in functions(60, seed=3):
        cases = draw_cases(rng, function)
        if cases is not None:
            for shorter in function.shortened():
                checked += 1
                assert any(shorter(*arguments) != result for arguments, result in cases[1])
    assert checked > 50


def test_a_step_that_matters_rarely_matters_in_a_hidden_case():
    by_name = {(s.takes, s.name): s for s in STEPS}
    rare = Step("rare", "numbers", "numbers", ("",), "", lambda x, k: x if len(x) < 8 else [])
    function = Function((rare, by_name["numbers", "total"]), (None, None))
    drawn = [draw_cases(np.random.default_rng(seed), function) for seed in range(40)]
    hidden = [cases[1] for cases in drawn if cases is not None]
    assert len(hidden) > 20
    assert all(any(len(arguments[0]) == 8 for arguments, _ in cases) for cases in hidden)


def test_no_constant_passes_most_hidden_cases():
    for i in range(60):
        record = SpecifiedFunctions().draw(np.random.default_rng(i), i / 60)
        results = re.findall(r"^(?!>>>).*$", record.fields["tests"], re.MULTILINE)
        assert len(results) == 12
        most = 7 if "-> bool" in record.fields["prompt"] else 4
        assert max(map(results.count, results)) <= most


def test_visible_and_hidden_cases_are_different():
    for i in range(40):
        fields = SpecifiedFunctions().draw(np.random.default_rng(i), i / 40).fields
        calls = re.findall(r">>> (.*)", fields["prompt"]) + re.findall(r">>> (.*)", fields["tests"])
        assert len(set(calls)) == 15


def test_splits_share_no_function():
    """Neither by its steps nor by what it does, nor by its text without constants."""
    rng = np.random.default_rng(5)
    seen = {}
    for function in functions(400, seed=5):
        split = function.split
        assert split == split_of(function.group) == split_of(behaviour(function))
        assert seen.setdefault(function.group, split) == split
        assert seen.setdefault(behaviour(function), split) == split
    texts = {}
    for split in SPLITS:
        records = [draw_from_split(SpecifiedFunctions(), rng, split, 0.3) for _ in range(60)]
        texts[split] = {re.sub(r"-?\d+", "#", record.fields["solution"]) for record in records}
        assert len(texts[split]) > 15
    assert not texts["train"] & (texts["validation"] | texts["test"])
    assert not texts["validation"] & texts["test"]


def test_order_of_steps_and_constants_do_not_change_the_group():
    by_name = {(s.takes, s.name): s for s in STEPS}
    order, first = by_name["numbers", "sort"], by_name["numbers", "first"]
    forms = [
        Function((order, first), (None, 2)),
        Function((first, order), (3, None)),
        Function((order, first), (None, 0), 1),
    ]
    assert len({f.group for f in forms}) == 1
    assert len({behaviour(f) for f in forms}) == 3


def test_equal_functions_put_differently_have_one_behaviour():
    by_name = {(s.takes, s.name): s for s in STEPS}
    times, above = by_name["numbers", "multiply"], by_name["numbers", "keep above"]
    doubled_first = Function((times, above), (2, 4))
    filtered_first = Function((above, times), (2, 2))
    assert behaviour(doubled_first) == behaviour(filtered_first)


def test_thousands_of_functions():
    rng = np.random.default_rng(0)
    programs = {SpecifiedFunctions().draw(rng, 0.5).fields["solution"] for _ in range(400)}
    assert len(programs) > 300


def test_difficulty_adds_steps_and_recursion():
    def lengths(difficulty):
        rng = np.random.default_rng(0)
        return [len(draw_function(rng, difficulty).steps) for _ in range(60)]

    assert set(lengths(0.0)) == {1, 2}
    assert set(lengths(1.0)) == {2, 3, 4}
    rng = np.random.default_rng(0)
    assert not any(step.level for _ in range(60) for step in draw_function(rng, 0.0).steps)


@pytest.mark.parametrize("broken", [False, True])
def test_the_same_random_state_gives_the_same_record(broken):
    first, second = (SpecifiedFunctions(broken=broken).draw(np.random.default_rng(8), 0.7) for _ in range(2))
    assert first == second


def test_a_broken_program_fails_a_visible_and_a_hidden_case():
    records = [SpecifiedFunctions(broken=True).draw(np.random.default_rng(i), i / 40) for i in range(40)]
    fields = [record.fields for record in records]
    for texts in ([examples(f) for f in fields], [f["tests"] for f in fields]):
        jobs = [DoctestJob(f["broken"], "solve", text) for f, text in zip(fields, texts, strict=True)]
        verdicts = shared_sandbox().map(jobs)
        assert {v.status for v in verdicts} == {"failed"}
    assert all(f["failing"].count(">>>") >= 1 for f in fields)
