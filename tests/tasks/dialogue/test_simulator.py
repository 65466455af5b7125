import pytest

from textgym.tasks.dialogue.acts import (
    Affirm,
    AnythingElse,
    AskBooking,
    Book,
    Booked,
    Bye,
    Change,
    CheckAgain,
    Confirm,
    Deny,
    DontCare,
    Failed,
    Found,
    Inform,
    Malformed,
    NoMatch,
    Offer,
    Request,
    Search,
    Unclear,
)
from textgym.tasks.dialogue.database import VALUES, draw_database
from textgym.tasks.dialogue.goal import Goal
from textgym.tasks.dialogue.simulator import MAX_TURNS, opening, step
from textgym.tasks.dialogue.state import correct_notes, success

DATABASE = draw_database(0)
TARGET = DATABASE.entities[0]
WISHES = tuple((slot, TARGET.slots[slot]) for slot in VALUES)
OFFER = Offer(TARGET.name)
PHONE = Inform("phone", TARGET.slots["phone"])
GOAL = Goal(WISHES, ("phone",))
TABLE = GOAL._replace(people="4", time="19:30")
QUIET = GOAL._replace(talk=1, volunteers=False)


def play(goal, *messages):
    """The state after the messages and the answers to the last one."""
    state, answer = opening(goal)
    results = ()
    for acts in messages:
        state, results, answer = step(DATABASE, state, acts)
    return state, results, answer


def test_a_talkative_user_opens_with_all_wishes_and_a_quiet_one_with_one():
    assert opening(GOAL)[1] == tuple(Inform(*w) for w in WISHES)
    assert opening(QUIET)[1] == (Inform(*WISHES[0]),)


def test_commands_alone_are_answered_by_the_database_alone():
    state, results, answer = play(GOAL, [Search(WISHES)])
    matches = DATABASE.search(dict(WISHES))
    assert results == (Found(len(matches), matches[:3]),)
    assert answer == ()
    assert state.patience == GOAL.patience


def test_after_three_messages_of_commands_the_user_speaks_up():
    search = [Search(())]
    assert play(GOAL, search, search, search)[2] == ()
    state, _, answer = play(GOAL, search, search, search, search)
    assert answer == (Unclear(),)
    assert state.patience == GOAL.patience - 1


def test_a_user_with_everything_says_goodbye_and_has_success():
    state, _, answer = play(GOAL, [OFFER], [PHONE])
    assert answer == (Bye(),)
    assert state.over
    assert state.turns == 2
    assert success(DATABASE, state)


def test_the_user_asks_about_an_offer_it_considers():
    assert play(GOAL, [OFFER])[2] == (Affirm(), Request("phone"))


def test_an_offer_before_all_wishes_are_said_brings_the_next_wish():
    state, _, answer = play(QUIET, [OFFER])
    assert answer == (Inform(*WISHES[1]),)
    assert state.focus is None


@pytest.mark.parametrize(
    "act, answer",
    [
        (Request(WISHES[2][0]), (Inform(*WISHES[2]),)),
        (Confirm(*WISHES[2]), (Affirm(), Inform(*WISHES[2]))),
        (Confirm("price", "none"), (Deny(), Inform(*WISHES[2]))),
        (Inform("price", "none"), (Deny(), Inform(*WISHES[2]))),
        (Request("people"), (Deny(),)),
    ],
)
def test_questions_get_true_answers(act, answer):
    assert play(QUIET, [act])[2] == answer


def test_a_question_for_a_slot_without_wish_is_answered_so():
    goal = Goal(WISHES[:1], ("phone",))
    assert play(goal, [Request("price")])[2] == (DontCare("price"),)
    assert play(goal, [Confirm("price", "cheap")])[2] == (DontCare("price"),)


FALSE_PHONE = Inform("phone", "000 0000")


@pytest.mark.parametrize(
    "messages",
    [
        [[OFFER], [FALSE_PHONE]],
        [[OFFER, PHONE], [FALSE_PHONE]],
        [[OFFER, PHONE, FALSE_PHONE]],
        [[OFFER, FALSE_PHONE, PHONE]],
        [[PHONE], [OFFER]],
    ],
)
def test_wrong_contradicting_and_unrelated_answers_do_not_count(messages):
    goal = GOAL._replace(requests=("phone", "postcode"))
    state = play(goal, *messages, [Inform("postcode", TARGET.slots["postcode"]), Bye()])[0]
    assert state.over
    assert correct_notes(DATABASE, state) == 1
    assert not success(DATABASE, state)


def test_a_corrected_answer_counts():
    goal = GOAL._replace(requests=("phone", "postcode"))
    state = play(goal, [OFFER, FALSE_PHONE], [PHONE, Inform("postcode", TARGET.slots["postcode"])])[0]
    assert success(DATABASE, state)


def test_answers_about_one_restaurant_are_not_kept_for_another():
    goal = GOAL._replace(requests=("phone", "postcode"))
    _, _, answer = play(goal, [Offer(DATABASE.entities[1].name), PHONE], [OFFER])
    assert answer == (Affirm(), Request("phone"), Request("postcode"))


def test_a_restaurant_that_misses_a_wish_is_no_success():
    other = next(e for e in DATABASE.entities if e.slots["food"] != TARGET.slots["food"])
    state, _, answer = play(GOAL, [Offer(other.name), Inform("phone", other.slots["phone"])])
    assert answer[-1] == Bye()
    assert correct_notes(DATABASE, state) == 1
    assert not success(DATABASE, state)


def test_saying_the_true_value_of_a_missed_wish_is_refused():
    other = next(e for e in DATABASE.entities if e.slots["food"] != TARGET.slots["food"])
    state, _, answer = play(GOAL, [Offer(other.name), Inform("food", other.slots["food"])])
    assert state.focus is None
    assert (Deny(), Inform(*WISHES[0])) == answer[-2:]


def test_a_table_needs_party_and_time_first():
    _, results, _ = play(TABLE, [Book(1)])
    assert isinstance(results[0], Failed)
    ask = [Request("people"), Request("time")]
    state, results, _ = play(TABLE, ask, [Book(1)])
    assert results == (Booked(TARGET, "4", "19:30", DATABASE.reference(1)),)
    assert state.booked == 1


def test_a_booking_is_final():
    ask = [Request("people"), Request("time")]
    state, results, _ = play(TABLE, [OFFER, PHONE], ask, [Book(2), Book(1), Book(2), AnythingElse()])
    assert [type(r) for r in results] == [Booked, Failed, Failed]
    assert state.booked == 2
    assert not success(DATABASE, step(DATABASE, state, [Bye()])[0])


def test_success_with_a_table_needs_the_booking_of_the_offered_restaurant():
    ask = [Request("people"), Request("time")]
    right = play(TABLE, [OFFER, PHONE], ask, [Book(1), AnythingElse()])[0]
    wrong = play(TABLE, [OFFER, PHONE], ask, [Book(2), Bye()])[0]
    none = play(TABLE, [OFFER, PHONE], ask, [Bye()])[0]
    assert [success(DATABASE, s) for s in (right, wrong, none)] == [True, False, False]


def test_the_table_is_asked_for_until_it_is_booked():
    assert AskBooking() in play(TABLE, [OFFER, PHONE])[2]
    assert AskBooking() in play(TABLE, [OFFER, PHONE], [AnythingElse()])[2]


def test_the_reference_is_asked_for_and_a_false_one_is_no_success():
    goal = TABLE._replace(requests=("reference",))
    ask = [Request("people"), Request("time")]
    state, _, answer = play(goal, [OFFER], ask, [Book(1), AnythingElse()])
    assert answer == (Request("reference"),)
    assert success(DATABASE, step(DATABASE, state, [Inform("reference", DATABASE.reference(1))])[0])
    assert not success(DATABASE, step(DATABASE, state, [Inform("reference", "AAA000")])[0])


def test_unknown_ids_and_malformed_commands_fail_without_ending_anything():
    state, results, answer = play(GOAL, [Book(999), Malformed("why")])
    assert results == (Failed("no restaurant has id 999"), Failed("why"))
    assert answer == ()
    assert not state.over


def unmatched_goal():
    impossible = next(f for f in VALUES["food"] if not DATABASE.search({**dict(WISHES), "food": f}))
    wishes = (("food", impossible), *WISHES[1:])
    return GOAL._replace(constraints=wishes, relaxation=WISHES[0])


def test_a_goal_without_match_is_relaxed_when_the_user_hears_so():
    goal = unmatched_goal()
    state, _, answer = play(goal, [Search(goal.constraints)], [NoMatch()])
    assert answer == (Change(*WISHES[0]),)
    assert not success(DATABASE, play(goal, [OFFER, PHONE])[0])
    state, _, _ = step(DATABASE, state, [OFFER, PHONE])
    assert success(DATABASE, state)


def test_the_search_and_its_outcome_may_stand_in_one_message():
    goal = unmatched_goal()
    assert play(goal, [Search(goal.constraints), NoMatch()])[2] == (Change(*WISHES[0]),)


@pytest.mark.parametrize("searches", [(), (WISHES,), ((),)])
def test_a_goal_is_not_relaxed_before_a_search_for_its_wishes_found_nothing(searches):
    goal = unmatched_goal()
    state, _, answer = play(goal, *([Search(s)] for s in searches), [NoMatch()])
    assert answer == (CheckAgain(), *(Inform(*w) for w in goal.constraints))
    assert state.patience == goal.patience - 1
    assert not state.relaxed


def test_a_search_for_other_wishes_does_not_show_that_the_goal_is_unmatched():
    goal = unmatched_goal()
    other = next(
        (("food", f), *goal.constraints[1:])
        for f in VALUES["food"]
        if f != goal.constraints[0][1] and not DATABASE.search({**dict(goal.constraints), "food": f})
    )
    assert play(goal, [Search(other)], [NoMatch()])[2][0] == CheckAgain()


def test_no_match_is_not_believed_without_a_reason():
    state, _, answer = play(GOAL, [NoMatch()])
    assert answer == (CheckAgain(), *(Inform(*w) for w in WISHES))
    assert state.patience == GOAL.patience - 1


def test_a_change_of_mind_comes_with_the_first_offer_and_moves_the_goal():
    before = ("price", next(p for p in VALUES["price"] if p != TARGET.slots["price"]))
    goal = GOAL._replace(constraints=(*WISHES[:2], before), change=WISHES[2])
    state, _, answer = play(goal, [OFFER, Inform(*before), PHONE])
    assert answer == (Change(*WISHES[2]),)
    assert state.focus is None
    assert success(DATABASE, step(DATABASE, state, [OFFER, PHONE])[0])


def test_patience_ends_the_conversation():
    state, _ = opening(GOAL)
    for expected in (3, 2, 1, 0):
        assert not state.over
        state, _, answer = step(DATABASE, state, [Unclear()])
        assert answer == (Unclear(),)
        assert state.patience == expected
    assert state.over
    with pytest.raises(ValueError, match="after the end"):
        step(DATABASE, state, [Bye()])


def test_the_turn_limit_ends_the_conversation():
    goal = TABLE._replace(patience=100)
    state, _ = opening(goal)
    for turn in range(MAX_TURNS):
        assert not state.over, turn
        state, _, _ = step(DATABASE, state, [AnythingElse()])
    assert state.over
