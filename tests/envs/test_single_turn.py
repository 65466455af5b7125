"""The environments of one message: constructor arguments, and an episode of each."""

import gymnasium as gym
import pytest

import textgym  # noqa: F401 - registers the ids
from textgym.envs.chitchat import ChitChatEnv
from textgym.envs.query_focused_summarization import QueryFocusedSummarizationEnv
from textgym.envs.summarization import SummarizationEnv
from textgym.envs.translation import TranslationEnv
from textgym.errors import UnknownName

ENVS = (TranslationEnv, SummarizationEnv, QueryFocusedSummarizationEnv, ChitChatEnv)


@pytest.mark.parametrize("env_class", ENVS)
def test_the_reference_earns_one_and_ends_the_episode(env_class):
    env = gym.make(f"textgym/{env_class.family}-v0")
    prompt, info = env.reset(seed=0)
    assert prompt == info["example"].prompt
    observation, reward, terminated, truncated, info = env.step(info["example"].references[0])
    assert (observation, reward, terminated, truncated) == ("", pytest.approx(1.0), True, False)
    assert info["metrics"]["exact" if env_class is TranslationEnv else "fact_recall"] == 1.0


@pytest.mark.parametrize("env_class", ENVS)
def test_difficulty_survives_resets_and_lengthens_prompts(env_class):
    lengths = []
    for difficulty in (0.0, 1.0):
        env = env_class(difficulty=difficulty)
        lengths.append(sum(len(env.reset(seed=seed)[0]) for seed in range(40)))
    assert lengths[1] > 1.5 * lengths[0]


@pytest.mark.parametrize("env_class", ENVS)
def test_splits_share_no_prompt(env_class):
    train, test = (
        {env_class(split=split).reset(options={"index": i})[0] for i in range(50)}
        for split in ("train", "test")
    )
    assert min(len(train), len(test)) >= 45
    assert train.isdisjoint(test)


@pytest.mark.parametrize("env_class", [SummarizationEnv, QueryFocusedSummarizationEnv, ChitChatEnv])
def test_word_limit_reaches_the_task(env_class):
    env = env_class(max_words=1)
    _, info = env.reset(seed=0)
    assert env.step(info["example"].references[0])[1] < 0.9


def test_language_reaches_the_task():
    prompt, _ = TranslationEnv(language="fr").reset(seed=0)
    assert prompt.startswith("Translate into French:\n")


@pytest.mark.parametrize(
    "env_class, arguments",
    [(TranslationEnv, {"language": "xx"}), *((env_class, {"source": "nothing"}) for env_class in ENVS)],
)
def test_unknown_names(env_class, arguments):
    with pytest.raises(UnknownName):
        env_class(**arguments)
