"""The constructor arguments of the translation environment, and an episode of it."""

import gymnasium as gym
import pytest

import textgym  # noqa: F401
from textgym.envs.translation import TranslationEnv
from textgym.errors import EpisodeOver, UnknownName


def test_the_reference_earns_one_and_ends_the_episode():
    env = gym.make("textgym/Translation-v0")
    prompt, info = env.reset(seed=0)
    assert prompt == info["example"].prompt
    observation, reward, terminated, truncated, info = env.step(info["example"].references[0])
    assert (observation, reward, terminated, truncated) == ("", pytest.approx(1.0), True, False)
    assert set(info["metrics"]) == {"chrf", "bleu", "exact", "placeholders", "length_ratio"}
    with pytest.raises(EpisodeOver):
        env.step("again")


def test_language_reaches_the_task():
    prompt, _ = TranslationEnv(language="fr").reset(seed=0)
    assert prompt.startswith("Translate into French:\n")


def test_difficulty_survives_resets_and_lengthens_prompts():
    lengths = []
    for difficulty in (0.0, 1.0):
        env = TranslationEnv(difficulty=difficulty)
        lengths.append(sum(len(env.reset(seed=seed)[0]) for seed in range(40)))
    assert lengths[1] > 1.5 * lengths[0]


@pytest.mark.parametrize("arguments", [{"split": "dev"}, {"source": "nothing"}, {"language": "xx"}])
def test_unknown_names(arguments):
    with pytest.raises(UnknownName):
        TranslationEnv(**arguments)
