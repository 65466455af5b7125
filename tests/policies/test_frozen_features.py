from contextlib import nullcontext

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from textgym.policies import LLMFeaturesExtractor  # noqa: E402
from textgym.policies.frozen_features import FrozenFeatures  # noqa: E402


def observations(rows, length=24):
    tokens = np.zeros((len(rows), length), np.int64)
    for i, row in enumerate(rows):
        tokens[i, : len(row)] = row
    return {"tokens": tokens, "length": np.array([[len(row)] for row in rows])}


def make_windowed():
    """A model whose layers see the last four tokens only, which keys and values of all tokens do not describe."""
    from transformers import MistralConfig, MistralForCausalLM

    config = MistralConfig(
        vocab_size=97,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=4,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MistralForCausalLM(config)


@pytest.mark.parametrize("windowed", [False, True])
def test_features_are_the_extractors_whatever_the_batch_is_next(token_toy, make_model, windowed):
    language_model = make_windowed if windowed else make_model
    extractor = LLMFeaturesExtractor(token_toy().observation_space, language_model, device="cpu")
    with pytest.warns(match="reads whole conversations") if windowed else nullcontext():
        features = FrozenFeatures(extractor)
    rng = np.random.default_rng(0)
    rows = [[5, 6, 7], [8, 9]]
    for step in range(20):
        rows = [[*row, int(rng.integers(3, 97))] for row in rows]
        if step == 7:
            rows.append([11, 12, 13])
        if step == 13:
            rows = rows[1:]
        batch = observations(rows)
        expected = extractor({name: torch.as_tensor(values) for name, values in batch.items()})
        found = features(batch)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected.detach(), atol=1e-5, rtol=1e-5)


def test_features_are_not_overwritten_by_later_calls(token_toy, make_model):
    extractor = LLMFeaturesExtractor(token_toy().observation_space, make_model, device="cpu")
    features = FrozenFeatures(extractor)
    first = features(observations([[5, 6], [7, 8]]))
    held = first.copy()
    features(observations([[5, 6, 9], [7, 8, 9]]))
    np.testing.assert_array_equal(first, held)
