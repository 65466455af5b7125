"""One world, two levels: what is said in acts and what is written come to the same."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.dialogue.acts import Affirm, Change, Found, Inform, Request
from textgym.tasks.dialogue.acts_task import DialogueActsTask
from textgym.tasks.dialogue.belief import FULL, SUMMARY, Belief
from textgym.tasks.dialogue.database import DETAILS, VALUES, draw_database
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.expert import expert_acts
from textgym.tasks.dialogue.goal import Goal
from textgym.tasks.dialogue.moves import MOVE_NAMES
from textgym.tasks.dialogue.notebook import take_notes
from textgym.tasks.dialogue.parser import parse
from textgym.tasks.dialogue.replies import agent_text
from textgym.tasks.dialogue.task import DialogueTask

SEED = 11
TARGET = draw_database(SEED).entities[0]
WISHES = tuple((slot, TARGET.slots[slot]) for slot in VALUES)
TASK, TEXTS = DialogueActsTask(), DialogueTask()


def example(**goal):
    goal = Goal(**{"constraints": WISHES, "requests": ("phone",), **goal})
    return Example("one", "[user] Hi", seed=SEED, data={"goal": goal.to_json(), "difficulty": 0.0})


def drawn(seed, difficulty):
    return TASK.generate(np.random.default_rng(seed), "train", difficulty)


def say(state, *moves):
    step = None
    for move in moves:
        assert TASK.mask(state)[MOVE_NAMES.index(move)], f"{move} is not legal"
        step = TASK.step(state, MOVE_NAMES.index(move))
        state = step.state
    return step


def entries(state, names=FULL):
    vector = state.belief.full() if names is FULL else state.belief.summary()
    return dict(zip(names, vector, strict=True))


def expert_action(state, task=TASK, otherwise=None):
    """The first move that says what the expert would say; where no move does, as after mishearing, another."""
    wanted = tuple(expert_acts(state.belief.notes))
    same = (a for a in range(task.actions) if tuple(task.acts(state, a)) == wanted)
    return next(same) if otherwise is None else next(same, otherwise)


def heard(notes):
    """What the notes say of the other side, without what a confirmed booking does not repeat."""
    booking = notes.booked and (notes.booked.entity.id, notes.booked.people, notes.booked.reference)
    return replace(notes, told=set(), questions=0, booked=None), booking


def play(item, choose):
    state, step = TASK.start(item), None
    while step is None or not step.terminated:
        step = TASK.step(state, choose(state))
        state = step.state
    return step


@settings(max_examples=200)
@given(
    domain=st.sampled_from(list(DOMAINS)),
    goal_change=st.sampled_from([None, 0.0, 1.0]),
    noise=st.sampled_from([0.0, 0.0, 0.6]),
    seed=st.integers(0, 2**32),
    difficulty=st.floats(0, 1),
    numbers=st.lists(st.integers(0, 10_000), min_size=15, max_size=15),
    expert_share=st.sampled_from([0, 2, 4]),
)
def test_the_same_conversation_gives_the_same_return_in_acts_and_in_words(
    domain, goal_change, noise, seed, difficulty, numbers, expert_share
):
    task = DialogueActsTask(domain=domain, goal_change=goal_change, noise=noise)
    texts = DialogueTask(domain=domain, goal_change=goal_change, noise=noise)
    item = texts.generate(np.random.default_rng(seed), "train", difficulty)
    same = task.generate(np.random.default_rng(seed), "train", difficulty)
    assert replace(same, prompt=item.prompt) == item
    database, table = texts.scene.draw_database(item.seed), texts.domain_table
    state, conversation = task.start(item), ({"role": "user", "content": item.prompt},)
    for number in numbers:
        # Some moves of the expert, so that far states are reached too.
        legal = np.flatnonzero(task.mask(state))
        choice = int(legal[number % len(legal)])
        action = expert_action(state, task, choice) if number % 5 < expert_share else choice
        text = agent_text(task.acts(state, action), number, table)
        assert parse(text, database) == tuple(task.acts(state, action))
        step = task.step(state, action)
        conversation = (*conversation, {"role": "assistant", "content": text})
        turn = texts.judge([(item, conversation)])[0]
        assert (turn.reward, turn.terminated, dict(turn.metrics)) == (
            step.reward,
            step.terminated,
            dict(step.metrics),
        )
        if step.terminated:
            return
        conversation = (*conversation, {"role": "user", "content": turn.reply})
        # What the agent knows is what it could have read; with noise it mishears in another way than it misreads.
        if noise == 0.0:
            assert heard(take_notes(conversation, table)) == heard(step.state.belief.notes)
        state = step.state
    pytest.fail("the turn limit was passed")


def test_noise_changes_what_is_heard_and_not_what_is_earned():
    seeds = range(12)
    plain, noisy = DialogueActsTask(), DialogueActsTask(noise=1.0)
    items = [drawn(seed, 0.5) for seed in seeds]
    differ = 0
    for item in items:
        state, shadow = plain.start(item), noisy.start(item)
        over = False
        while not over:
            action = expert_action(state)
            same = tuple(noisy.acts(shadow, action)) == tuple(plain.acts(state, action))
            step = plain.step(state, action)
            differ += shadow.belief.answer != state.belief.answer
            if not same:
                break
            other = noisy.step(shadow, action)
            assert (other.reward, other.terminated, other.state.world) == (
                step.reward,
                step.terminated,
                step.state.world,
            )
            state, shadow, over = step.state, other.state, step.terminated
    assert differ > 3


def test_a_whole_dialogue_by_hand():
    goal = dict(people="4", time="19:30", requests=("phone", "reference"), talk=3)
    step = say(TASK.start(example(**goal)), "search", "offer_1", "answer", "book", "answer")
    assert step.terminated
    assert step.reward == 1 - 0.02 * 5
    assert step.metrics == {"success": 1.0, "inform_rate": 1.0, "turns": 5.0}


def test_details_told_with_the_offer_save_a_turn():
    assert say(TASK.start(example()), "search", "offer_1", "answer").reward == pytest.approx(0.94)
    assert say(TASK.start(example()), "search", "tell_details").reward == pytest.approx(0.96)


def test_leaving_early_and_never_searching_earn_nothing():
    step = say(TASK.start(example()), "search", "offer_1", "bye")
    assert (step.terminated, step.reward) == (True, 0.0)
    assert step.metrics == {"success": 0.0, "inform_rate": 0.0, "turns": 3.0}
    assert play(example(), lambda state: MOVE_NAMES.index("anything_else")).reward == 0.0


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), difficulty=st.floats(0, 1), number=st.integers(0, 10_000))
def test_goodbye_before_the_end_never_pays(seed, difficulty, number):
    item = drawn(seed, difficulty)
    best = play(item, expert_action)
    rng = np.random.default_rng(number)
    turn = int(rng.integers(best.metrics["turns"]))

    def choose(state):
        return MOVE_NAMES.index("bye") if state.belief.turns == turn else expert_action(state)

    # Goodbye in place of the last message, a mere "anything else?", may do no harm.
    assert play(item, choose).reward <= (best.reward if turn == best.metrics["turns"] - 1 else 0.0)


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_the_expert_succeeds_and_a_random_agent_does_not(difficulty):
    rng = np.random.default_rng(0)

    def at_random(state):
        return int(rng.choice(np.flatnonzero(TASK.mask(state))))

    items = [TASK.generate(rng, "validation", difficulty) for _ in range(60)]
    assert np.mean([play(item, expert_action).metrics["success"] for item in items]) > 0.95
    assert np.mean([play(item, at_random).metrics["success"] for item in items]) < 0.2


def test_the_belief_says_what_was_heard():
    state = TASK.start(example(talk=1, people="4", time="19:30"))
    first = entries(state)
    assert [slot for slot in VALUES if first[f"wish:{slot}"]] == [WISHES[0][0]]
    assert first["searched"] == first["nothing_found"] == first["offered"] == first["turns"] == 0
    assert not TASK.mask(state)[
        [MOVE_NAMES.index(m) for m in ("answer", "offer_1", "book", "no_match")]
    ].any()
    asked = say(state, "ask_wishes", "search").state
    told = entries(asked)
    assert all(told[f"wish:{slot}"] for slot in VALUES)
    assert (told["searched"], told["silent"], told["last:search"]) == (1, 1, 1)
    assert told["matches"] == len(draw_database(SEED).search(dict(WISHES))) / 10
    offered = entries(say(asked, "tell_details").state)
    assert (offered["offered"], offered["accepted"], offered["offered:1"]) == (1, 1, 1)
    assert [slot for slot in DETAILS if offered[f"told:{slot}"]] == list(DETAILS)
    assert offered["turns"] == pytest.approx(3 / 15)


def test_an_offer_that_the_user_passes_over_is_not_accepted():
    state = say(TASK.start(example(talk=1)), "search", "offer_1").state
    assert state.belief.notes.focus is None or not state.belief.accepted
    assert entries(state, SUMMARY)["offered"] in (0.0, 0.5)


def test_a_change_of_mind_takes_acceptance_back():
    offered = Belief.opening([Inform("food", "thai")])
    offered = offered.after("search", [], [Found(1, (TARGET,))], ())
    focus = offered._replace(notes=replace(offered.notes.copy(), focus=TARGET))
    yes = focus.after("answer", [], (), (Affirm(), Request("phone")))
    assert yes.accepted
    assert yes.after("answer", [], (), (Request("address"),)).accepted
    assert not yes.after("answer", [], (), (Change("price", TARGET.slots["price"]),)).accepted


def test_beliefs_leave_earlier_beliefs_alone():
    state = TASK.start(example())
    before = TASK.features(state)
    say(state, "search", "offer_1", "answer")
    assert TASK.features(state) == before


def test_the_text_of_a_belief():
    state = say(TASK.start(example(people="4", time="19:30")), "search", "offer_1").state
    found = draw_database(SEED).search(dict(WISHES))
    rows = " ".join(
        f"{i + 1} {e.name} ({', '.join(e.slots[s] for s in VALUES)})" for i, e in enumerate(found[:3])
    )
    wishes = " ".join(f"{slot}={value}" for slot, value in WISHES)
    assert TASK.features(state).splitlines() == [
        f"Wishes: {wishes}.",
        "Table wanted: people=4 time=?.",
        f"Searched {wishes}: {len(found)} found. {rows}",
        f"Offered: {found[0].name}, accepted. Told: food area price.",
        "Open questions: phone.",
        "Last: offer_1 -> user affirm, user request phone, user asks for a table, user inform people=4.",
        "Turn 3 of 15.",
    ]


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), number=st.integers(0, 2**32))
def test_no_row_that_was_not_listed_and_no_wish_that_was_not_said_is_shown(seed, number):
    item, rng = drawn(seed, 0.6), np.random.default_rng(number)
    state = TASK.start(item)
    goal = Goal.from_json(item.data["goal"])
    # Another user and another town that say the same: what is shown must be the same.
    hidden = goal._replace(constraints=goal.constraints[: len(state.world.told)], requests=(), change=None)
    world = state.world._replace(goal=hidden, constraints=())
    other = state._replace(world=world, database=draw_database(SEED))
    for shown in (state, other):
        np.testing.assert_array_equal(TASK.vector(shown), TASK.vector(state))
        assert TASK.features(shown) == TASK.features(state)
        np.testing.assert_array_equal(TASK.mask(shown), TASK.mask(state))
    for _ in range(6):
        step = TASK.step(state, int(rng.choice(np.flatnonzero(TASK.mask(state)))))
        text = TASK.features(step.state)
        names = [e.name for e in draw_database(item.seed).entities if e.name in text]
        assert set(names) <= {e.name for e in step.state.belief.notes.seen.values()}
        if step.terminated:
            break
        state = step.state


def test_summaries_are_few():
    keys, rng, task = set(), np.random.default_rng(0), DialogueActsTask(belief="summary")
    for _ in range(150):
        state, over = task.start(task.generate(rng, "train", 0.5)), False
        while not over:
            keys.add(task.vector(state).tobytes())
            action = int(rng.choice(np.flatnonzero(task.mask(state))))
            if rng.random() < 0.6:
                action = expert_action(state)
            step = task.step(state, action)
            state, over = step.state, step.terminated
    assert task.vector_size == len(SUMMARY) == 9
    assert len(keys) < 300


def test_an_unknown_belief_is_named_with_what_exists():
    with pytest.raises(UnknownName, match="full, summary"):
        gym.make("textgym/DialogueActs-v0", belief="master")
