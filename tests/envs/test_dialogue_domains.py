"""Every view of the dialogue takes the arguments of the other domains."""

import gymnasium as gym
import numpy as np
import pytest

from textgym.envs.snapshots import get_state, set_state

DOMAINS = pytest.mark.parametrize("domain", ["train", "hotel"])
SETTINGS = {"noise": 0.3, "goal_change": 1.0}


@DOMAINS
def test_the_choice_view_offers_moves_of_the_domain(domain):
    env = gym.make("textgym/Dialogue-choice-v0", domain=domain, difficulty=0.0, **SETTINGS)
    _, info = env.reset(seed=0)
    slot, value = info["example"].data["goal"]["constraints"][0]
    assert any(c.startswith("SEARCH ") and f"{slot}={value}" in c for c in info["candidates"])


@DOMAINS
def test_the_token_view_ends_its_turns(domain):
    env = gym.make("textgym/Dialogue-tokens-v0", domain=domain, **SETTINGS)
    observation, info = env.reset(seed=0)
    assert info["conversation"][0]["content"].startswith("[user] ")
    first = int(observation["length"][0])
    for _ in range(64):
        observation, _, over, truncated, info = env.step(5)
        if info.get("turn_ended"):
            break
    assert info.get("turn_ended")
    assert not over
    assert not truncated
    assert int(observation["length"][0]) > first + 64


@DOMAINS
def test_acts_are_seen_as_vectors_and_as_tokens(domain):
    moves = {"train": 17, "hotel": 19}[domain]
    for observation in ("vector", "tokens"):
        env = gym.make("textgym/DialogueActs-v0", domain=domain, observation=observation, **SETTINGS)
        seen, _ = env.reset(seed=0)
        assert env.action_space.n == moves == len(env.unwrapped.action_masks())
        assert env.observation_space.contains(seen)


@DOMAINS
def test_native_vector_environments_take_the_domain(domain):
    for env_id in ("textgym/Dialogue-v0", "textgym/DialogueActs-v0"):
        env = gym.make_vec(env_id, num_envs=2, domain=domain)
        env.reset(seed=0)
        actions = ("SEARCH", "SEARCH day=monday") if env_id.endswith("Dialogue-v0") else np.array([0, 1])
        assert not env.step(actions)[2].any()


def test_a_snapshot_belongs_to_its_domain_and_noise():
    env = gym.make("textgym/Dialogue-v0", domain="train", noise=0.5)
    env.reset(seed=0)
    state = get_state(env)
    for other in ({"domain": "hotel", "noise": 0.5}, {"domain": "train"}):
        with pytest.raises(ValueError, match="same arguments"):
            set_state(gym.make("textgym/Dialogue-v0", **other), state)
    same = gym.make("textgym/Dialogue-v0", domain="train", noise=0.5)
    set_state(same, state)
    assert same.step("SEARCH")[0] == env.step("SEARCH")[0]
