import numpy as np
import pytest

from textgym.tasks.dialogue.expert import expert_reply
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.dialogue.templates import MIN_TEMPLATES, template_replies

TASK = DialogueTask()


def episode(example, choose):
    conversation = ({"role": "user", "content": example.prompt},)
    while True:
        candidates = template_replies(conversation)
        assert len(candidates) >= MIN_TEMPLATES
        assert len(set(candidates)) == len(candidates)
        reply = choose(conversation, candidates[:8])
        conversation = (*conversation, {"role": "assistant", "content": reply})
        turn = TASK.judge([(example, conversation)])[0]
        if turn.reply is None:
            return turn.metrics["success"]
        conversation = (*conversation, {"role": "user", "content": turn.reply})


def success_rate(choose, difficulty):
    rng = np.random.default_rng(0)
    return np.mean([episode(TASK.generate(rng, "validation", difficulty), choose) for _ in range(60)])


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_an_expert_choosing_among_eight_succeeds(difficulty):
    def choose(conversation, candidates):
        reply = expert_reply(conversation)
        return reply if reply in candidates else candidates[0]

    assert success_rate(choose, difficulty) > 0.95


def test_the_first_and_a_random_candidate_rarely_succeed():
    rng = np.random.default_rng(1)
    assert success_rate(lambda _, candidates: candidates[0], 0.5) < 0.1
    assert success_rate(lambda _, candidates: candidates[rng.integers(8)], 0.5) < 0.3


def test_the_search_holds_the_wishes_of_the_messages():
    conversation = (
        {"role": "user", "content": "[user] Hello, I need a cheap restaurant. Some tapas would be great."},
    )
    assert "SEARCH food=spanish price=cheap" in template_replies(conversation)


def test_found_restaurants_are_offered_detailed_and_bookable():
    conversation = (
        {"role": "user", "content": "[user] Hello, I need a cheap restaurant."},
        {"role": "assistant", "content": "SEARCH price=cheap"},
        {
            "role": "user",
            "content": "[database] 1 found:\n[database] 7 Lurano | food=thai | area=west | price=cheap | "
            "phone=123 4567 | address=1 Mill Lane | postcode=AB1 2CD",
        },
    )
    candidates = template_replies(conversation)
    assert "BOOK 7" in candidates
    assert any("Lurano" in c and "Thai" in c and "west" in c for c in candidates)
    assert any(
        "Lurano" in c and "123 4567" in c and "AB1 2CD" in c and "1 Mill Lane" in c for c in candidates
    )


def test_strange_messages_still_get_candidates():
    for text in (
        "",
        "\ud800",
        "[database] | |\n[database] 3 x | y\n[database] booked 1 x | y=2",
        "[user]" * 1000,
    ):
        assert len(template_replies(({"role": "user", "content": text},))) >= MIN_TEMPLATES
