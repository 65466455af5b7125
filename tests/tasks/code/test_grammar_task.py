"""Expressions by productions: what they earn, and what an agent sees of them."""

import ast
from dataclasses import replace
from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from textgym.data.base import SPLITS, split_of
from textgym.data.expressions.derivation import Derivation, text_of
from textgym.data.expressions.grammar import KINDS, PRODUCTIONS
from textgym.errors import InvalidValue, UnknownName
from textgym.protocols import Example
from textgym.sandbox import Sandbox, shared_sandbox
from textgym.tasks.code import execution
from textgym.tasks.code.grammar_task import PRODUCTION_FEATURES, CodeGrammarTask
from textgym.tasks.code.problem import literal_cases
from textgym.tasks.code.signature import SIGNATURE_SIZE, signature
from textgym.tasks.code.specification import Specification

TASK = CodeGrammarTask()
ENV_ID = "textgym/CodeGrammar-v0"
VISIBLE = ">>> f([1, 2], 5)\n3\n>>> f([4, -1, 0], 2)\n3"
HIDDEN = ">>> f([3], 1)\n3\n>>> f([3, 0], 9)\n3\n>>> f([2, 5], 1)\n7\n>>> f([0, 8], 4)\n8"


def numbered(line):
    texts = [production.text for production in PRODUCTIONS]
    return [texts.index(text.strip()) for text in line.split("|")]


def sums(budget=6, hidden=HIDDEN, visible=VISIBLE):
    """An example whose target is the sum of the list."""
    data = {"kind": "int", "budget": budget, "visible": visible, "hidden": hidden, "productions": [14, 19]}
    return Example("sum", "", ("sum(xs)",), data=data)


def signed(kind, session):
    return signature(kind, [(*case.args, case.expected) for case in literal_cases(session, "f")])


def derive(example, actions):
    state, step = TASK.start(example), None
    for action in actions:
        assert step is None or (step.reward, step.terminated, step.metrics) == (0.0, False, {})
        step = TASK.step(state, action)
        state = step.state
    return step


@pytest.mark.parametrize(
    "line, share",
    [
        ("sum({0}) | xs", 1.0),
        ("({0} + {1}) | 0 | sum({0}) | xs", 1.0),
        ("max({0}) | xs", 0.75),
        ("{0}[0] | xs", 0.5),
        ("3", 0.5),
        ("n", 0.0),
        # It raises where the list has one item.
        ("{0}[0] | {0}[{1}:] | xs | 1", 0.25),
        ("({0} // {1}) | n | 0", 0.0),
    ],
)
def test_the_share_of_hidden_cases_is_earned(line, share):
    actions = numbered(line)
    step = derive(sums(), actions)
    assert (step.reward, step.terminated) == (share, True)
    assert step.metrics == {
        "passed": float(share == 1.0),
        "passed_share": share,
        "productions": float(len(actions)),
    }


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_the_demonstration_derives_the_reference_and_earns_all(difficulty):
    rng = np.random.default_rng(3)
    for split in SPLITS:
        example = TASK.generate(rng, split, difficulty)
        actions = TASK.demonstration(example)
        state = TASK.start(example)
        for action in actions:
            assert TASK.mask(state)[action]
            state = TASK.step(state, action).state
        assert state.derivation.text == example.references[0] == text_of(actions)
        assert derive(example, actions).reward == 1.0
        assert split_of(example.group) == split


def test_random_derivations_are_judged_and_never_fail_to_load(monkeypatch):
    """They parse, end within the budget, and no program is refused, too slow or crashes."""
    found = []
    monkeypatch.setattr(
        "textgym.tasks.code.grammar_task.outcomes", lambda a: found.extend(r := execution.outcomes(a)) or r
    )
    rng = np.random.default_rng(0)
    for number in range(40):
        example = TASK.generate(rng, "train", number / 39)
        state, steps, over = TASK.start(example), 0, False
        while not over:
            legal = np.flatnonzero(TASK.mask(state))
            assert len(legal)
            step = TASK.step(state, int(rng.choice(legal)))
            state, over, steps = step.state, step.terminated, steps + 1
        ast.parse(state.program)
        assert steps <= example.data["budget"] <= TASK.max_steps
    assert len(found) == 40
    assert {outcome.status for outcome in found} <= {"failed", "passed"}


def test_complete_expressions_of_a_batch_are_run_in_one_call(monkeypatch):
    calls = []
    run = Sandbox.map
    monkeypatch.setattr(Sandbox, "map", lambda self, jobs: calls.append(len(jobs)) or run(self, jobs))
    execution._remembered.clear()
    state = TASK.start(sums())
    inner = TASK.step(state, numbered("sum({0})")[0]).state
    batch = [(state, a) for a in numbered("n | sum({0}) | 3")] + [(inner, numbered("xs")[0])]
    steps = TASK.steps(batch)
    assert calls == [3]
    assert [(s.reward, s.terminated) for s in steps] == [(0.0, True), (0.0, False), (0.5, True), (1.0, True)]
    assert [(s.reward, s.metrics) for s in steps] == [
        (s.reward, s.metrics) for s in (TASK.step(state, action) for state, action in batch)
    ]


def test_a_vector_environment_judges_the_rows_that_end_together_in_one_call(monkeypatch):
    venv = gym.make_vec(ENV_ID, num_envs=4, autoreset_mode=AutoresetMode.DISABLED)
    venv.reset(seed=0)
    calls = []
    run = Sandbox.map
    monkeypatch.setattr(Sandbox, "map", lambda self, jobs: calls.append(len(jobs)) or run(self, jobs))
    execution._remembered.clear()
    plans = [list(TASK.demonstration(env.unwrapped.example)) for env in venv.envs]
    longest = max(len(plan) for plan in plans)
    # The shorter ones begin as something that takes more productions, so that all end at once.
    plans = [_lengthened(plan, env.unwrapped, longest) for plan, env in zip(plans, venv.envs, strict=True)]
    for turn in range(longest):
        assert calls == []
        _, rewards, terminated, _, _ = venv.step(np.array([plan[turn] for plan in plans]))
    assert calls == [4]
    assert terminated.all()
    assert rewards.max() == 1.0


def _lengthened(plan, env, length):
    """Any legal actions that end after so many turns, the plan itself if it is as long."""
    if len(plan) == length:
        return plan
    rng = np.random.default_rng(0)
    while True:
        derivation: Derivation = env.state.derivation
        while not derivation.is_complete:
            derivation = derivation.then(int(rng.choice(np.flatnonzero(derivation.legal))))
        if len(derivation.productions) == length:
            return list(derivation.productions)


def test_the_text_shows_examples_expression_and_budget():
    state = TASK.start(sums())
    for action in numbered("({0} + {1}) | n"):
        state = TASK.step(state, action).state
    assert TASK.features(state) == (
        "Write f(xs: list[int], n: int) -> int:\n"
        ">>> f([1, 2], 5)\n3\n>>> f([4, -1, 0], 2)\n3\n"
        "return (n + <int?>)\n"
        "Productions left: 4."
    )
    assert TASK.action_name(state, numbered("({0} if {1} else {2})")[0]) == "(int if bool else int)"


def test_hidden_cases_are_in_no_view():
    state, other = TASK.start(sums()), TASK.start(sums(hidden=">>> f([1], 1)\n8"))
    assert TASK.features(state) == TASK.features(other)
    np.testing.assert_array_equal(TASK.vector(state), TASK.vector(other))


def test_agents_can_read_the_text():
    spec = Specification.of(TASK.features(TASK.start(sums())))
    assert (spec.kind, spec.results, spec.left) == ("int", (3, 3), 6)
    assert spec.envs == (([1, 2], 5, None), ([4, -1, 0], 2, None))
    assert [spec.passed(values) for values in ([3, 3], [None, 3], [4, None])] == [2, 1, 0]
    other = TASK.features(TASK.start(sums())).replace("-> int", "-> str")
    for text in ("", other, "Write f(xs) -> int:\nreturn 1", "Write a poem."):
        with pytest.raises(InvalidValue, match="CodeGrammar"):
            Specification.of(text)


PLACED = SIGNATURE_SIZE + 20
"""Where the productions above begin in a vector."""


def test_the_vector_tells_where_the_derivation_stands():
    start = TASK.start(sums())
    after = TASK.step(start, numbered("len({0})")[0]).state
    first, second = TASK.vector(start)[SIGNATURE_SIZE:], TASK.vector(after)[SIGNATURE_SIZE:]
    # Kinds of expression, goal and hole; open holes; x, left and used by 16, met, looked at; place.
    np.testing.assert_allclose(
        first[:20], [1, 0, 0, 1, 0, 0, 1, 0, 0, 0.25, 0, 0, 0, 6 / 16, 0, 1, 1, 0, 0, 0]
    )
    np.testing.assert_allclose(
        second[:20], [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0.25, 0, 0, 5 / 16, 1 / 16, 1, 1, 1, 0, 0]
    )
    size = len(PRODUCTIONS)
    third = TASK.vector(TASK.step(after, numbered("sorted({0})")[0]).state)
    above, higher = (third[PLACED + i * size : PLACED + (i + 1) * size] for i in range(2))
    assert np.flatnonzero(above).tolist() == numbered("sorted({0})")
    assert np.flatnonzero(higher).tolist() == numbered("len({0})")
    assert not first[20 : 20 + 2 * size].any()


def of_production(vector, text):
    table = vector[-len(PRODUCTIONS) * len(PRODUCTION_FEATURES) :].reshape(len(PRODUCTIONS), -1)
    return table[numbered(text)[0]].tolist()


def test_the_vector_tells_what_each_production_meets():
    # Both sums are 3; n is 5 and 2.
    start = TASK.vector(TASK.start(sums()))
    assert of_production(start, "3") == of_production(start, "sum({0})") == [1, 1]
    assert of_production(start, "len({0})") == [0.5, 0]
    assert of_production(start, "10") == of_production(start, "xs") == [0, 0]
    state = TASK.start(sums(budget=3))
    for action in numbered("({0} + {1}) | n"):
        state = TASK.step(state, action).state
    # n + ?, with one production left: 1 is right in the second example, and the sum may not be asked for.
    assert of_production(TASK.vector(state), "1") == [0.5, 0]
    assert of_production(TASK.vector(state), "({0} - {1})") == [0, 0]


def test_the_signature_is_that_of_what_the_hole_should_give():
    state = TASK.start(sums())
    for action in numbered("({0} + {1}) | n"):
        state = TASK.step(state, action).state
    expected = signature("int", [([1, 2], 5, -2), ([4, -1, 0], 2, 1)])
    np.testing.assert_array_equal(TASK.vector(state)[:SIGNATURE_SIZE], expected)
    assert not np.array_equal(expected, TASK.vector(TASK.start(sums()))[:SIGNATURE_SIZE])


def test_a_complete_expression_has_a_vector_without_a_goal():
    state = derive(sums(), numbered("sum({0}) | xs")).state
    vector = TASK.vector(state)
    assert np.flatnonzero(vector).tolist() == [SIGNATURE_SIZE, SIGNATURE_SIZE + 13, SIGNATURE_SIZE + 14]


def test_every_vector_is_in_the_space():
    rng = np.random.default_rng(5)
    for number in range(40):
        example = TASK.generate(rng, "train", number / 39)
        state = TASK.start(example)
        while not state.derivation.is_complete:
            vector = TASK.vector(state)
            assert vector.shape == (TASK.vector_size,)
            assert np.abs(vector).max() <= 1
            action = int(rng.choice(np.flatnonzero(TASK.mask(state))))
            state = replace(state, derivation=state.derivation.then(action))


@pytest.mark.parametrize(
    "kind, session, place, expected",
    [
        # y in xs, y > 0, y odd, then tanh, five numbers, and for n: equal, larger, less n is n.
        ("int", ">>> f([3, 5], 1)\n5\n>>> f([2, 4], 2)\n2", 0, [1, 1, 0.5]),
        ("int", ">>> f([3, 5], 1)\n5\n>>> f([2, 4], 2)\n2", 9, [0.5, 0.5, 0]),
        # The first property of lists: shorter, as long, one less.
        ("list", ">>> f([3, 5], 1)\n[5]\n>>> f([2, 4], 2)\n[]", 58, [1, 0, 0.5]),
        # n, 0, 1 in xs as the result says.
        ("bool", ">>> f([3, 5], 3)\nTrue\n>>> f([0, 1], 2)\nFalse", -34, [1, 0, 0]),
    ],
)
def test_signatures_by_hand(kind, session, place, expected):
    found = signed(kind, session)
    assert found.shape == (SIGNATURE_SIZE,)
    start = place if place >= 0 else SIGNATURE_SIZE + place
    np.testing.assert_allclose(found[start : start + 3], expected, atol=1e-6)


def test_a_signature_is_zero_outside_the_stretch_of_its_kind():
    session = {"int": "3", "list": "[3]", "bool": "True"}
    rows = [signed(kind, f">>> f([3, 5], 3)\n{session[kind]}") for kind in KINDS]
    for row, other in pairwise(rows):
        assert not (row * other).any()
    assert all(np.abs(row).sum() > 1 for row in rows)


def test_thresholds_of_truth_values():
    session = ">>> f([9, 9], 5)\nTrue\n>>> f([9, 9], 6)\nTrue\n>>> f([9, 9], 2)\nFalse"
    direction, middle = signed("bool", session)[-14:-12]
    assert direction == 1
    assert middle == pytest.approx(np.tanh(0.35))


def test_the_same_difference_in_all_examples_is_told():
    session = ">>> f([1, 1], 5)\n8\n>>> f([7, 1], 3)\n6"
    together = signed("int", session)[51:58]
    assert together.tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_unknown_sources_are_named():
    with pytest.raises(UnknownName, match="'humaneval'"):
        CodeGrammarTask("humaneval")


def test_programs_are_run_where_they_can_do_no_harm():
    assert shared_sandbox().report["isolation"] == "strict"
