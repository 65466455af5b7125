"""What a rollout and an update on the packed buffer cost: tokens through the model, and memory."""

import json

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402
from torch.profiler import ProfilerActivity, profile  # noqa: E402

from textgym.policies import LLMActorCriticPolicy, PackedRolloutBuffer  # noqa: E402

END = 2


@pytest.fixture
def env(token_toy):
    """Makes environments: random prompts of 8 tokens, replies of a geometric length of at most `turn`."""

    class Replies(token_toy):
        def __init__(self, turn, end_rate):
            super().__init__(length=turn + 16)
            self.turn, self.end_rate = turn, end_rate

        def reset(self, **kwargs):
            _, info = super().reset(**kwargs)
            self.ids = self.np_random.integers(3, 97, 8).tolist()
            ends = self.np_random.geometric(self.end_rate) if self.end_rate else self.turn
            self.left = min(int(ends), self.turn)
            return self._observe(), info

        def step(self, action):
            return super().step(action if action != END else 3)

    return lambda turn, end_rate=0.0: lambda: Replies(turn, end_rate)


def make(make_model, maker, rows, steps, *, batch_size=None, memory_mb=4096):
    model = PPO(
        LLMActorCriticPolicy,
        DummyVecEnv([maker] * rows),
        n_steps=steps,
        batch_size=batch_size or rows * steps,
        n_epochs=2,
        seed=0,
        device="cpu",
        rollout_buffer_class=PackedRolloutBuffer,
        policy_kwargs={
            "language_model": make_model,
            "device": "cpu",
            "trainable": "full",
            "activation_memory_mb": memory_mb,
        },
    )
    assert model.policy.max_update_tokens > 0  # measured now, on conversations that are not counted
    _, model.the_callback = model._setup_learn(10**9)
    return model


def collect(model):
    model.collect_rollouts(model.env, model.the_callback, model.rollout_buffer, model.n_steps)


class Counter:
    """Tokens that go through a model, padding counted."""

    def __init__(self, model):
        self.tokens = 0
        model.policy.backbone.model.get_input_embeddings().register_forward_pre_hook(self._count)

    def _count(self, _module, args):
        self.tokens += args[0].numel()

    def take(self):
        taken, self.tokens = self.tokens, 0
        return taken


def test_equal_lengths_cost_each_token_once(make_model, env):
    model = make(make_model, env(6), 4, 18)
    counter = Counter(model)
    for _ in range(2):
        collect(model)
        episodes, prompt, length = 3, 8, 6
        tokens = 4 * episodes * (prompt + length - 1)
        # The prompts that stand in the last observations are not read: their values do not count.
        assert counter.take() == tokens
        model.train()
        assert counter.take() == model.n_epochs * tokens


@pytest.mark.parametrize("rows, steps, batch_size", [(8, 64, 512), (16, 128, 256), (16, 128, 2048)])
def test_ragged_lengths_cost_a_quarter_more_at_most(make_model, env, rows, steps, batch_size):
    model = make(make_model, env(48, 1 / 16), rows, steps, batch_size=batch_size)
    counter = Counter(model)
    collect(model)
    model.train()
    before = model._last_obs["length"].sum()
    counter.take()
    collect(model)
    segments = model.rollout_buffer.segments
    tokens = sum(len(segment.tokens) for segment in segments)
    # What the rollout began with is encoded anew, since the weights have changed; it is part of its segments.
    ending = model._last_obs["length"].sum()
    assert before > rows * 8  # some environments were in the middle of an episode
    assert counter.take() <= 1.05 * (tokens + ending)
    model.train()
    assert counter.take() <= 1.25 * model.n_epochs * tokens


@pytest.mark.parametrize("rows, turn", [(16, 32), (64, 32), (16, 128), (16, 224)])
def test_memory_of_an_update_does_not_grow_with_the_rollout(make_model, env, tmp_path, rows, turn):
    model = make(make_model, env(turn), rows, turn, memory_mb=2)
    collect(model)
    model.train()  # makes what stays: gradients, and the state of the optimizer
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as measured:
        model.train()
    trace = tmp_path / "trace.json"
    measured.export_chrome_trace(str(trace))
    events = json.loads(trace.read_text())["traceEvents"]
    steps = [event["args"]["Bytes"] for event in events if event.get("name") == "[memory]"]
    peak = np.cumsum(steps).max()
    whole = rows * (turn + 8) * 5000  # a token of this model keeps about 5,000 bytes
    assert whole > 2 * 2**20
    assert 2**19 < peak < 2 * 2**20


@pytest.mark.parametrize("end_rate", [0.0, 0.1])
@pytest.mark.parametrize("steps", [50, 100])
def test_memory_of_the_buffer_per_step_and_token(make_model, env, steps, end_rate):
    model = make(make_model, env(24, end_rate), 4, steps)
    collect(model)
    buffer = model.rollout_buffer
    tokens = sum(len(segment.tokens) for segment in buffer.segments)
    assert sum(map(len, buffer.segments)) == steps * 4
    assert 4 * tokens < buffer.memory_bytes <= 48 * steps * 4 + 12 * tokens


def test_values_and_log_probabilities_leave_the_device_once_in_a_rollout(make_model, env, monkeypatch):
    model = make(make_model, env(6), 4, 12)
    collect(model)
    buffer, held = model.rollout_buffer, model._last_obs
    expected = torch.arange(2.0 * 12 * 4).reshape(2, 12, 4)
    buffer.reset()
    copies, cpu = [], torch.Tensor.cpu
    monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor: copies.append(tensor.shape) or cpu(tensor))
    for step in range(12):
        value, log_prob = expected[0, step, :, None], expected[1, step]
        buffer.add(held, np.zeros(4), np.zeros(4), np.ones(4), value, log_prob)
    assert copies == [(2, 12, 4)]
    np.testing.assert_array_equal(buffer.values, expected[0])
    np.testing.assert_array_equal(buffer.log_probs, expected[1])
