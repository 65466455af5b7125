"""The baselines of the decisions in dialogue: strong ones beat simple ones, those beat chance."""

from pathlib import Path

import numpy as np
import pytest

import textgym

AGENTS = Path(__file__).parents[2] / "agents"


def played(name, env_id, episodes=60, **env_kwargs):
    path = str(AGENTS / f"{name}.py")
    return textgym.evaluate(path, env_id, episodes=episodes, seed=0, on_error="raise", env_kwargs=env_kwargs)


@pytest.mark.parametrize(
    "env_id, strong, simple",
    [
        ("textgym/DialogueActs-v0", "dialogue_acts_policy", "dialogue_acts_form"),
        ("textgym/TwentyQuestions-v0", "twenty_questions_entropy", "twenty_questions_in_order"),
    ],
)
def test_strong_beats_simple_beats_chance(env_id, strong, simple):
    low, middle, high = (played(name, env_id) for name in ("random_decisions", simple, strong))
    assert high.interval[0] > middle.interval[1]
    assert middle.interval[0] > low.interval[1]
    assert high.metric_means["illegal_actions"] == middle.metric_means["illegal_actions"] == 0


def test_conceding_finds_more_agreements_than_firmness_and_earns_more():
    env_id = "textgym/Negotiation-v0"
    chance, firm, conceding = (
        played(name, env_id, 200)
        for name in ("random_decisions", "negotiation_firm", "negotiation_concession")
    )
    assert conceding.mean_return > firm.mean_return > chance.mean_return
    assert conceding.metric_means["agreement"] > firm.metric_means["agreement"]


@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_the_policy_satisfies_every_user(difficulty):
    result = played("dialogue_acts_policy", "textgym/DialogueActs-v0", difficulty=difficulty)
    assert result.metric_means["success"] == 1.0


@pytest.mark.parametrize("domain", ["train", "hotel"])
def test_the_agents_know_the_other_domains(domain):
    env_id = "textgym/DialogueActs-v0"
    low, middle, high = (
        played(name, env_id, domain=domain, goal_change=0.5)
        for name in ("random_decisions", "dialogue_acts_form", "dialogue_acts_policy")
    )
    assert high.metric_means["success"] == 1.0
    assert high.interval[0] > middle.interval[1]
    assert middle.interval[0] > low.interval[1]


def test_care_pays_with_noise_and_costs_without():
    env_id = "textgym/DialogueActs-v0"

    def careful(noise):
        careless, careful = "dialogue_acts_policy", "dialogue_acts_policy.py:make_careful_agent"
        path = str(AGENTS / careful)
        result = textgym.evaluate(path, env_id, episodes=60, seed=0, env_kwargs={"noise": noise})
        return result.mean_return - played(careless, env_id, noise=noise).mean_return

    assert careful(0.0) < 0.0
    assert careful(1.0) > 0.1


def test_asking_what_tells_most_takes_every_gain():
    result = played("twenty_questions_entropy", "textgym/TwentyQuestions-v0", 20)
    assert result.metric_means["gain_share"] == pytest.approx(1.0)
    assert result.metric_means["bits"] == pytest.approx(np.log2(12))


@pytest.mark.train
@pytest.mark.slow
def test_q_learning_on_the_summary_satisfies_easy_users(tmp_path):
    pytest.importorskip("stable_baselines3")
    from textgym.algorithms.train import train

    model = train(
        "textgym/DialogueActs-v0",
        tmp_path,
        timesteps=40_000,
        algorithm="q_learning",
        n_envs=16,
        env_kwargs={"belief": "summary", "difficulty": 0.0},
        options={"gamma": 1.0, "visit_decay": 0.6, "learning_rate": 1.0},
    )
    result = textgym.evaluate(
        model,
        "textgym/DialogueActs-v0",
        episodes=200,
        seed=0,
        env_kwargs={"belief": "summary", "difficulty": 0.0},
    )
    assert result.metric_means["success"] >= 0.95
