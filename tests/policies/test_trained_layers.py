"""Updates that train the top layers alone, with what the frozen ones make of a rollout kept."""

import copy
import pickle

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.buffers import DictRolloutBuffer  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.llm.length_groups import length_groups  # noqa: E402
from textgym.policies import LLMActorCriticPolicy, PackedRolloutBuffer, RecomputeCallback  # noqa: E402

ENVS, STEPS, EPOCHS = 4, 24, 3


class Uncached(LLMActorCriticPolicy):
    """All layers read every conversation in every epoch."""

    _trunk = None


class Reencoding(Uncached):
    """Every observation goes through all layers as a whole."""

    def _read(self, obs, caller):
        return self.heads.read(self.backbone, obs)


def make(
    env, make_model, policy=LLMActorCriticPolicy, *, batch_size=32, dtype="float32", n_steps=STEPS, **options
):
    options = {"n_epochs": EPOCHS, "rollout_buffer_class": PackedRolloutBuffer, **options}
    return PPO(
        policy,
        DummyVecEnv([env] * ENVS),
        n_steps=n_steps,
        batch_size=batch_size,
        learning_rate=3e-3,
        seed=0,
        device="cpu",
        **options,
        policy_kwargs={
            "language_model": make_model,
            "trained_layers": 1,
            "device": "cpu",
            "dtype": dtype,
        },
    )


def collect(model, callback=None):
    _, callback = model._setup_learn(10**6, callback, reset_num_timesteps=not model.num_timesteps)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)


def test_training_equals_that_without_what_is_kept(token_toy, make_model):
    # One after the other: both are shuffled by the generator that building a model seeds.
    kept = make(token_toy, make_model).learn(3 * ENVS * STEPS)
    uncached = make(token_toy, make_model, Uncached).learn(3 * ENVS * STEPS)
    np.testing.assert_array_equal(kept.rollout_buffer.actions, uncached.rollout_buffer.actions)
    moved = 0.0
    new = make(token_toy, make_model).policy.parameters()
    for found, expected, first in zip(
        kept.policy.parameters(), uncached.policy.parameters(), new, strict=True
    ):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-3)
        moved = max(moved, float((found - first).detach().abs().max()))
    assert moved > 1e-2


def test_the_first_ratio_is_one(token_toy, make_model):
    model = make(token_toy, make_model, batch_size=ENVS * STEPS)
    model.n_epochs = 1
    for _ in range(2):  # the second rollout comes from changed weights
        model.learn(ENVS * STEPS, reset_num_timesteps=False)
        assert dict(model.logger.name_to_value)["train/approx_kl"] < 1e-6
        assert dict(model.logger.name_to_value)["train/clip_fraction"] == 0


def test_bfloat16_begins_with_ratio_one_after_recomputing(token_toy, make_model):
    model = make(token_toy, make_model, dtype="bfloat16")
    collect(model, RecomputeCallback())
    first = next(model.rollout_buffer.get(32))
    values, log_prob, _ = model.policy.evaluate_actions(first.observations, first.actions)
    assert log_prob.requires_grad
    assert torch.equal(log_prob, first.old_log_prob)
    assert torch.equal(values[:, 0], first.old_values)


def test_an_update_passes_frozen_layers_once_and_trained_ones_in_every_epoch(token_toy, make_model, request):
    model = make(token_toy, make_model, batch_size=ENVS * STEPS)
    seen = [0, 0]
    for i, layer in enumerate(model.policy.backbone.model.model.layers):

        def count(_layer, args, i=i):
            seen[i] += args[0].shape[0] * args[0].shape[1]

        request.addfinalizer(layer.register_forward_pre_hook(count).remove)  # the model is shared
    assert model.policy.max_update_tokens > 10**4  # measured now, so that it is not counted
    for _ in range(2):
        collect(model)
        conversations = {segment.tokens.tobytes() for segment in model.rollout_buffer.segments}
        assert len(conversations) == len(model.rollout_buffer.segments)
        lengths = [len(s.tokens) for s in model.rollout_buffer.segments]
        one_pass = sum(len(group) * max(lengths[i] for i in group) for group in length_groups(lengths))
        seen[:] = [0, 0]
        model.train()
        assert seen == [one_pass, EPOCHS * one_pass]


def test_ten_epochs_take_few_passes_of_the_frozen_layers_more_than_the_rollout(
    token_toy, make_model, request
):
    """64 steps and 10 epochs: 705 passes in stock PPO; here 65 of the rollout, and each conversation once."""

    class Aligned(token_toy):
        def reset(self, **kwargs):
            _, info = super().reset(**kwargs)
            self.ids = self.ids[:2]
            return self._observe(), info

        def step(self, action):
            return super().step(action if action != 2 else 3)

    counted = {}
    candidates = ((Reencoding, DictRolloutBuffer, ENVS), (LLMActorCriticPolicy, PackedRolloutBuffer, 64))
    for policy, buffer, batch_size in candidates:
        model = make(
            Aligned,
            make_model,
            policy,
            n_steps=64,
            batch_size=batch_size,
            n_epochs=10,
            rollout_buffer_class=buffer,
        )
        assert model.policy.max_update_tokens > 10**4
        passes = []
        layer = model.policy.backbone.model.model.layers[0]
        hook = layer.register_forward_pre_hook(lambda *_, passes=passes: passes.append(1))
        request.addfinalizer(hook.remove)
        collect(model)
        model.train()
        hook.remove()
        counted[policy] = len(passes)
    assert counted[Reencoding] == 65 + 10 * 64
    assert 65 < counted[LLMActorCriticPolicy] <= 65 + 8  # four minibatches of two lengths


def test_a_new_rollout_drops_what_the_last_one_left(token_toy, make_model):
    model = make(token_toy, make_model)
    model.learn(ENVS * STEPS)
    tokens = sum(len(segment.tokens) for segment in model.rollout_buffer.segments)
    assert model.policy._trunk.memory_bytes == tokens * 32 * 4
    collect(model)
    assert model.policy._trunk.memory_bytes == 0


def test_the_setting_and_the_adapter_come_back_from_a_zip(token_toy, make_model, tmp_path):
    model = make(token_toy, make_model).learn(ENVS * STEPS)
    model.save(tmp_path / "model.zip")
    model.policy.save(tmp_path / "policy.pt")
    obs = model.policy.obs_to_tensor(model.env.reset())[0]
    wanted = model.policy.get_distribution(obs).distribution.logits
    loaded = PPO.load(tmp_path / "model.zip", device="cpu").policy
    for policy in (loaded, LLMActorCriticPolicy.load(tmp_path / "policy.pt", device="cpu")):
        assert policy.backbone.frozen_layers == 1
        assert torch.equal(policy.get_distribution(obs).distribution.logits, wanted)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda policy: pickle.loads(pickle.dumps(policy))])
def test_a_copied_policy_keeps_nothing_and_trains(token_toy, make_model, again):
    model = make(token_toy, make_model).learn(ENVS * STEPS)
    (samples,) = model.rollout_buffer.get(None)
    copied = again(model.policy)
    assert "_trunk" not in vars(copied)
    found, expected = (
        p.evaluate_actions(samples.observations, samples.actions)[1] for p in (copied, model.policy)
    )
    torch.testing.assert_close(found, expected)
    found.sum().backward()
    assert all(up.grad.any() for up in copied.backbone.adapter.up)


@pytest.mark.parametrize("options", [{"trained_layers": 0}, {"trained_layers": 3}])
def test_a_number_of_layers_that_there_is_not_is_refused(token_toy, make_model, options):
    env = token_toy()
    with pytest.raises(ValueError, match="trained_layers must be from 1 to 2"):
        LLMActorCriticPolicy(env.observation_space, env.action_space, lambda _: 1e-3, make_model, **options)
