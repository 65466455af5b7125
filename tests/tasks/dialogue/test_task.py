import pickle

import numpy as np
import pytest

from textgym.data.base import SPLITS, split_of
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.dialogue.database import VALUES, draw_database
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.goal import Goal
from textgym.tasks.dialogue.simulator import MAX_TURNS
from textgym.tasks.dialogue.task import DialogueTask, _replay

SEED = 11
TARGET = draw_database(SEED).entities[0]
WISHES = tuple((slot, TARGET.slots[slot]) for slot in VALUES)
SEARCH = "SEARCH " + " ".join(f"{slot}={value}" for slot, value in WISHES)
OFFER = f"How about {TARGET.name}?"
PHONE = f"The phone number is {TARGET.slots['phone']}."
TASK = DialogueTask()


def example(**goal):
    goal = Goal(**{"constraints": WISHES, "requests": ("phone",), **goal})
    return Example("one", "[user] Hi", seed=SEED, data={"goal": goal.to_json(), "difficulty": 0.0})


def talk(example, *replies):
    conversation = ({"role": "user", "content": example.prompt},)
    turn = None
    for reply in replies:
        assert turn is None or not turn.terminated, "the episode ended too soon"
        conversation = (*conversation, {"role": "assistant", "content": reply})
        turn = TASK.judge([(example, conversation)])[0]
        if turn.reply is not None:
            conversation = (*conversation, {"role": "user", "content": turn.reply})
    return turn


@pytest.mark.parametrize("replies", [(OFFER + " " + PHONE,), (OFFER, PHONE), (SEARCH, OFFER, PHONE)])
def test_success_at_turn_k_gives_one_minus_two_hundredths_k(replies):
    turn = talk(example(), *replies)
    assert turn.terminated
    assert turn.reward == 1 - 0.02 * len(replies)
    assert turn.metrics == {"success": 1.0, "inform_rate": 1.0, "turns": len(replies)}


def test_a_whole_dialogue_with_a_table():
    goal = dict(people="4", time="19:30", requests=("phone", "reference"))
    reference = draw_database(SEED).reference(1)
    turn = talk(
        example(**goal), SEARCH, OFFER, PHONE, "How many people? What time?", "BOOK 1", f"It is {reference}."
    )
    assert turn.reward == 1 - 0.02 * 6
    assert turn.metrics["success"] == 1.0


def test_a_liar_gets_nothing():
    turn = talk(example(requests=("phone", "postcode")), OFFER, PHONE + " The postcode is ZZ9 9ZZ.")
    assert turn.terminated
    assert turn.reward == 0.0
    assert turn.metrics == {"success": 0.0, "inform_rate": 0.5, "turns": 2.0}


def test_a_search_is_answered_with_the_matches_only():
    turn = talk(example(), SEARCH)
    first, second, *_ = turn.reply.splitlines()
    assert first.startswith("[database] ")
    assert second == f"[database] 1 {TARGET.name} | " + " | ".join(
        f"{s}={v}" for s, v in TARGET.slots.items()
    )
    assert "[user]" not in turn.reply


def test_the_user_varies_the_wording_from_turn_to_turn():
    item = example(patience=100)
    replies = {talk(item, OFFER, *["Anything else?"] * n).reply for n in range(1, 12)}
    assert len(replies) > 1


def test_a_malformed_search_is_answered_with_the_reason():
    turn = talk(example(), "SEARCH food=pizza\nBOOK one")
    assert [line[:19] for line in turn.reply.splitlines()] == ["[database] error: f", "[database] error: B"]


@pytest.mark.parametrize(
    "reply", ["", " \n ", "x" * 1_000_000, "\ud800\x00\u202e", "[database] 1 found:\n[user] bye!?"]
)
def test_nonsense_is_borne_four_times_and_earns_nothing(reply):
    if "bye" in reply:
        turn = talk(example(), reply)
    else:
        assert talk(example(), reply).reply.startswith("[user] ")
        turn = talk(example(), *[reply] * 4)
    assert turn.terminated
    assert turn.reward == 0.0
    assert turn.metrics["inform_rate"] == 0.0


def test_the_fifteenth_message_is_the_last():
    replies = [OFFER if i % 2 else "Which area? SEARCH" for i in range(MAX_TURNS)]
    turn = talk(example(patience=100), *replies)
    assert turn.terminated
    assert turn.metrics["turns"] == MAX_TURNS


def test_environment_messages_that_someone_forged_change_nothing():
    honest = talk(example(), OFFER)
    forged = (
        {"role": "user", "content": "[user] I want nothing."},
        {"role": "assistant", "content": OFFER},
    )
    assert TASK.judge([(example(), forged)])[0] == honest


def test_judge_is_a_function_of_its_arguments():
    rng = np.random.default_rng(0)
    batch = []
    for _ in range(10):
        item = TASK.generate(rng, "train", 0.7)
        conversation = expert_conversation(item)
        batch += [(item, conversation[:n]) for n in range(2, len(conversation) + 1, 2)]
    once = TASK.judge(batch)
    _replay.cache_clear()
    draw_database.cache_clear()
    again = pickle.loads(pickle.dumps(DialogueTask())).judge(batch[::-1])[::-1]
    assert list(again) == list(once)


@pytest.mark.parametrize("split", SPLITS)
def test_examples_are_in_the_split_of_their_goal(split):
    rng = np.random.default_rng(0)
    for _ in range(30):
        item = TASK.generate(rng, split, 0.3)
        assert split_of(item.group) == split
        assert item.group == Goal.from_json(item.data["goal"]).group
        assert item.prompt.startswith("[user] ")


def test_the_same_random_state_gives_the_same_example():
    first, second = (TASK.generate(np.random.default_rng(5), "test", 0.5).to_json() for _ in range(2))
    assert first == second


def test_an_example_survives_json_and_is_judged_alike():
    item = TASK.generate(np.random.default_rng(5), "train", 1.0)
    copy = Example.from_json(item.to_json())
    assert talk(copy, "SEARCH") == talk(item, "SEARCH")


def test_an_unknown_source_is_named_with_what_exists():
    with pytest.raises(UnknownName, match=r"'multiwoz'.*'generated'"):
        DialogueTask("multiwoz")


def test_a_conversation_without_agent_message_is_refused():
    with pytest.raises(ValueError, match="no assistant message"):
        TASK.judge([(example(), ({"role": "user", "content": "[user] Hi"},))])


def test_fingerprint_is_stable_within_a_version():
    assert DialogueTask().fingerprint() == TASK.fingerprint()
    assert len(TASK.fingerprint()) == 16


FRAGMENTS = (
    SEARCH, OFFER, PHONE, "SEARCH", "BOOK 1", "BOOK 2", "BOOK x", "Which area?", "Should it be Thai?", "It is cheap.",
    "no match", "How many people? What time?", "anything else?", "\ud800", "", "\n", "?!.;", "How about nothing?",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_random_talk_ends_in_time_with_replies_as_promised(seed):
    rng = np.random.default_rng(seed)
    item = TASK.generate(rng, "train", float(rng.random()))
    conversation = ({"role": "user", "content": item.prompt},)
    for turn_number in range(1, MAX_TURNS + 1):
        reply = " ".join(rng.choice(FRAGMENTS, size=3)) + "\n" + str(rng.choice(FRAGMENTS))
        conversation = (*conversation, {"role": "assistant", "content": reply})
        turn = TASK.judge([(item, conversation)])[0]
        if turn.terminated:
            assert turn.metrics["turns"] == turn_number
            assert 0.0 <= turn.metrics["inform_rate"] <= 1.0
            assert turn.reward == turn.metrics["success"] * (1 - 0.02 * turn_number)
            return
        assert turn.reward == 0.0
        assert all(line.startswith(("[database] ", "[user] ")) for line in turn.reply.splitlines())
        assert sum(line.startswith("[user]") for line in turn.reply.splitlines()) <= 1
        assert len(turn.reply) < 2_500
        conversation = (*conversation, {"role": "user", "content": turn.reply})
    pytest.fail("the turn limit was passed")
