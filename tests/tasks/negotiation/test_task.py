import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.data.base import SPLITS, split_of
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.negotiation.table import MESSAGES, WORTH, Table
from textgym.tasks.negotiation.task import ACCEPT, DIVISIONS, NegotiationTask, Talks

TASK = NegotiationTask()
# Two books, one hat, two balls: worth 10 to both sides, 2 x 4 + 2 and 1 x 4 + 2 x 3.
TABLE = dict(counts=[2, 1, 2], own=[4, 2, 0], partner=[0, 4, 3], reserve=0.4, exponent=1.0, patience=6)


def example(**changes):
    return Example("one", "Divide", seed=5, data={**TABLE, **changes, "difficulty": 0.5})


def table(**changes):
    return TASK.start(example(**changes)).table


def ask(*items):
    return DIVISIONS.index(items)


def play(actions, **changes):
    state, step = TASK.start(example(**changes)), None
    for action in actions:
        assert step is None or not step.terminated, "the episode ended too soon"
        assert TASK.mask(state)[action]
        step = TASK.step(state, action)
        state = step.state
    return step


def test_shares_by_hand():
    assert table().shares((2, 1, 0)) == (1.0, 0.6)
    assert table().shares((2, 0, 0)) == (0.8, 1.0)
    assert table().shares((0, 0, 0)) == (0.0, 1.0)
    assert table().shares((2, 1, 2)) == (1.0, 0.0)


@pytest.mark.parametrize(
    "exponent, levels",
    [(1.0, [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4]), (2.0, [1.0, 1 - 0.6 / 36, 1 - 0.6 / 9])],
)
def test_the_partner_concedes_by_the_curve(exponent, levels):
    got = [table(exponent=exponent).aspiration(n) for n in range(len(levels))]
    assert got == pytest.approx(levels)


def test_the_partner_takes_what_it_wants_at_once():
    step = play([ask(2, 0, 0)])
    assert (step.reward, step.terminated) == (0.8, True)
    assert step.metrics == {
        "agreement": 1.0,
        "own_share": 0.8,
        "partner_share": 1.0,
        "pareto_optimal": 1.0,
        "pareto_efficiency": 1.0,
        "messages": 1.0,
    }


def test_waiting_costs_and_the_partner_gives_way():
    # It wants 0.9, 0.8, 0.7 and then 0.6, which is what the hat is not needed for.
    step = play([ask(2, 1, 0)] * 4)
    assert step.terminated
    assert step.reward == pytest.approx(1.0 * (1 - 0.02 * 3))
    assert step.metrics["partner_share"] == 0.6


def test_the_counter_is_the_nearest_division_that_the_partner_likes():
    # 0.9 of its worth: only all its hats and balls; two books stay with the agent as it asked.
    assert TASK.step(TASK.start(example()), ask(2, 1, 0)).state.offers == ((2, 0, 0),)
    assert TASK.step(TASK.start(example()), ask(0, 1, 2)).state.offers == ((0, 0, 0),)


def test_accepting_gives_the_offer():
    step = play([ask(2, 1, 0), ACCEPT])
    assert step.reward == pytest.approx(0.8 * 0.98)
    assert step.metrics["messages"] == 2.0


def test_a_partner_without_patience_breaks_off():
    step = play([ask(2, 1, 2)] * 6)
    assert step.terminated
    assert step.reward == 0.0
    assert step.metrics == {
        "agreement": 0.0,
        "own_share": 0.0,
        "partner_share": 0.0,
        "pareto_optimal": 0.0,
        "pareto_efficiency": 0.0,
        "messages": 6.0,
    }


def test_an_agreement_off_the_front():
    # One book for the agent and everything else away: with both books it has 0.8 and the partner still all.
    metrics = play([ask(1, 0, 0)]).metrics
    assert (metrics["own_share"], metrics["partner_share"]) == (0.4, 1.0)
    assert metrics["pareto_optimal"] == 0.0
    assert metrics["pareto_efficiency"] == pytest.approx(0.5)


def test_the_mask_leaves_out_what_there_is_not():
    mask = TASK.mask(TASK.start(example()))
    assert mask.sum() == 3 * 2 * 3
    assert not mask[ACCEPT]
    assert not mask[ask(3, 0, 0)]
    assert TASK.mask(TASK.step(TASK.start(example()), ask(2, 1, 0)).state)[ACCEPT]


def test_the_vector_by_hand():
    state = TASK.step(TASK.start(example()), ask(2, 1, 0)).state
    third = 1 / 3
    expected = [
        2 * third,
        third,
        2 * third,
        0.4,
        0.2,
        0,
        0.8,
        0.2,
        0,
        2 * third,
        0,
        0,
        1,
        0.8,
        0.8,
        0.8,
        0,
        1,
        1,
    ]
    expected += [2 * third, third, 0, 1.0, 1.0, 0.1]
    np.testing.assert_allclose(TASK.vector(state), expected, rtol=1e-6)


def test_the_text_by_hand():
    state = TASK.step(TASK.start(example()), ask(2, 1, 0)).state
    assert TASK.features(state).splitlines() == [
        "Divide 2 x book (worth 4), 1 x hat (worth 2), 2 x ball (worth 0).",
        "You asked for 2 book, 1 hat (worth 10).",
        "The partner offers you 2 book (worth 8).",
        "Message 2 of at most 10.",
    ]


def drawn(seed, difficulty):
    return TASK.generate(np.random.default_rng(seed), "train", difficulty)


@settings(max_examples=80)
@given(seed=st.integers(0, 2**32), difficulty=st.floats(0, 1), number=st.integers(0, 2**32))
def test_the_agent_sees_nothing_of_the_partner(seed, difficulty, number):
    item, rng = drawn(seed, difficulty), np.random.default_rng(number)
    state = TASK.start(item)
    while True:
        hidden = {**vars(state.table), "partner": (1, 1, 1), "reserve": 0.0, "exponent": 9.0, "patience": 1}
        names = ("counts", "own", "partner", "reserve", "exponent", "patience", "seed")
        other = Talks(Table(**{n: hidden[n] for n in names}), state.said, state.offers)
        assert TASK.features(other) == TASK.features(state)
        np.testing.assert_array_equal(TASK.vector(other), TASK.vector(state))
        np.testing.assert_array_equal(TASK.mask(other), TASK.mask(state))
        step = TASK.step(state, int(rng.choice(np.flatnonzero(TASK.mask(state)))))
        if step.terminated:
            assert 0.0 <= step.reward <= step.metrics["own_share"]
            return
        # The partner never offers less for itself than it wants.
        offer, table = step.state.offers[-1], state.table
        assert table.shares(offer)[1] >= table.aspiration(len(step.state.said)) - 1e-6
        state = step.state


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), difficulty=st.floats(0, 1))
def test_one_who_knows_the_partner_does_best_and_a_stubborn_one_gets_nothing(seed, difficulty):
    """What the partner accepts at each message is known from its values; no other play can earn more."""
    item = drawn(seed, difficulty)
    table = TASK.start(item).table
    best = 0.0
    for count in range(1, table.patience + 1):
        own = [a for a, b in table.outcomes if b >= table.aspiration(count) - 1e-9]
        best = max(best, max(own) * (1 - 0.02 * (count - 1)))
    rng = np.random.default_rng(seed)
    for choose in (
        lambda state: int(rng.choice(np.flatnonzero(TASK.mask(state)))),
        lambda state: ACCEPT if state.offers else DIVISIONS.index(table.counts),
    ):
        state, step = TASK.start(item), None
        while step is None or not step.terminated:
            step = TASK.step(state, choose(state))
            state = step.state
        assert step.reward <= best + 1e-9
    everything = DIVISIONS.index(table.counts)
    state, step = TASK.start(item), None
    while step is None or not step.terminated:
        step = TASK.step(state, everything)
        state = step.state
    assert step.reward == 0.0
    assert step.metrics["messages"] == table.patience


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_drawn_tables_are_as_promised(split, difficulty):
    rng = np.random.default_rng(0)
    for _ in range(40):
        item = TASK.generate(rng, split, difficulty)
        table = TASK.start(item).table
        assert split_of(item.group) == split
        assert 5 <= sum(table.counts) <= 7
        assert {min(table.counts), max(table.counts)} <= {1, 2, 3}
        for values in (table.own, table.partner):
            assert sum(c * v for c, v in zip(table.counts, values, strict=True)) == WORTH
            assert sum(v > 0 for v in values) >= 2
        assert 0.2 + 0.4 * difficulty - 1e-9 <= table.reserve <= 0.3 + 0.4 * difficulty + 1e-9
        assert 2 ** (2 * difficulty - 1.501) <= table.exponent <= 2 ** (2 * difficulty - 0.499)
        assert 5 <= table.patience <= MESSAGES
        assert item.prompt == TASK.features(TASK.start(item))


def test_an_unknown_source_is_named_with_what_exists():
    with pytest.raises(UnknownName, match=r"'dealornodeal'.*'generated'"):
        NegotiationTask("dealornodeal")
