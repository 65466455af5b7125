"""The text agent of a model that was trained on cached features does what the model does on them."""

import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from sb3_contrib import MaskablePPO  # noqa: E402
from stable_baselines3 import DQN, PPO  # noqa: E402
from stable_baselines3.common.vec_env import VecNormalize  # noqa: E402

import textgym  # noqa: E402
from textgym.evaluation.example_order import example_indices  # noqa: E402
from textgym.policies import FeatureCachingVecEnv, make_sb3_vec_env  # noqa: E402
from textgym.registration import text_id  # noqa: E402
from textgym.tokenization import load_tokenizer  # noqa: E402

ON_POLICY = {"n_steps": 8, "batch_size": 8}


@pytest.fixture
def cached(byte_model):
    """One view with cached features."""

    def make(env_id, **kwargs):
        venv = make_sb3_vec_env(env_id, 1, seed=0, tokenizer=byte_model, **kwargs)
        return FeatureCachingVecEnv(venv, byte_model, device="cpu")

    return make


def play(model, venv, index):
    """Return and replies of `model.predict` on one example."""
    normalizer = model.get_vec_normalize_env()
    venv.set_options({"index": index})
    features, total, done = venv.reset(), 0.0, [False]
    while not done[0]:
        seen = features if normalizer is None else normalizer.normalize_obs(features)
        features, reward, done, infos = venv.step(model.predict(seen, deterministic=True)[0])
        total += reward[0]
    replies = [m["content"] for m in infos[0]["conversation"] if m["role"] == "assistant"]
    return pytest.approx(total, abs=1e-6), tuple(replies)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(
    "env_id, kwargs",
    [
        ("textgym/Translation-tokens-v0", {"max_new_tokens": 6, "context_length": 400}),
        ("textgym/Dialogue-tokens-v0", {"max_new_tokens": 4, "context_length": 2600}),
        ("textgym/Translation-choice-v0", {"candidates": 4, "context_length": 400}),
    ],
)
def test_the_agent_repeats_the_view(env_id, kwargs, normalize, cached):
    venv = cached(env_id, **kwargs)
    if normalize:
        venv = VecNormalize(venv, norm_reward=False)
    # A random network, which answers each observation in its own way.
    model = DQN("MlpPolicy", venv, buffer_size=100, learning_starts=1000, seed=0, device="cpu").learn(32)
    result = textgym.evaluate(model, text_id(env_id), episodes=3, seed=4)
    view = cached(env_id, split="test", **kwargs)
    order = example_indices(view.get_attr("unwrapped")[0].task, "test", episodes=3, seed=4, repeats=False)
    assert [(r.return_, r.replies) for r in result.records] == [play(model, view, i) for i in order]
    assert result.errors == 0


def test_absent_candidates_are_not_picked(cached):
    def two(conversations, k, seeds):
        return [["first", "second"] for _ in conversations]

    venv = cached("textgym/Translation-choice-v0", proposer=two, candidates=4, context_length=400)
    model = MaskablePPO("MlpPolicy", venv, seed=0, device="cpu", **ON_POLICY)
    # Of the present candidates the first; of all four the last, which would stand for the second.
    bias = model.policy.action_net.bias.data
    bias[0], bias[3] = 1e3, 1e4
    result = textgym.evaluate(model, "textgym/Translation-v0", episodes=3, seed=0)
    assert [r.replies for r in result.records] == [("first",)] * 3


def test_only_new_tokens_are_encoded_and_training_keeps_its_own(cached):
    venv = cached("textgym/Translation-tokens-v0", max_new_tokens=6, context_length=400)
    model = PPO("MlpPolicy", venv, seed=0, device="cpu", **ON_POLICY)
    end = load_tokenizer(venv.get_attr("settings")[0].tokenizer).end_of_turn_id
    model.policy.action_net.bias.data[end] += 4  # replies of a batch end at different tokens
    agent = textgym.load_agent(model, deterministic=False)
    venv.reset()
    counted = []
    embedding = venv.extractor.backbone.model.get_input_embeddings()
    hook = embedding.register_forward_pre_hook(lambda _, args: counted.append(tuple(args[0].shape)))
    try:
        records = textgym.evaluate(agent, "textgym/Translation-v0", episodes=8, seed=0).records
        prompts = [rows for rows, tokens in counted if tokens > 1]
        steps = [rows for rows, tokens in counted if tokens == 1]
        counted.clear()
        venv.step(np.array([5]))
    finally:
        hook.remove()
    assert len({len(r.replies[0]) for r in records}) > 1
    assert sum(prompts) == 8  # once each, in groups of similar length
    assert sum(steps) <= 8 * 5
    assert counted == [(1, 1)]
