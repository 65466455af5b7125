import numpy as np
import pytest

from textgym.tasks.dialogue.expert import expert_conversation, expert_reply
from textgym.tasks.dialogue.task import DialogueTask

TASK = DialogueTask()


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_the_expert_reaches_the_goal(difficulty):
    rng = np.random.default_rng(0)
    turns = []
    for _ in range(60):
        example = TASK.generate(rng, "validation", difficulty)
        conversation = expert_conversation(example)
        assert conversation[-1]["role"] == "assistant"
        turns.append(TASK.judge([(example, conversation)])[0])
    assert all(t.terminated for t in turns)
    assert np.mean([t.metrics["success"] for t in turns]) > 0.95


def test_the_expert_knows_messages_only_and_answers_alike():
    conversation = ({"role": "user", "content": "[user] Hi, I need a cheap Thai restaurant in the north."},)
    assert (
        expert_reply(conversation) == expert_reply(conversation) == "SEARCH food=thai area=north price=cheap"
    )
