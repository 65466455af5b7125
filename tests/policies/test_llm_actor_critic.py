import copy
import io
import pickle
import zipfile

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from gymnasium import spaces  # noqa: E402
from stable_baselines3 import A2C, PPO  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.errors import ContextTooSmall, UnsupportedSpace  # noqa: E402
from textgym.llm.choice_evidence import choice_evidence  # noqa: E402
from textgym.policies import LLMActorCriticPolicy  # noqa: E402

TRAINABLE = ("lora", "full", "heads")


def make_ppo(toy, make_model, algorithm=PPO, **policy_kwargs):
    extra = {} if algorithm is A2C else {"batch_size": 16, "n_epochs": 1}
    return algorithm(
        LLMActorCriticPolicy,
        DummyVecEnv([toy] * 4),
        n_steps=8,
        gamma=1.0,
        learning_rate=1e-2,
        seed=0,
        device="cpu",
        policy_kwargs={"language_model": make_model, "device": "cpu", **policy_kwargs},
        **extra,
    )


def observations(model):
    return model.policy.obs_to_tensor(model.env.reset())[0]


@pytest.mark.parametrize("trainable", TRAINABLE)
def test_building_ppo_leaves_the_language_model_bit_identical(token_toy, make_model, trainable):
    policy = make_ppo(token_toy, make_model, trainable=trainable).policy
    for built, original in zip(policy.backbone.model.parameters(), make_model().parameters(), strict=True):
        assert torch.equal(built, original)


def test_the_untrained_token_policy_is_the_language_model(token_toy, make_model):
    model = make_ppo(token_toy, make_model)
    obs = observations(model)
    lm = make_model()
    probabilities = model.policy.get_distribution(obs).distribution.probs
    for row, ids, length in zip(probabilities, obs["tokens"], obs["length"][:, 0], strict=True):
        expected = lm(ids[None, :length]).logits[0, -1].softmax(-1)
        torch.testing.assert_close(row, expected, atol=1e-5, rtol=1e-4)
    assert not model.policy.predict_values(obs).any()


def test_the_untrained_choice_policy_ranks_as_the_language_model(choice_toy, make_model):
    model = make_ppo(choice_toy, make_model, score_scale=3.0)
    obs = observations(model)
    evidence = choice_evidence(model.policy.backbone, obs["tokens"], obs["length"])
    probabilities = model.policy.get_distribution(obs).distribution.probs
    for row, gain, present in zip(probabilities, evidence.gain, evidence.present, strict=True):
        torch.testing.assert_close(row[present], (3.0 * gain[present]).softmax(0), atol=1e-6, rtol=1e-4)
        assert not row[~present].any()
    actions = model.policy._predict(obs, deterministic=True)
    best = evidence.gain.masked_fill(~evidence.present, -1e9).argmax(1)
    assert torch.equal(actions, best)


def test_absent_candidates_are_never_chosen(choice_toy, make_model):
    model = make_ppo(choice_toy, make_model)
    for _ in range(30):
        obs = observations(model)
        actions, _, _ = model.policy(obs)
        assert (obs["length"].gather(1, 1 + actions[:, None]) > 0).all()


def test_an_observation_without_candidates_has_a_finite_value_and_action(choice_toy, make_model):
    model = make_ppo(choice_toy, make_model)
    obs = observations(model)
    obs["length"][:, 1:] = 0
    _, values, log_probs = model.policy(obs)
    assert values.isfinite().all()
    assert log_probs.isfinite().all()


@pytest.mark.parametrize("trainable", TRAINABLE)
def test_the_first_ratio_is_one(toy, make_model, trainable):
    model = make_ppo(toy, make_model, trainable=trainable)
    model.batch_size = 32
    for _ in range(2):  # the second rollout comes from changed weights
        model.learn(32, reset_num_timesteps=False)
        assert dict(model.logger.name_to_value)["train/approx_kl"] < 1e-6
        assert dict(model.logger.name_to_value)["train/clip_fraction"] == 0


def test_log_probs_and_values_are_the_same_in_acting_and_training(toy, make_model):
    model = make_ppo(toy, make_model).learn(64)
    obs = observations(model)
    actions, values, log_probs = model.policy(obs)
    assert values.abs().sum() > 0
    again = model.policy.evaluate_actions(obs, actions)
    torch.testing.assert_close(again[0], values)
    torch.testing.assert_close(again[1], log_probs)
    torch.testing.assert_close(model.policy.predict_values(obs), values, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(again[2], model.policy.get_distribution(obs).entropy(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("trainable", TRAINABLE)
def test_a_loaded_policy_acts_the_same(toy, make_model, tmp_path, trainable):
    model = make_ppo(toy, make_model, trainable=trainable).learn(64)
    model.save(tmp_path / "model.zip")
    loaded = PPO.load(tmp_path / "model.zip", device="cpu")
    model.policy.save(tmp_path / "policy.pt")
    policy = LLMActorCriticPolicy.load(tmp_path / "policy.pt", device="cpu")
    fresh = make_ppo(toy, make_model, trainable=trainable)
    obs = observations(model)
    wanted = model.policy.get_distribution(obs).distribution.logits
    for other in (loaded.policy, policy):
        assert torch.equal(other.get_distribution(obs).distribution.logits, wanted)
        assert torch.equal(other.predict_values(obs), model.policy.predict_values(obs))
    assert not torch.allclose(fresh.policy.get_distribution(obs).distribution.logits, wanted, atol=1e-4)


@pytest.mark.parametrize("trainable", TRAINABLE)
def test_the_zip_holds_what_is_trained(toy, make_model, tmp_path, trainable):
    model = make_ppo(toy, make_model, trainable=trainable).learn(32)
    model.save(tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as file:
        saved = torch.load(io.BytesIO(file.read("policy.pth")), weights_only=True)
    trained = [p for group in model.policy.optimizer.param_groups for p in group["params"]]
    assert all(p.requires_grad for p in trained)
    assert {id(p) for p in trained} == {id(p) for p in model.policy.parameters()}
    parts = {name.split(".")[2] for name in saved if name.startswith("features_extractor.")}
    token_heads = "own_head" if toy.__name__ == "TokenToy" else None
    assert parts == {"lora": {"adapter"}, "full": {"own_model"}, "heads": {token_heads} - {None}}[trainable]
    assert not [name for name in saved if name.startswith(("pi_features", "vf_features"))]


def test_training_changes_adapters_and_not_the_shared_model(toy, make_model):
    model = make_ppo(toy, make_model).learn(64)
    for trained, original in zip(
        model.policy.backbone.model.parameters(), make_model().parameters(), strict=True
    ):
        assert torch.equal(trained, original)
    assert all(up.any() for up in model.policy.backbone.adapter.up)


def test_two_policies_share_the_language_model(token_toy, choice_toy, make_model):
    first, second = make_ppo(token_toy, make_model), make_ppo(choice_toy, make_model, trainable="heads")
    assert first.policy.backbone.model is second.policy.backbone.model


def test_a2c_trains(toy, make_model):
    model = make_ppo(toy, make_model, A2C).learn(64)
    assert model.num_timesteps == 64


def test_a_seed_fixes_the_actions(toy, make_model):
    runs = []
    for _ in range(2):
        model = make_ppo(toy, make_model).learn(32)
        runs.append(model.rollout_buffer.actions.copy())
    assert np.array_equal(*runs)


def test_what_else_draws_from_torch_does_not_change_the_actions(toy, make_model):
    runs = []
    for foreign in (0, 7):
        model = make_ppo(toy, make_model)

        def draw(_locals, _globals, numbers=foreign):
            torch.rand(numbers)
            return True  # go on

        model.learn(32, callback=draw)
        assert model.num_timesteps == 32
        runs.append(model.rollout_buffer.actions.copy())
    assert np.array_equal(*runs)


def test_policies_of_other_seeds_act_differently(toy, make_model):
    first, second = (make_ppo(toy, make_model) for _ in range(2))
    second.policy.generator.manual_seed(1)
    obs = {name: values.repeat(50, *[1] * (values.dim() - 1)) for name, values in observations(first).items()}
    assert not torch.equal(first.policy(obs)[0], second.policy(obs)[0])


@pytest.mark.parametrize("again", [copy.deepcopy, lambda policy: pickle.loads(pickle.dumps(policy))])
def test_a_copied_policy_goes_on_with_the_same_random_numbers(token_toy, make_model, again):
    model = make_ppo(token_toy, make_model)
    obs = observations(model)
    model.policy(obs)
    copied = again(model.policy)
    assert torch.equal(copied(obs)[0], model.policy(obs)[0])


def test_the_choice_policy_learns_what_earns_reward(choice_toy, make_model):
    model = make_ppo(choice_toy, make_model, trainable="heads")
    model.n_epochs = 4
    before, _ = evaluate_policy(model, DummyVecEnv([choice_toy] * 4), 200, warn=False)
    model.learn(640)
    after, _ = evaluate_policy(model, DummyVecEnv([choice_toy] * 4), 200, warn=False)
    assert after > before + 0.2


def test_a_foreign_observation_space_is_refused(make_model):
    with pytest.raises(UnsupportedSpace, match="-tokens-v0 or -choice-v0"):
        LLMActorCriticPolicy(spaces.Box(0, 1, (3,)), spaces.Discrete(3), lambda _: 1e-3, make_model)


def test_a_foreign_action_space_is_refused(token_toy, make_model):
    with pytest.raises(UnsupportedSpace, match=r"expected the action space Discrete\(97\)"):
        LLMActorCriticPolicy(token_toy().observation_space, spaces.Discrete(3), lambda _: 1e-3, make_model)


def test_a_model_of_another_tokenizer_is_refused(make_model):
    space = spaces.Dict(tokens=spaces.Box(0, 4095, (8,), np.int64), length=spaces.Box(0, 8, (1,), np.int64))
    with pytest.raises(ValueError, match="4096 ids and the language model 97"):
        LLMActorCriticPolicy(space, spaces.Discrete(4096), lambda _: 1e-3, make_model)


def test_a_context_longer_than_the_model_reads_is_refused(token_toy, make_model):
    env = token_toy(length=257)
    with pytest.raises(ContextTooSmall, match="context_length=256 or less"):
        LLMActorCriticPolicy(env.observation_space, env.action_space, lambda _: 1e-3, make_model)


@pytest.mark.parametrize(
    "options,message",
    [
        ({"trainable": "all"}, "lora, full, heads; got 'all'"),
        ({"use_sde": True}, "use_sde"),
        ({"lora_rank": 0}, "rank"),
        ({"score_scale": 0.0}, "score_scale"),
    ],
)
def test_bad_options_are_refused(choice_toy, make_model, options, message):
    env = choice_toy()
    with pytest.raises(ValueError, match=message):
        LLMActorCriticPolicy(env.observation_space, env.action_space, lambda _: 1e-3, make_model, **options)


def test_weights_from_a_vector_are_used_at_once(token_toy, make_model):
    policy = make_ppo(token_toy, make_model, trainable="full").policy
    obs = policy.obs_to_tensor({"tokens": np.full((2, 24), 5), "length": np.array([[3], [4]])})[0]
    vector = policy.parameters_to_vector()
    with torch.no_grad():
        policy.load_from_vector(vector)
        before = policy.get_distribution(obs).distribution.logits.clone()
        vector += 0.1
        policy.load_from_vector(vector)
        after = policy.get_distribution(obs).distribution.logits
    assert (before - after).abs().max() > 0.1
