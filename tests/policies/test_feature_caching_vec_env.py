import functools

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

import gymnasium as gym  # noqa: E402
from gymnasium import spaces  # noqa: E402
from sb3_contrib import ARS, QRDQN, TRPO, MaskablePPO  # noqa: E402
from stable_baselines3 import A2C, DQN, PPO  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.errors import ContextTooSmall, UnsupportedSpace  # noqa: E402
from textgym.policies import FeatureCachingVecEnv, LLMFeaturesExtractor  # noqa: E402

ROWS, HIDDEN = 3, 32
# Lengths of training that suit a few hundred steps.
OPTIONS = {
    DQN: {"buffer_size": 500, "learning_starts": 16, "target_update_interval": 50},
    QRDQN: {"buffer_size": 500, "learning_starts": 16, "target_update_interval": 50},
    A2C: {},
    PPO: {"n_steps": 32, "batch_size": 32},
    TRPO: {"n_steps": 32, "batch_size": 32},
    MaskablePPO: {"n_steps": 32, "batch_size": 32},
    ARS: {"n_delta": 2, "zero_policy": False},
}


@pytest.fixture
def views():
    """Makes N environments that are seeded alike."""

    def make(env):
        venv = DummyVecEnv([lambda: Monitor(env())] * ROWS)
        venv.seed(3)
        return venv

    return make


@pytest.fixture
def cached(views, make_model):
    """The same with cached features."""
    return lambda env: FeatureCachingVecEnv(views(env), make_model, device="cpu")


def masked(choice_toy):
    """The choice toy with the action masks of the choice view."""

    class Masked(choice_toy):
        def step(self, action):
            assert action < self.present
            return super().step(action)

        def action_masks(self):
            return np.arange(self.action_space.n) < self.present

    return Masked


def short(toy, steps=4):
    """Episodes that are cut, beside those that end."""
    return lambda: gym.wrappers.TimeLimit(toy(), steps)


def check_features(found, observations, extractor):
    batch = {name: torch.as_tensor(values) for name, values in observations.items()}
    np.testing.assert_allclose(found, extractor(batch).detach(), atol=1e-5, rtol=1e-5)


def test_features_are_those_of_the_extractor(toy, views, cached, make_model):
    venv, plain = cached(short(toy)), views(short(toy))
    extractor = LLMFeaturesExtractor(plain.observation_space, make_model, device="cpu")
    assert venv.observation_space == spaces.Box(-np.inf, np.inf, (extractor.features_dim,), np.float32)
    check_features(venv.reset(), plain.reset(), extractor)
    rng, ended, cut = np.random.default_rng(0), 0, 0
    for _ in range(300):
        actions = rng.integers(venv.action_space.n, size=ROWS)
        # Ends some turns of the token view early.
        actions[rng.random(ROWS) < 0.1] = 2
        features, rewards, dones, infos = venv.step(actions)
        expected, *others, plain_infos = plain.step(actions)
        check_features(features, expected, extractor)
        assert features.dtype == np.float32
        np.testing.assert_array_equal([rewards, dones], others)
        for info, plain_info in zip(infos, plain_infos, strict=True):
            assert set(info) == set(plain_info)
            if "terminal_observation" in info:
                last = {k: v[None] for k, v in plain_info["terminal_observation"].items()}
                check_features(info["terminal_observation"][None], last, extractor)
                ended += not info["TimeLimit.truncated"]
                cut += info["TimeLimit.truncated"]
    assert ended > 30
    if plain.observation_space["tokens"].shape == (24,):
        assert cut > 30


def test_only_new_tokens_and_prompts_go_through_the_model(token_toy, cached):
    venv = cached(token_toy)
    counted = []
    embedding = venv.extractor.backbone.model.get_input_embeddings()
    hook = embedding.register_forward_pre_hook(lambda _, args: counted.append(args[0].numel()))
    try:
        venv.reset()
        prompts = [[len(ids) for ids in venv.get_attr("ids")]]
        for _ in range(200):
            *_, dones, _ = venv.step(np.full(ROWS, 4))
            if dones.any():
                lengths = np.array([len(ids) for ids in venv.get_attr("ids")])
                prompts.append(lengths[dones].tolist())
    finally:
        hook.remove()
    # Prompts that begin together are padded to the longest of them.
    bound = 200 * ROWS + sum(max(begun) * len(begun) for begun in prompts)
    assert len(prompts) == 1 + 200 // 6
    assert 200 * ROWS < sum(counted) <= bound


@pytest.mark.parametrize("algorithm", [a for a in OPTIONS if a is not MaskablePPO])
def test_algorithms_learn(toy, cached, algorithm):
    model = algorithm("MlpPolicy", cached(toy), seed=0, device="cpu", **OPTIONS[algorithm])
    before = [p.clone() for p in model.policy.parameters()]
    model.learn(300)
    assert model.num_timesteps >= 300
    changed = [not torch.equal(a, b) for a, b in zip(before, model.policy.parameters(), strict=True)]
    assert any(changed)


def test_masks_reach_maskable_ppo(choice_toy, cached):
    # The environment asserts that no masked action is taken.
    model = MaskablePPO(
        "MlpPolicy", cached(masked(choice_toy)), seed=0, device="cpu", **OPTIONS[MaskablePPO]
    ).learn(300)
    assert model.num_timesteps >= 300


@pytest.mark.parametrize("algorithm", [DQN, A2C, PPO])
def test_learning_is_that_of_the_extractor(toy, views, cached, make_model, algorithm):
    options = {"seed": 0, "device": "cpu", **OPTIONS[algorithm]}
    extractor = {
        "features_extractor_class": LLMFeaturesExtractor,
        "features_extractor_kwargs": {"language_model": make_model, "device": "cpu"},
    }
    models = [
        algorithm("MlpPolicy", cached(toy), **options),
        algorithm("MultiInputPolicy", views(toy), policy_kwargs=extractor, **options),
    ]
    models[1].policy.load_state_dict(models[0].policy.state_dict())
    taken = [[], []]
    for model, actions in zip(models, taken, strict=True):
        model.set_random_seed(0)
        model.learn(300, callback=functools.partial(_record, actions))
    np.testing.assert_array_equal(*taken)
    assert len(taken[0]) >= 100
    for one, other in zip(*(m.policy.parameters() for m in models), strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


def _record(actions, scope, _globals):
    actions.append(np.array(scope["actions"]).flatten())
    return True


def test_a_saved_model_goes_on_with_features(token_toy, views, cached, tmp_path):
    model = DQN("MlpPolicy", cached(token_toy), seed=0, device="cpu", **OPTIONS[DQN]).learn(60)
    model.save(tmp_path / "model.zip")
    assert (tmp_path / "model.zip").stat().st_size < 300_000
    venv = cached(token_toy)
    loaded = DQN.load(tmp_path / "model.zip", env=venv, device="cpu")
    features = venv.reset()
    np.testing.assert_array_equal(
        loaded.predict(features, deterministic=True)[0], model.predict(features, deterministic=True)[0]
    )
    loaded.learn(60, reset_num_timesteps=False)
    assert loaded.num_timesteps >= 120
    with pytest.raises(ValueError, match="Observation spaces do not match"):
        DQN.load(tmp_path / "model.zip", env=views(token_toy))


def test_what_the_extractor_refuses_is_refused(token_toy, views, cached, make_model):
    with pytest.raises(UnsupportedSpace, match="expected the observations of a -tokens-v0 or -choice-v0 id"):
        FeatureCachingVecEnv(cached(token_toy), make_model)
    with pytest.raises(ValueError, match="do not belong together"):
        FeatureCachingVecEnv(views(token_toy), "tiny")
    with pytest.raises(ContextTooSmall, match="context_length is 257"):
        FeatureCachingVecEnv(views(lambda: token_toy(257)), make_model)


def test_what_is_asked_of_the_views_passes_through(choice_toy, cached):
    venv = cached(masked(choice_toy))
    venv.reset()
    assert venv.get_attr("present") == [int(mask.sum()) for mask in venv.env_method("action_masks")]
    assert venv.env_is_wrapped(Monitor) == [True] * ROWS
    assert venv.reset_infos is venv.venv.reset_infos
