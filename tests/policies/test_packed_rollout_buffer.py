"""The packed buffer and the remembered keys and values, against plain PPO that encodes each prefix anew."""

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from gymnasium.spaces import Box, Discrete  # noqa: E402
from stable_baselines3 import A2C, PPO  # noqa: E402
from stable_baselines3.common.buffers import DictRolloutBuffer  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402

from textgym.errors import UnsupportedSpace  # noqa: E402
from textgym.policies import LLMActorCriticPolicy, PackedRolloutBuffer  # noqa: E402

ENVS = 4


class NaivePolicy(LLMActorCriticPolicy):
    """Encodes the whole prefix at every step."""

    def _read(self, obs, caller):
        return self.heads.read(self.backbone, obs)


def multi_turn(toy):
    """After each end-of-turn id, or third token, the environment answers with ids of its own; three turns."""

    class MultiTurn(toy):
        def reset(self, **kwargs):
            self.turns = 0
            return super().reset(**kwargs)

        def step(self, action):
            _, reward, over, truncated, info = super().step(action)
            if over and self.turns < 2:
                self.turns += 1
                self.left = 3
                self.ids += self.np_random.integers(3, 97, 2 + self.turns).tolist()
                over = False
            return self._observe(), reward, over, truncated, info

    return lambda: MultiTurn(length=40)


def truncated(toy):
    """Ends by truncation after six tokens."""

    class Truncated(toy):
        def step(self, action):
            obs, reward, over, _, info = super().step(action)
            return obs, reward, over and action == 2, over and action != 2, info

    return Truncated


def rewriting(toy):
    """Each third step replaces the first token."""

    class Rewriting(toy):
        def step(self, action):
            if self.left % 3 == 0:
                self.ids[0] = int(self.np_random.integers(3, 97))
            return super().step(action)

    return Rewriting


CASES = {"ragged": lambda toy: toy, "multi-turn": multi_turn, "truncated": truncated, "rewriting": rewriting}


def make(policy, buffer, env, make_model, *, algorithm=PPO, n_steps=21, learning_rate=3e-4, **options):
    if algorithm is PPO:
        options = {"batch_size": n_steps * ENVS, "n_epochs": 2, **options}
    model = algorithm(
        policy,
        DummyVecEnv([env] * ENVS),
        n_steps=n_steps,
        learning_rate=learning_rate,
        gamma=0.97,
        gae_lambda=0.9,
        seed=0,
        device="cpu",
        rollout_buffer_class=buffer,
        policy_kwargs={"language_model": make_model, "device": "cpu", "trainable": "full"},
        **options,
    )
    torch.nn.init.normal_(model.policy.heads.value.weight, std=0.1)
    return model


def pair(env, make_model, **options):
    return (
        make(NaivePolicy, DictRolloutBuffer, env, make_model, **options),
        make(LLMActorCriticPolicy, PackedRolloutBuffer, env, make_model, **options),
    )


def collect(model, n_steps=21):
    _, callback = model._setup_learn(10**6, None, reset_num_timesteps=not model.num_timesteps)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, n_steps)


def gradient(model):
    """The gradient of a loss with all parts of PPO's, over the whole rollout."""
    (samples,) = model.rollout_buffer.get(None)
    actions = samples.actions.long().flatten()
    values, log_prob, entropy = model.policy.evaluate_actions(samples.observations, actions)
    model.policy.zero_grad()
    value_loss = (values.flatten() - samples.returns).pow(2).mean()
    (-(samples.advantages * log_prob).mean() + 0.5 * value_loss - 0.1 * entropy.mean()).backward()
    return torch.cat([p.grad.flatten() for p in model.policy.parameters()])


def steps_of(buffer, name):
    """An array of the buffer as (steps, environments)."""
    array = getattr(buffer, name)
    return array if array.shape[0] == buffer.buffer_size else array.reshape(ENVS, -1).T


@pytest.mark.parametrize("case", CASES)
def test_equals_plain_ppo_over_several_updates(token_toy, make_model, case):
    naive, packed = pair(CASES[case](token_toy), make_model)
    for _ in range(3):
        for model in (naive, packed):
            collect(model)
        a, b = naive.rollout_buffer, packed.rollout_buffer
        np.testing.assert_array_equal(a.actions[..., 0], b.actions)
        for name in ("log_probs", "values", "advantages", "returns"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-5)
        expected, found = gradient(naive), gradient(packed)
        assert (expected - found).abs().max() < 1e-5 * expected.abs().max()
        for model in (naive, packed):
            model.train()
    for expected, found in zip(naive.policy.parameters(), packed.policy.parameters(), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-3)


def test_the_learning_curve_is_that_of_plain_ppo(token_toy, make_model):
    naive, packed = pair(token_toy, make_model)
    rewards = {naive: [], packed: []}
    for _ in range(10):
        for model in (naive, packed):
            model.learn(21 * ENVS, reset_num_timesteps=False)
            rewards[model].append(steps_of(model.rollout_buffer, "rewards").sum())
    assert rewards[naive] == rewards[packed]


def test_a2c_with_short_rollouts_equals_plain_a2c(token_toy, make_model):
    naive, packed = pair(token_toy, make_model, algorithm=A2C, n_steps=5, learning_rate=1e-4)
    for model in (naive, packed):
        model.learn(5 * ENVS * 4)
    for expected, found in zip(naive.policy.parameters(), packed.policy.parameters(), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-3)


def test_the_first_minibatch_has_ratio_one(token_toy, make_model):
    model = make(LLMActorCriticPolicy, PackedRolloutBuffer, token_toy, make_model)
    collect(model)
    for samples in model.rollout_buffer.get(20):
        with torch.no_grad():
            _, log_prob, _ = model.policy.evaluate_actions(samples.observations, samples.actions)
        ratio = (log_prob - samples.old_log_prob).exp()
        torch.testing.assert_close(ratio, torch.ones_like(ratio), atol=1e-5, rtol=0)


def test_minibatches_hold_every_step_once_and_are_even(token_toy, make_model):
    model = make(LLMActorCriticPolicy, PackedRolloutBuffer, token_toy, make_model, n_steps=64)
    collect(model, 64)
    buffer = model.rollout_buffer
    buffer.rewards[:] = np.arange(64 * ENVS).reshape(64, ENVS)
    minibatches = buffer.plan(64)
    steps = [(s.env, t) for segments in minibatches for s in segments for t in range(s.start, s.stop)]
    assert sorted(steps) == [(env, t) for env in range(ENVS) for t in range(64)]
    sizes = [len(samples.actions) for samples in buffer.get(64)]
    assert len(sizes) == 4
    assert min(sizes) > 48


def test_samples_are_the_prefixes_and_actions_that_were_seen(token_toy, make_model):
    model = make(LLMActorCriticPolicy, PackedRolloutBuffer, token_toy, make_model)
    seen = []
    step = model.env.step

    def recorded(actions):
        for obs, length, action in zip(
            model._last_obs["tokens"], model._last_obs["length"][:, 0], actions, strict=True
        ):
            seen.append((*obs[:length].tolist(), "->", int(action)))
        return step(actions)

    model.env.step = recorded
    collect(model)
    (samples,) = model.rollout_buffer.get(None)
    packed = samples.observations
    found = [
        (*packed.ids[row, : column + 1].tolist(), "->", int(action))
        for row, column, action in zip(packed.row, packed.column, samples.actions, strict=True)
    ]
    assert sorted(map(str, found)) == sorted(map(str, seen))


def test_evaluation_in_between_keeps_what_the_rollout_remembers(token_toy, make_model):
    model = make(LLMActorCriticPolicy, PackedRolloutBuffer, token_toy, make_model)
    collect(model)
    counted = []
    embedding = model.policy.backbone.model.get_input_embeddings()
    obs, _ = model.policy.obs_to_tensor(model._last_obs)
    with torch.no_grad():
        model.policy(obs)
        hook = embedding.register_forward_pre_hook(lambda _, args: counted.append(args[0].numel()))
        model.predict({name: rows[:2] for name, rows in model._last_obs.items()})
        assert sum(counted) > 0
        counted.clear()
        model.policy(obs)
    hook.remove()
    assert sum(counted) == 0


def test_the_choice_view_is_refused(choice_toy, make_model):
    with pytest.raises(UnsupportedSpace, match="token view"):
        make(LLMActorCriticPolicy, PackedRolloutBuffer, choice_toy, make_model)


def test_reading_a_half_full_buffer_is_refused(token_toy, make_model):
    model = make(LLMActorCriticPolicy, PackedRolloutBuffer, token_toy, make_model)
    with pytest.raises(ValueError, match="0 of 21 steps"):
        next(model.rollout_buffer.get(8))


def test_late_values_are_those_of_what_was_shown(token_toy, make_model):
    policy = (model := make(LLMActorCriticPolicy, PackedRolloutBuffer, token_toy, make_model)).policy
    collect(model)
    shown = {name: torch.as_tensor(rows.copy()) for name, rows in model._last_obs.items()}
    with torch.no_grad():
        late, expected = policy.predict_values(shown), policy.predict_values(shown).clone()
        shown["tokens"][:], shown["length"][:] = 1, 1
        assert not torch.allclose(policy.predict_values(shown).clone(), expected, atol=1e-3)
        torch.testing.assert_close(late.clone(), expected, atol=1e-4, rtol=1e-4)


def with_49152_ids(toy):
    class Wide(toy):
        def __init__(self):
            super().__init__()
            tokens = self.observation_space["tokens"]
            self.observation_space["tokens"] = Box(0, 49151, tokens.shape, tokens.dtype)
            self.action_space = Discrete(49152)

    return Wide


def of_135m():
    """A random model of SmolLM2-135M's shape."""
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
        initializer_range=576**-0.5,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(config)


@pytest.mark.slow
def test_equals_plain_ppo_on_a_model_of_135m(token_toy):
    naive, packed = pair(with_49152_ids(token_toy), of_135m, n_steps=12)
    for model in (naive, packed):
        collect(model, 12)
    a, b = naive.rollout_buffer, packed.rollout_buffer
    np.testing.assert_array_equal(a.actions[..., 0], b.actions)
    for name in ("log_probs", "values", "advantages", "returns"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-4)
    expected, found = gradient(naive), gradient(packed)
    assert (expected - found).abs().max() < 1e-4 * expected.abs().max()
