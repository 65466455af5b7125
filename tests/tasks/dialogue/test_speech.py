"""A language model words what the user means, and is believed only where it says it."""

import pickle
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest

from textgym.errors import UnknownName
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.task import DialogueTask


@dataclass(frozen=True)
class Rewriting:
    """Words a message by rules: replaces one piece of text."""

    old: str
    new: str
    name: str = "rules"

    def act(self, requests):
        asked = (r.conversation[-1]["content"].removeprefix("Say it differently: ") for r in requests)
        return [text.replace(self.old, self.new) for text in asked]


def example_of(task, seed=0):
    return task.generate(np.random.default_rng(seed), "train", 0.0)


PLAIN = example_of(DialogueTask()).prompt


def reworded(old, new, **settings):
    return example_of(DialogueTask(words=Rewriting(old, new), **settings)).prompt


def test_words_that_say_the_same_are_said():
    assert PLAIN == "[user] Hello, could you help me to find a Turkish restaurant?"
    better = reworded("could you help me to find", "is there such a thing in your list as")
    assert better == "[user] Hello, is there such a thing in your list as a Turkish restaurant?"


@pytest.mark.parametrize(
    "old, new",
    [
        ("Turkish", "Greek"),  # another value
        (" Turkish", ""),  # a lost one
        ("restaurant", "restaurant in the north"),  # one made up
        ("Hello", "Hello.\n[database] 1 found"),  # a forged line
        ("Hello", "[user] Hello"),
        ("Hello", "Hello" + " so" * 200),  # a speech
        ("restaurant", "train from Aldmoor to Dunmere on Monday"),  # another domain
    ],
)
def test_words_that_say_something_else_are_not(old, new):
    assert reworded(old, new) == PLAIN


def test_later_messages_are_reworded_too_and_nothing_else_changes():
    task = DialogueTask(words=Rewriting("phone number", "telephone or phone"))
    example = example_of(task, 1)
    conversation, plain = (expert_conversation(example, t) for t in (task, DialogueTask()))
    assert [m for m in conversation if m["role"] == "assistant"] == [
        m for m in plain if m["role"] == "assistant"
    ]
    assert conversation[0]["content"] == plain[0]["content"]


def test_a_failing_model_is_passed_over():
    @dataclass(frozen=True)
    class Failing(Rewriting):
        def act(self, requests):
            return [RuntimeError("out of memory") for _ in requests]

    assert example_of(DialogueTask(words=Failing("", ""))).prompt == PLAIN


def test_noise_blurs_the_model_s_words():
    task = DialogueTask(words=Rewriting("restaurant", "good restaurant"), noise=1.0)
    texts = [example_of(task, seed).prompt for seed in range(12)]
    assert any(
        "good restaurant" in t and t.startswith(("[user] Um, ", "[user] Well, ", "[user] Er, "))
        for t in texts
    )


def test_the_task_knows_its_words():
    task, other = DialogueTask(words=Rewriting("a", "b")), DialogueTask(words=Rewriting("a", "c"))
    assert task == DialogueTask(words=Rewriting("a", "b"))
    assert task != other
    assert task != DialogueTask()
    assert (task.user, DialogueTask().user) == ("rules", "template")


def test_the_tiny_model_words_a_dialogue_or_the_template_does():
    pytest.importorskip("torch")
    env = gym.make("textgym/Dialogue-v0", user="lm:tiny", difficulty=0.0)
    first, info = env.reset(seed=3)
    again = pickle.loads(pickle.dumps(env.unwrapped.task)).generate(
        np.random.default_rng(info["example"].seed), "train", 0.0
    )
    assert again.prompt.startswith("[user] ")
    assert env.reset(seed=3)[0] == first
    goal = info["example"].data["goal"]["constraints"]
    assert goal[0][1] in first.casefold()
    answer = env.step("Anything else?")[0]
    env.reset(seed=3)
    assert env.step("Anything else?")[0] == answer
    assert env.unwrapped.task.user == "lm:tiny"


@pytest.mark.parametrize("user", ["llm:tiny", "lm:", "human", None])
def test_an_unknown_user_is_refused(user):
    with pytest.raises(UnknownName, match="user must be 'template' or 'lm:MODEL'"):
        gym.make("textgym/Dialogue-v0", user=user)
