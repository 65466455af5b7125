import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

VOCABULARY, END = 97, 2


class TokenToy(gym.Env):
    """Token view in miniature: a random prompt, at most 6 tokens, reward 1 for each even token."""

    def __init__(self, length=24):
        self.observation_space = spaces.Dict(
            tokens=spaces.Box(0, VOCABULARY - 1, (length,), np.int64),
            length=spaces.Box(0, length, (1,), np.int64),
        )
        self.action_space = spaces.Discrete(VOCABULARY)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.ids = self.np_random.integers(3, VOCABULARY, self.np_random.integers(2, 12)).tolist()
        self.left = 6
        return self._observe(), {}

    def step(self, action):
        self.ids.append(int(action))
        self.left -= 1
        over = action == END or self.left == 0
        info = {"metrics": {"written": float(6 - self.left)}} if over else {}
        return self._observe(), float(action % 2 == 0), over, False, info

    def _observe(self):
        space = self.observation_space["tokens"]
        tokens = np.zeros(space.shape, np.int64)
        tokens[: len(self.ids)] = self.ids
        return {"tokens": tokens, "length": np.array([len(self.ids)])}


class ChoiceToy(gym.Env):
    """Choice view in miniature: one to four candidates; the last present one is right."""

    def __init__(self, candidates=4, length=12):
        rows = candidates + 1
        self.observation_space = spaces.Dict(
            tokens=spaces.Box(0, VOCABULARY - 1, (rows, length), np.int64),
            length=spaces.Box(0, length, (rows,), np.int64),
        )
        self.action_space = spaces.Discrete(candidates)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.present = int(self.np_random.integers(1, self.action_space.n + 1))
        return self._observe(self.present), {}

    def step(self, action):
        reward = float(action == self.present - 1)
        return self._observe(0), reward, True, False, {"metrics": {"right": reward}}

    def _observe(self, present):
        shape = self.observation_space["tokens"].shape
        tokens, length = np.zeros(shape, np.int64), np.zeros(shape[0], np.int64)
        for row in range(present + 1):
            size = int(self.np_random.integers(1, 8))
            tokens[row, :size] = [*self.np_random.integers(3, VOCABULARY, size - 1), END]
            length[row] = size
        return {"tokens": tokens, "length": length}


@pytest.fixture
def token_toy():
    return TokenToy


@pytest.fixture
def choice_toy():
    return ChoiceToy


@pytest.fixture(params=["token", "choice"])
def toy(request):
    return TokenToy if request.param == "token" else ChoiceToy


@pytest.fixture(scope="session")
def make_model():
    """A factory of one small random Llama, equal at every call."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return small_llama


def small_llama():
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        initializer_range=0.3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(config)
