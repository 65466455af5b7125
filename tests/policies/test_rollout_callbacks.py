import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.errors import UnsupportedSpace  # noqa: E402
from textgym.policies import (  # noqa: E402
    LLMActorCriticPolicy,
    PackedRolloutBuffer,
    RecomputeCallback,
    ReferenceKLCallback,
    TruncationCallback,
)

ENVS, STEPS = 4, 20


def make(env, make_model, *, batch_size=ENVS * STEPS, envs=ENVS, **policy_kwargs):
    return PPO(
        LLMActorCriticPolicy,
        DummyVecEnv([env] * envs),
        n_steps=STEPS,
        batch_size=batch_size,
        n_epochs=1,
        learning_rate=1e-2,
        gamma=1.0,
        gae_lambda=0.9,
        seed=0,
        device="cpu",
        rollout_buffer_class=PackedRolloutBuffer,
        policy_kwargs={"language_model": make_model, "device": "cpu", **policy_kwargs},
    )


def collect(model, callback=None):
    """One rollout without the update that follows it."""
    _, callback = model._setup_learn(10**6, callback, reset_num_timesteps=not model.num_timesteps)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, STEPS)
    return model.rollout_buffer


def all_truncated(toy):
    """Every episode is cut off after six tokens."""

    class Truncated(toy):
        def step(self, action):
            obs, reward, over, _, info = super().step(3 if action == 2 else action)
            return obs, reward, False, over, info

    return Truncated


class Capture(BaseCallback):
    """Copies of what the buffer held at the end of a rollout."""

    def _on_step(self):
        return True

    def _on_rollout_end(self):
        names = ("rewards", "advantages", "log_probs", "values")
        self.held = {name: getattr(self.model.rollout_buffer, name).copy() for name in names}


@pytest.mark.parametrize("trainable", ["lora", "full", "heads"])
def test_the_penalty_is_beta_times_the_log_ratio_to_the_language_model(token_toy, make_model, trainable):
    model = make(token_toy, make_model, trainable=trainable)
    model.learn(3 * ENVS * STEPS)  # away from the reference
    before, lm = Capture(), make_model().requires_grad_(False)
    buffer = collect(model, [before, ReferenceKLCallback(0.5)])
    for segment in buffer.segments:
        log_probs = lm(torch.tensor(segment.tokens[None].astype(np.int64))).logits[0].log_softmax(-1)
        for step in range(segment.start, segment.stop):
            where = step, segment.env
            reference = float(log_probs[buffer.columns[where], buffer.actions[where]])
            expected = before.held["rewards"][where] - 0.5 * (buffer.log_probs[where] - reference)
            assert buffer.rewards[where] == pytest.approx(expected, abs=1e-4)
    gap = (before.held["rewards"] - buffer.rewards) / 0.5
    logged = model.logger.name_to_value["rollout/kl_to_reference"]
    assert logged == pytest.approx((np.exp(-gap) - 1 + gap).mean(), rel=1e-3)
    assert logged > 1e-3


def test_advantages_follow_the_penalised_rewards(token_toy, make_model):
    model = make(token_toy, make_model, trainable="full")
    model.learn(3 * ENVS * STEPS)
    before = Capture()
    buffer = collect(model, [before, ReferenceKLCallback(0.5)])
    # Without values and within one episode, the advantage of its first step sums the penalties of the rest.
    change = (buffer.advantages - before.held["advantages"]) - (buffer.rewards - before.held["rewards"])
    last = np.append(buffer.episode_starts[1:], np.ones((1, ENVS)), 0).astype(bool)
    np.testing.assert_allclose(change[last], 0, atol=1e-5)
    assert np.abs(change[~last]).max() > 1e-3


@pytest.mark.parametrize("trainable", ["lora", "full", "heads"])
def test_the_untrained_policy_pays_nothing(token_toy, make_model, trainable):
    model = make(token_toy, make_model, trainable=trainable)
    before = Capture()
    buffer = collect(model, [before, ReferenceKLCallback(1.0)])
    np.testing.assert_allclose(buffer.rewards, before.held["rewards"], atol=1e-4)


@pytest.mark.parametrize("target, factor", [(1e-6, 1.02), (100.0, 0.98), (None, 1.0)])
def test_an_adaptive_penalty_follows_its_target(token_toy, make_model, target, factor):
    model = make(token_toy, make_model)
    model.learn(ENVS * STEPS)
    callback = ReferenceKLCallback(0.5, target=target)
    collect(model, callback)
    assert callback.beta == pytest.approx(0.5 * factor)


def test_truncated_episodes_are_valued_in_one_pass(token_toy, make_model):
    env = all_truncated(token_toy)
    plain, batched = make(env, make_model, envs=8), make(env, make_model, envs=8)
    calls = {}
    for model, callback in ((plain, None), (batched, TruncationCallback())):
        torch.nn.init.normal_(model.policy.heads.value.weight, generator=torch.Generator().manual_seed(1))
        calls[model] = []
        hook = model.policy.backbone.model.get_input_embeddings().register_forward_pre_hook(
            lambda _, args, own=calls[model]: own.append(args[0].numel())
        )
        collect(model, callback)
        hook.remove()
    np.testing.assert_allclose(plain.rollout_buffer.rewards, batched.rollout_buffer.rewards, atol=1e-4)
    assert np.abs(batched.rollout_buffer.rewards - np.round(batched.rollout_buffer.rewards)).max() > 0.1
    # Eight environments are cut off together in steps 6, 12 and 18.
    assert len(calls[plain]) - len(calls[batched]) >= 3 * 7


def test_bfloat16_begins_with_ratio_one(token_toy, make_model):
    model = make(token_toy, make_model, batch_size=40, dtype="bfloat16", trainable="lora")
    before = Capture()
    collect(model, [before, RecomputeCallback()])
    assert np.abs(before.held["log_probs"] - model.rollout_buffer.log_probs).max() > 1e-3
    first = next(model.rollout_buffer.get(40))
    with torch.enable_grad():
        values, log_prob, _ = model.policy.evaluate_actions(first.observations, first.actions)
    gap = log_prob - first.old_log_prob
    gap = gap.detach()
    assert float(((gap.exp() - 1) - gap).mean()) < 1e-6
    assert float(gap.abs().max()) < 1e-6
    torch.testing.assert_close(values[:, 0], first.old_values)


def test_the_log_of_a_bfloat16_update_in_one_minibatch_has_no_divergence(token_toy, make_model):
    model = make(token_toy, make_model, dtype="bfloat16", trainable="lora")
    model.learn(ENVS * STEPS, callback=RecomputeCallback())
    assert dict(model.logger.name_to_value)["train/approx_kl"] < 1e-6
    assert dict(model.logger.name_to_value)["train/clip_fraction"] == 0


def test_another_buffer_is_refused(token_toy, make_model):
    model = PPO(
        LLMActorCriticPolicy,
        DummyVecEnv([token_toy] * 2),
        n_steps=8,
        batch_size=16,
        policy_kwargs={"language_model": make_model, "device": "cpu"},
    )
    with pytest.raises(UnsupportedSpace, match="PackedRolloutBuffer"):
        model.learn(16, callback=ReferenceKLCallback(0.1))


@pytest.mark.parametrize(
    "options", [{"beta": -1.0}, {"beta": 0.0, "target": 1.0}, {"beta": 0.1, "target": 0}]
)
def test_impossible_penalties_are_refused(options):
    with pytest.raises(ValueError, match="beta"):
        ReferenceKLCallback(options.pop("beta"), **options)
