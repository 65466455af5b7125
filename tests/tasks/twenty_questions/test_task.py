from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.base import SPLITS, split_of
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.twenty_questions.task import TwentyQuestionsTask, binary_entropy, information
from textgym.tasks.twenty_questions.world import ATTRIBUTES, QUESTIONS

TASK = TwentyQuestionsTask()
# Four things that colour and size tell apart evenly.
FOUR = [
    ["bell", "red", "small", "metal", "round", "garden"],
    ["box", "red", "big", "metal", "round", "garden"],
    ["drum", "blue", "small", "metal", "round", "garden"],
    ["lamp", "blue", "big", "metal", "round", "garden"],
]
RED, SMALL, METAL = (
    QUESTIONS.index(q) for q in (("colour", "red"), ("size", "small"), ("material", "metal"))
)


def example(things, seed=0):
    return Example("one", "Which?", seed=seed, data={"things": things, "difficulty": 0.0})


def looking_for(things, target):
    """A first state with this target."""
    return next(s for s in (TASK.start(example(things, seed)) for seed in range(1000)) if s.target == target)


def guess(place):
    return len(QUESTIONS) + place


def play(state, choose):
    step = None
    while step is None or not step.terminated:
        step = TASK.step(state, choose(state))
        state = step.state
    return step


def greedy(state):
    """What tells most; a guess first among equals."""
    gains = information(state).round(9)
    possible = np.flatnonzero(state.possible)
    gains[len(QUESTIONS) :] += 1e-6
    allowed = TASK.mask(state)
    allowed[len(QUESTIONS) :] = False
    allowed[len(QUESTIONS) + possible] = True
    return int(np.argmax(np.where(allowed, gains, -1.0)))


def test_entropy_by_hand():
    np.testing.assert_allclose(binary_entropy(np.array([0, 0.5, 1, 0.25])), [0, 1, 0, 0.811278], atol=1e-6)
    gains = information(looking_for(FOUR, 0))
    assert gains[RED] == gains[SMALL] == 1.0
    assert gains[METAL] == 0.0
    assert gains[guess(0)] == pytest.approx(0.811278)
    assert gains[guess(7)] == 0.0


def test_an_episode_by_hand():
    state = looking_for(FOUR, 1)
    actions = iter([RED, SMALL, guess(1)])
    step = play(state, lambda _: next(actions))
    assert step.reward == pytest.approx(0.9)
    assert step.metrics == {
        "success": 1.0,
        "questions": 3.0,
        "guesses": 1.0,
        "bits": 2.0,
        "bits_per_question": pytest.approx(2 / 3),
        "gain_share": 1.0,
    }


def test_a_question_that_tells_nothing_is_counted():
    state = looking_for(FOUR, 1)
    actions = iter([METAL, guess(0), guess(1)])
    metrics = play(state, lambda _: next(actions)).metrics
    # Nothing, then 1 of 4, then 1 of 3; the best to be had were 1, 1, and one third against two.
    third = float(binary_entropy(np.array(1 / 3)))
    assert metrics["bits_per_question"] == pytest.approx((0 + 0.811278 + third) / 3)
    assert metrics["gain_share"] == pytest.approx((0 + 0.811278 + 1) / 3)
    assert metrics["bits"] == 2.0


def test_twenty_questions_without_the_right_guess_earn_nothing():
    item = TASK.generate(np.random.default_rng(0), "train", 1.0)
    state = TASK.start(item)
    wrong = [guess(i) for i in range(20) if i != state.target]
    # The last question is answered with yes, which is no guess.
    true = next(a for a in range(len(QUESTIONS)) if state.world.answers[a, state.target])
    actions = iter([*wrong, true])
    step = play(state, lambda _: next(actions))
    assert (step.reward, step.metrics["success"], step.metrics["questions"]) == (0.0, 0.0, 20.0)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_greedy_takes_k_and_a_half_questions_for_two_to_the_k_things(k):
    """Closed form: each question halves, down to two things, of which the first guess is right half of the time."""
    attributes = list(ATTRIBUTES.values())
    cube = [
        [f"thing{i}", *bits, *(v[0] for v in attributes[k:])]
        for i, bits in enumerate(product(*(v[:2] for v in attributes[:k])))
    ]
    questions = [play(looking_for(cube, t), greedy).metrics["questions"] for t in range(2**k)]
    assert np.mean(questions) == k + 0.5
    assert optimum(cube) == k + 0.5


def optimum(things):
    """The least expected number of questions, by search over all strategies."""
    answers = TASK.start(example(things)).world.answers
    rows = [tuple(row) for row in {tuple(r) for r in answers[: len(QUESTIONS)].tolist()}]

    @cache
    def cost(possible):
        if len(possible) == 1:
            return 1.0
        options = [1 + (1 - 1 / len(possible)) * cost(possible - {g}) for g in possible]
        for row in rows:
            yes = frozenset(i for i in possible if row[i])
            if yes and yes != possible:
                no = possible - yes
                options.append(1 + (len(yes) * cost(yes) + len(no) * cost(no)) / len(possible))
        return min(options)

    return cost(frozenset(range(len(things))))


@pytest.mark.parametrize("seed", range(4))
def test_greedy_is_near_the_optimum_of_small_worlds_and_never_below(seed):
    item = TASK.generate(np.random.default_rng(seed), "train", 0.2)
    things = item.data["things"]
    mean = np.mean([play(looking_for(things, t), greedy).metrics["questions"] for t in range(len(things))])
    assert optimum(things) - 1e-9 <= mean <= optimum(things) + 0.5


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), difficulty=st.floats(0, 1), waste=st.integers(1, 4))
def test_useless_questions_and_wrong_guesses_cost(seed, difficulty, waste):
    state = TASK.start(TASK.generate(np.random.default_rng(seed), "train", difficulty))
    best = TASK.step(state, guess(state.target))
    assert best.reward == 1.0
    wrong = [guess(i) for i in range(len(state.possible)) if i != state.target][:waste]
    actions = iter([*wrong, guess(state.target)])
    assert play(state, lambda _: next(actions)).reward == pytest.approx(1 - len(wrong) / 20)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), difficulty=st.floats(0, 1), number=st.integers(0, 2**32))
def test_answers_are_true_information_adds_up_and_the_target_is_hidden(seed, difficulty, number):
    rng = np.random.default_rng(number)
    state = TASK.start(TASK.generate(np.random.default_rng(seed), "train", difficulty))
    while True:
        for other in np.flatnonzero(state.possible)[:3]:
            hidden = type(state)(state.world, int(other), state.possible, state.asked, state.gains)
            assert TASK.features(hidden) == TASK.features(state)
            np.testing.assert_array_equal(TASK.vector(hidden), TASK.vector(state))
            np.testing.assert_array_equal(TASK.mask(hidden), TASK.mask(state))
        step = TASK.step(state, int(rng.choice(np.flatnonzero(TASK.mask(state)))))
        state = step.state
        assert state.possible[state.target]
        assert all(state.world.answers[a, state.target] == yes for a, yes in state.asked)
        if step.terminated:
            assert step.metrics["bits"] == pytest.approx(np.log2(len(state.possible) / state.possible.sum()))
            assert step.reward == pytest.approx(
                step.metrics["success"] * (1 - (step.metrics["questions"] - 1) / 20)
            )
            return


def test_the_text_and_the_vector_by_hand():
    state = TASK.step(looking_for(FOUR, 3), RED).state
    assert TASK.features(state).splitlines() == [
        "Still possible: drum (blue, small, metal, round, garden); lamp (blue, big, metal, round, garden).",
        "Asked: colour: red? no.",
        "Questions left: 19.",
    ]
    vector = TASK.vector(state)
    assert (vector[RED], vector[SMALL], vector[METAL]) == (0, 0.5, 1)
    assert (vector[15 + RED], vector[15 + SMALL]) == (-1, 0)
    assert vector[30:35].tolist() == [-1, -1, 1, 1, 0]
    assert vector[-2:].tolist() == pytest.approx([2 / 20, 1 / 20])


@pytest.mark.parametrize("split", SPLITS)
def test_worlds_grow_with_difficulty_and_hold_no_two_alike(split):
    rng = np.random.default_rng(0)
    for difficulty, size in ((0.0, 4), (0.5, 12), (1.0, 20)):
        for _ in range(10):
            item = TASK.generate(rng, split, difficulty)
            things = item.data["things"]
            assert len(things) == len({row[0] for row in things}) == len({row[1:] for row in things}) == size
            assert split_of(item.group) == split


def test_every_thing_is_looked_for():
    targets = {TASK.start(example(FOUR, seed)).target for seed in range(60)}
    assert targets == {0, 1, 2, 3}


def test_an_unknown_source_is_named_with_what_exists():
    with pytest.raises(UnknownName, match=r"'animals'.*'generated'"):
        TwentyQuestionsTask("animals")
