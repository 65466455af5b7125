"""A task with known answers: say the prompt backwards, or count to three in a conversation."""

import gymnasium as gym
import pytest

from textgym.envs.text_env import TextEnv
from textgym.protocols import Example
from textgym.tasks.base import Task, Turn

WORDS = ("lamp", "stone", "river", "cloud", "field", "tower", "bread", "glass")


class Backwards(Task):
    """Reward 1 for the reversed prompt, else 0.25; groups of two examples."""

    source = "words"

    def __init__(self, *, finite: bool = True) -> None:
        self.finite = finite

    def examples(self, split):
        return [
            Example(f"words/{i}", word, (word[::-1],), group=f"g{i // 2}")
            for i, word in enumerate(WORDS if split == "test" else WORDS[:2])
        ]

    def generate(self, rng, split, difficulty):
        number = int(rng.integers(10**9))
        return Example(f"drawn/{number}", str(number), group=str(number))

    def fingerprint(self):
        return "0123456789abcdef"

    def judge(self, batch):
        return [
            Turn(
                None,
                1.0 if talk[-1]["content"] == e.prompt[::-1] else 0.25,
                True,
                {"length": len(talk[-1]["content"])},
            )
            for e, talk in batch
        ]


class Countdown(Backwards):
    """Three turns, each worth the number of the turn; the environment answers with that number."""

    max_turns = 3
    return_range = (-2.0, 6.0)

    def judge(self, batch):
        return [self._turn(sum(m["role"] == "assistant" for m in talk)) for _, talk in batch]

    def _turn(self, number):
        return Turn(None if number == 3 else str(number), float(number), number == 3, {})


class BackwardsEnv(TextEnv):
    def __init__(self, *, finite=True, split="train", **kwargs):
        super().__init__(Backwards(finite=finite), split=split, **kwargs)


class CountdownEnv(TextEnv):
    def __init__(self, *, split="train", **kwargs):
        super().__init__(Countdown(), split=split, **kwargs)


@pytest.fixture(autouse=True)
def word_envs():
    gym.register("test/Backwards-v0", entry_point=BackwardsEnv)
    gym.register("test/Countdown-v0", entry_point=CountdownEnv)
    yield
    del gym.registry["test/Backwards-v0"], gym.registry["test/Countdown-v0"]
