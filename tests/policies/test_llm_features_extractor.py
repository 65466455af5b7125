import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

import gymnasium as gym  # noqa: E402
from gymnasium import spaces  # noqa: E402
from sb3_contrib import QRDQN  # noqa: E402
from stable_baselines3 import A2C, DQN, PPO  # noqa: E402

from textgym.errors import ContextTooSmall, UnsupportedSpace  # noqa: E402
from textgym.llm.choice_evidence import choice_evidence  # noqa: E402
from textgym.policies import LLMFeaturesExtractor, llm_features_extractor  # noqa: E402
from textgym.registration import env_ids  # noqa: E402

HIDDEN = 32


def batch(env, size=5):
    rows = [env.reset(seed=i)[0] for i in range(size)]
    # Stable-Baselines3 hands float32 to features extractors
    return {key: torch.stack([torch.as_tensor(r[key]) for r in rows]).float() for key in rows[0]}


def test_token_features_are_the_hidden_state_of_the_last_token(token_toy, make_model):
    env = token_toy()
    extractor = LLMFeaturesExtractor(env.observation_space, make_model, device="cpu")
    observation = batch(env)
    features = extractor(observation)
    assert features.shape == (5, HIDDEN) == (5, extractor.features_dim)
    for row, ids, length in zip(
        features, observation["tokens"].long(), observation["length"].long(), strict=True
    ):
        expected = extractor.backbone.model.base_model(ids[None, : length[0]]).last_hidden_state[0, -1]
        torch.testing.assert_close(row, expected, atol=1e-5, rtol=1e-4)


def test_choice_features_are_context_then_scores_per_candidate(choice_toy, make_model):
    env = choice_toy()
    extractor = LLMFeaturesExtractor(env.observation_space, make_model, device="cpu")
    observation = batch(env)
    features = extractor(observation)
    evidence = choice_evidence(extractor.backbone, observation["tokens"].long(), observation["length"].long())
    context, mean, gain, present = features.split([HIDDEN, 4, 4, 4], dim=1)
    torch.testing.assert_close(context, evidence.context)
    torch.testing.assert_close(mean * evidence.length.clamp(min=1), evidence.log_prob)
    torch.testing.assert_close(gain * 16, evidence.gain)
    assert torch.equal(present.bool(), evidence.present)


def test_work_in_parts_gives_equal_features(toy, make_model, monkeypatch):
    env = toy()
    extractor = LLMFeaturesExtractor(env.observation_space, make_model, device="cpu")
    whole = extractor(batch(env))
    monkeypatch.setattr(llm_features_extractor, "_MAX_POSITIONS", 2)
    torch.testing.assert_close(extractor(batch(env)), whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("algorithm", [PPO, A2C, DQN, QRDQN])
def test_algorithms_train_on_one_frozen_model(toy, make_model, algorithm):
    extra = {
        PPO: {"n_steps": 32, "batch_size": 16},
        A2C: {},
        DQN: {"buffer_size": 100, "learning_starts": 16, "target_update_interval": 20},
        QRDQN: {"buffer_size": 100, "learning_starts": 16, "target_update_interval": 20},
    }[algorithm]
    model = algorithm(
        "MultiInputPolicy",
        toy(),
        policy_kwargs={
            "features_extractor_class": LLMFeaturesExtractor,
            "features_extractor_kwargs": {"language_model": make_model, "device": "cpu"},
        },
        device="cpu",
        **extra,
    ).learn(64)
    extractors = [m for m in model.policy.modules() if isinstance(m, LLMFeaturesExtractor)]
    assert len(extractors) == (2 if algorithm in (DQN, QRDQN) else 1)
    assert len({id(e.backbone.model) for e in extractors}) == 1
    assert not [name for name in model.policy.state_dict() if "backbone" in name]


def test_dqn_trains_adapters_and_copies_them_to_its_target(choice_toy, make_model, tmp_path):
    kwargs = {"language_model": make_model, "device": "cpu", "trainable": "lora", "lora_rank": 2}
    model = DQN(
        "MultiInputPolicy",
        choice_toy(),
        policy_kwargs={"features_extractor_class": LLMFeaturesExtractor, "features_extractor_kwargs": kwargs},
        buffer_size=100,
        learning_starts=16,
        learning_rate=1e-2,
        target_update_interval=64,
        device="cpu",
    ).learn(64)
    online, target = (m for m in model.policy.modules() if isinstance(m, LLMFeaturesExtractor))
    assert online.backbone.model is target.backbone.model
    assert online.backbone.adapter.up[0].any()
    assert target.backbone.adapter.up[0].any()
    model.save(tmp_path / "dqn.zip")
    loaded = DQN.load(tmp_path / "dqn.zip", device="cpu")
    observation = model.policy.obs_to_tensor(model.env.reset())[0]
    assert torch.equal(loaded.q_net(observation), model.q_net(observation))


def make_gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(vocab_size=97, n_embd=HIDDEN, n_layer=1, n_head=2, n_positions=40, bos_token_id=0)
    )


def longest(space):
    """An observation that fills the space."""
    shape = space["tokens"].shape
    return {
        "tokens": torch.zeros(1, *shape),
        "length": torch.full((1, *shape[:-1]), shape[-1]).reshape(1, -1),
    }


@pytest.mark.parametrize("candidates, most", [(0, 40), (4, 20)])
def test_a_table_of_positions_bounds_the_context(token_toy, choice_toy, candidates, most):
    def view(length):
        return (choice_toy(candidates, length) if candidates else token_toy(length)).observation_space

    extractor = LLMFeaturesExtractor(view(most), make_gpt2, device="cpu")
    assert extractor(longest(view(most))).isfinite().all()
    with pytest.raises(
        ContextTooSmall, match=f"context_length is {most + 1} .*context_length={most} or less"
    ):
        LLMFeaturesExtractor(view(most + 1), make_gpt2, device="cpu")


def test_a_rotary_model_is_bounded_by_the_context_alone(choice_toy, make_model):
    extractor = LLMFeaturesExtractor(choice_toy(2, 256).observation_space, make_model, device="cpu")
    assert extractor(longest(choice_toy(2, 256).observation_space)).isfinite().all()
    with pytest.raises(ContextTooSmall, match="context_length=256 or less"):
        LLMFeaturesExtractor(choice_toy(2, 257).observation_space, make_model, device="cpu")


@pytest.mark.parametrize("env_id", [*env_ids("tokens"), *env_ids("choice")])
def test_the_shipped_model_reads_every_default_view(env_id):
    LLMFeaturesExtractor(gym.make(env_id).observation_space, device="cpu")


def test_a_foreign_observation_space_is_refused(make_model):
    with pytest.raises(UnsupportedSpace, match="expected the observations of a -tokens-v0 or -choice-v0 id"):
        LLMFeaturesExtractor(spaces.Box(0, 1, (3,)), make_model)
