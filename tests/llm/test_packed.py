import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from textgym.llm import packed as packed_module  # noqa: E402
from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.llm.packed import (  # noqa: E402
    PackedTokens,
    activation_bytes_per_token,
    log_prob_and_entropy_at,
    packed_read,
)
from textgym.llm.sampling import log_prob_and_entropy  # noqa: E402

LENGTHS = (7, 30, 12, 29, 3)
PLENTY = 10**6


def conversations():
    """Ragged conversations; actions were taken at the last half of each."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.zeros(len(LENGTHS), max(LENGTHS), dtype=torch.long)
    row, column = [], []
    for i, length in enumerate(LENGTHS):
        ids[i, :length] = torch.randint(3, 97, (length,), generator=generator)
        for position in range(length // 2, length):
            row.append(i)
            column.append(position)
    return PackedTokens(ids, torch.tensor(row), torch.tensor(column))


def hidden_states(hidden, _own):
    return (hidden,)


def loss(backbone, packed, actions, max_tokens):
    def read(hidden, own):
        return log_prob_and_entropy_at(backbone, hidden, actions[own], vocabulary=90, total=len(actions))

    log_prob, entropy = packed_read(backbone, packed, read, max_tokens=max_tokens)
    weights = torch.arange(len(actions)) / 10
    return (weights * log_prob + 0.3 * weights.flip(0) * entropy).sum()


def gradients(backbone, *args):
    backbone.zero_grad()
    loss(backbone, *args).backward()
    return torch.cat([p.grad.flatten() for p in backbone.parameters()])


def test_equals_one_pass_for_each_action(make_model):
    backbone, packed = Backbone(make_model, device="cpu"), conversations()
    (hidden,) = packed_read(backbone, packed, hidden_states, max_tokens=PLENTY)
    for i, (row, column) in enumerate(zip(packed.row, packed.column, strict=True)):
        prefix = packed.ids[row : row + 1, : column + 1]
        torch.testing.assert_close(hidden[i], backbone.hidden(prefix)[0, -1], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("trainable", ["lora", "full"])
def test_a_small_budget_gives_the_same_gradient(make_model, trainable):
    backbone, packed = Backbone(make_model, trainable, device="cpu"), conversations()
    if backbone.adapter is not None:
        for up in backbone.adapter.up:
            torch.nn.init.normal_(up, std=0.3)
    actions = torch.arange(len(packed.row)) % 90
    whole = gradients(backbone, packed, actions, PLENTY)
    for budget in (1, 31, 60):
        parts = gradients(backbone, packed, actions, budget)
        assert (parts - whole).abs().max() < 1e-5 * whole.abs().max()


def test_a_small_budget_bounds_what_is_kept(make_model):
    backbone = Backbone(make_model, "full", device="cpu")
    per_token = activation_bytes_per_token(backbone, 32)

    def kept(rows, budget):
        ids = torch.randint(3, 97, (rows, 32), generator=torch.Generator().manual_seed(1))
        row = torch.arange(rows).repeat_interleave(2)
        packed = PackedTokens(ids, row, torch.tensor([15, 31]).repeat(rows))
        weights = {p.untyped_storage().data_ptr() for p in backbone.parameters()}
        held = {}

        def hold(tensor):
            if tensor.untyped_storage().data_ptr() not in weights:
                held[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(hold, lambda tensor: tensor):
            packed_read(backbone, packed, hidden_states, max_tokens=budget)
        return sum(tensor.untyped_storage().nbytes() for tensor in held.values())

    assert 0.7 < kept(16, PLENTY) / (16 * 32 * per_token) < 1.3
    # In parts, what stays between them is the hidden states and ids: far less than the activations of one part.
    assert kept(64, 128) < 128 * per_token


def test_large_vocabularies_give_the_same_numbers_in_parts(make_model, monkeypatch):
    backbone, packed = Backbone(make_model, "full", device="cpu"), conversations()
    actions = torch.arange(len(packed.row)) % 90
    whole = gradients(backbone, packed, actions, PLENTY)
    monkeypatch.setattr(packed_module, "_MAX_LOGITS", 5 * 97)
    parts = gradients(backbone, packed, actions, PLENTY)
    assert (parts - whole).abs().max() < 1e-5 * whole.abs().max()


def test_only_action_positions_reach_the_head_and_nothing_is_encoded_twice(make_model, monkeypatch):
    backbone, packed = Backbone(make_model, "full", device="cpu"), conversations()
    tokens, rows = [], []
    backbone.model.get_input_embeddings().register_forward_pre_hook(lambda _, a: tokens.append(a[0].numel()))

    def counted(logits, taken):
        rows.append(len(logits))
        return log_prob_and_entropy(logits, taken)

    monkeypatch.setattr(packed_module, "log_prob_and_entropy", counted)
    loss(backbone, packed, torch.zeros(len(packed.row), dtype=torch.long), PLENTY)
    assert sum(rows) == len(packed.row)
    assert sum(tokens) <= max(LENGTHS) * len(LENGTHS)


def test_ids_beyond_the_vocabulary_get_no_probability(make_model):
    backbone = Backbone(make_model, device="cpu")
    hidden = torch.randn(4, backbone.hidden_size)
    log_probs = [
        log_prob_and_entropy_at(backbone, hidden, torch.full((4,), a), vocabulary=50, total=4)[0]
        for a in range(50)
    ]
    torch.testing.assert_close(torch.stack(log_probs).exp().sum(0), torch.ones(4))


def test_a_frozen_model_has_a_bound_too(make_model):
    # What one layer of size 32 computes with at a time.
    assert activation_bytes_per_token(Backbone(make_model, "head", device="cpu"), 100) == 12 * 32 * 4
