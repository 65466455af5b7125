"""The constructor arguments of the chitchat environment, and an episode of it."""

import gymnasium as gym
import pytest

import textgym  # noqa: F401
from textgym.envs.chitchat import ChitChatEnv
from textgym.errors import EpisodeOver, UnknownName


def test_the_reference_earns_one_and_ends_the_episode():
    env = gym.make("textgym/ChitChat-v0")
    prompt, info = env.reset(seed=0)
    assert prompt == info["example"].prompt
    observation, reward, terminated, truncated, info = env.step(info["example"].references[0])
    assert (observation, reward, terminated, truncated) == ("", pytest.approx(1.0), True, False)
    assert info["metrics"]["fact_recall"] == 1.0
    with pytest.raises(EpisodeOver):
        env.step("again")


def test_difficulty_survives_resets_and_lengthens_prompts():
    lengths = []
    for difficulty in (0.0, 1.0):
        env = ChitChatEnv(difficulty=difficulty)
        lengths.append(sum(len(env.reset(seed=seed)[0]) for seed in range(30)))
    assert lengths[1] > 1.5 * lengths[0]


def test_splits_share_no_prompt():
    prompts = [
        {ChitChatEnv(split=split).reset(options={"index": i})[0] for i in range(50)}
        for split in ("train", "test")
    ]
    assert [len(p) for p in prompts] == [50, 50]
    assert prompts[0].isdisjoint(prompts[1])


def test_word_limit_reaches_the_task():
    env = ChitChatEnv(max_words=1)
    _, info = env.reset(seed=0)
    _, reward, *_ = env.step(info["example"].references[0])
    assert reward < 0.9


@pytest.mark.parametrize("arguments", [{"split": "dev"}, {"source": "nothing"}])
def test_unknown_names(arguments):
    with pytest.raises(UnknownName):
        ChitChatEnv(**arguments)
