"""Stable-Baselines3 on decision ids: the algorithms run, and a model's agent does what the model does."""

import gymnasium as gym
import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from sb3_contrib import QRDQN, MaskablePPO  # noqa: E402
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported  # noqa: E402
from stable_baselines3 import A2C, DQN, PPO  # noqa: E402
from stable_baselines3.common.vec_env import VecNormalize  # noqa: E402

import textgym  # noqa: E402
from textgym.errors import AgentError, AgentMisfit  # noqa: E402
from textgym.evaluation.example_order import example_indices  # noqa: E402
from textgym.policies import FeatureCachingVecEnv, LLMFeaturesExtractor, make_sb3_vec_env  # noqa: E402
from textgym.registration import env_ids  # noqa: E402

IDS = env_ids("decision")
ONE = "textgym/ExtractiveSummarization-v0"
ROLLOUT = {"n_steps": 8, "batch_size": 16, "n_epochs": 1}
REPLAY = {"buffer_size": 100, "learning_starts": 8, "batch_size": 4}
ALGORITHMS = [(PPO, ROLLOUT), (MaskablePPO, ROLLOUT), (A2C, {}), (DQN, REPLAY), (QRDQN, REPLAY)]


def learned(algorithm, venv, options, policy="MlpPolicy", **policy_kwargs):
    model = algorithm(policy, venv, seed=0, policy_kwargs={"net_arch": [8], **policy_kwargs}, **options)
    return model.learn(48)


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("algorithm, options", ALGORITHMS)
def test_every_algorithm_trains_and_plays_on_vectors(env_id, algorithm, options):
    model = learned(algorithm, make_sb3_vec_env(env_id, 2, seed=0), options)
    assert len(model.ep_info_buffer) > 0
    assert_the_agent_does_as_the_model(model, env_id)


@pytest.mark.parametrize("algorithm, options", ALGORITHMS)
def test_every_algorithm_trains_and_plays_on_cached_features(algorithm, options, byte_model):
    view = {"observation": "tokens", "tokenizer": byte_model, "context_length": 1500}
    venv = FeatureCachingVecEnv(make_sb3_vec_env(ONE, 2, seed=0, **view), byte_model)
    model = learned(algorithm, venv, options)
    assert_the_agent_does_as_the_model(model, ONE, features=venv.extractor, **view)


@pytest.mark.parametrize("algorithm, options", [(PPO, ROLLOUT), (DQN, REPLAY)])
def test_the_extractor_reads_the_tokens_itself(algorithm, options, byte_model):
    view = {"observation": "tokens", "tokenizer": byte_model, "context_length": 1500}
    extractor = {
        "features_extractor_class": LLMFeaturesExtractor,
        "features_extractor_kwargs": {"language_model": byte_model},
    }
    model = learned(
        algorithm, make_sb3_vec_env(ONE, 2, seed=0, **view), options, "MultiInputPolicy", **extractor
    )
    assert_the_agent_does_as_the_model(model, ONE, **view)


def assert_the_agent_does_as_the_model(model, env_id, features=None, **view):
    """`evaluate` gives what `model.predict` gives in the environment that it was trained on."""
    result = textgym.evaluate(model, env_id, episodes=6, seed=4)
    env = gym.make(env_id, disable_env_checker=True, split="test", **view)
    order = example_indices(env.unwrapped.task, "test", episodes=6, seed=4, repeats=False)
    assert result.errors == 0
    for record, index in zip(result.records, order, strict=True):
        observation, _ = env.reset(seed=0, options={"index": index})
        total, names, over = 0.0, [], False
        while not over:
            if features is not None:
                batch = {name: torch.as_tensor(value[None]) for name, value in observation.items()}
                observation = features(batch)[0].detach().numpy()
            masks = {"action_masks": env.unwrapped.action_masks()} if isinstance(model, MaskablePPO) else {}
            action = int(model.predict(observation, deterministic=True, **masks)[0])
            names.append(env.unwrapped.played_name(action))
            observation, reward, terminated, truncated, _ = env.step(action)
            total, over = total + reward, terminated or truncated
        assert record.replies == tuple(names)
        assert record.return_ == pytest.approx(total)
        if isinstance(model, MaskablePPO):
            assert record.metrics["illegal_actions"] == 0


@pytest.mark.parametrize("env_id", IDS)
def test_masks_and_returns_reach_stable_baselines(env_id):
    venv = make_sb3_vec_env(env_id, 3, seed=0)
    venv.reset()
    assert is_masking_supported(venv)
    rng, returns = np.random.default_rng(0), np.zeros(3)
    ended = 0
    for _ in range(60):
        masks = get_action_masks(venv)
        np.testing.assert_array_equal(masks, np.stack(venv.env_method("action_masks")))
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
        _, rewards, dones, infos = venv.step(actions)
        returns += rewards
        for row in np.flatnonzero(dones):
            assert infos[row]["episode"]["r"] == pytest.approx(returns[row], abs=1e-5)
            assert infos[row]["metrics"]["illegal_actions"] == 0
            assert infos[row]["terminal_observation"].shape == venv.observation_space.shape
            returns[row], ended = 0, ended + 1
    assert ended >= 3


def test_a_sampling_agent_depends_on_the_seed_alone():
    model = learned(MaskablePPO, make_sb3_vec_env(ONE, 2, seed=0), ROLLOUT)
    agent = textgym.load_agent(model, deterministic=False)
    runs = [textgym.evaluate(agent, ONE, episodes=6, seed=s).records for s in (1, 1, 2)]
    assert [r.replies for r in runs[0]] == [r.replies for r in runs[1]]
    one = textgym.evaluate(agent, ONE, episodes=6, seed=1, batch_size=1).records
    assert [r.replies for r in one] == [r.replies for r in runs[0]]
    greedy = textgym.evaluate(model, ONE, episodes=6, seed=1).records
    assert [r.replies for r in greedy] != [r.replies for r in runs[0]]
    dqn = learned(DQN, make_sb3_vec_env(ONE, 1, seed=0), REPLAY)
    with pytest.raises(AgentError, match="no action probabilities"):
        textgym.load_agent(dqn, deterministic=False)


def test_normalised_observations_are_normalised_for_the_agent_too():
    venv = VecNormalize(make_sb3_vec_env(ONE, 2, seed=0), norm_reward=False)
    model = learned(PPO, venv, ROLLOUT)
    result = textgym.evaluate(model, ONE, episodes=4, seed=0)
    env = gym.make(ONE, split="test").unwrapped
    order = example_indices(env.task, "test", episodes=4, seed=0, repeats=False)
    for record, index in zip(result.records, order, strict=True):
        observation, _ = env.reset(options={"index": index})
        action = int(model.predict(venv.normalize_obs(observation), deterministic=True)[0])
        assert record.replies[0] == env.played_name(action)


def test_a_model_of_a_decision_id_is_refused_on_text():
    model = learned(PPO, make_sb3_vec_env(ONE, 2, seed=0), ROLLOUT)
    with pytest.raises(TypeError, match=r"is a text environment.*plays decision ids"):
        textgym.evaluate(model, "textgym/Summarization-v0", episodes=1, seed=0)


def test_a_model_for_other_sizes_is_refused():
    model = learned(PPO, make_sb3_vec_env(ONE, 2, seed=0, max_sentences=4), ROLLOUT)
    with pytest.raises(AgentMisfit, match=r"trained on 5 actions and vectors of 38 numbers"):
        textgym.evaluate(model, ONE, episodes=3, seed=0)
