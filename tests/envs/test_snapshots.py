"""Snapshots walk the wrapper chain and lose nothing silently."""

import gymnasium as gym
import pytest
from gymnasium.wrappers import RecordEpisodeStatistics, TimeLimit

import textgym


def test_time_limit_is_part_of_the_snapshot():
    env = TimeLimit(gym.make("textgym/Translation-tokens-v0", max_new_tokens=8), 5)
    env.reset(seed=0)
    for _ in range(3):
        env.step(7)
    fresh = TimeLimit(gym.make("textgym/Translation-tokens-v0", max_new_tokens=8), 5)
    textgym.set_state(fresh, textgym.get_state(env))
    assert fresh.step(7)[3] is False
    assert fresh.step(7)[3] is True


def test_foreign_stateful_wrapper_is_refused_by_name():
    env = RecordEpisodeStatistics(gym.make("textgym/Translation-v0"))
    env.reset(seed=0)
    with pytest.raises(TypeError, match="RecordEpisodeStatistics"):
        textgym.get_state(env)


def test_snapshot_of_another_id_is_refused():
    env, other = gym.make("textgym/Translation-v0"), gym.make("textgym/Summarization-v0")
    env.reset(seed=0)
    with pytest.raises(ValueError, match="TranslationEnv"):
        textgym.set_state(other, textgym.get_state(env))


def test_branches_of_one_dialogue_are_independent():
    env = gym.make("textgym/Dialogue-v0")
    env.reset(seed=1)
    env.step("SEARCH area=north")
    state = textgym.get_state(env)
    outcomes = []
    for reply in ("Which area would you like?", "Goodbye."):
        branch = gym.make("textgym/Dialogue-v0")
        textgym.set_state(branch, state)
        outcomes.append(branch.step(reply)[0])
    assert outcomes[0] != outcomes[1]
    textgym.set_state(env, state)
    assert env.step("Which area would you like?")[0] == outcomes[0]
