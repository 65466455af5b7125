import pytest

from textgym.rewards.reply import newest_reply, prompt_of_reply, up_to_reply


def conversation(*texts):
    return tuple({"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts))


def test_the_newest_reply_stands_before_the_environments_answer():
    assert newest_reply(conversation("q1", "a1", "q2", "a2", "q3")) == "a2"
    assert newest_reply(conversation("q1", "a1")) == "a1"


def test_its_prompt_is_the_message_that_it_answers():
    assert prompt_of_reply(conversation("q1", "a1", "q2", "a2", "q3")) == "q2"
    assert prompt_of_reply(({"role": "assistant", "content": "hello"},)) == ""


def test_what_follows_the_reply_is_cut():
    assert up_to_reply(conversation("q1", "a1", "q2")) == conversation("q1", "a1")


def test_a_conversation_without_a_reply_is_refused():
    with pytest.raises(ValueError, match="nothing to reward"):
        newest_reply(conversation("q1"))
