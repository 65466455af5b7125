import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from textgym.llm.adapters import LowRankAdapter  # noqa: E402

IDS = torch.tensor([[5, 17, 3, 60]])
SMALL_GPT2 = transformers.GPT2Config(vocab_size=97, n_embd=16, n_layer=2, n_head=2, n_positions=16)


def test_a_new_adapter_changes_nothing(make_model):
    body = make_model().base_model
    adapter = LowRankAdapter(body, rank=4)
    before = body(IDS).last_hidden_state
    with adapter.attached(body):
        assert torch.equal(body(IDS).last_hidden_state, before)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_trained_layers_are_the_top_ones(make_model, kind):
    model = transformers.GPT2LMHeadModel(SMALL_GPT2) if kind == "gpt2" else make_model()
    stack = {"llama": "layers", "gpt2": "h"}[kind]
    everywhere, top = (LowRankAdapter(model.base_model, rank=2, trained_layers=k) for k in (None, 1))
    assert top._layers == [name for name in everywhere._layers if name.startswith(f"{stack}.1.")]
    assert len(top._layers) == len(everywhere._layers) / 2 > 0
    assert (everywhere.frozen_layers, top.frozen_layers) == (0, 1)


@pytest.mark.parametrize("trained_layers", [-1, 0, 3])
def test_a_number_of_layers_that_there_is_not_is_refused(make_model, trained_layers):
    with pytest.raises(ValueError, match=f"from 1 to 2, the layers of LlamaModel.*got {trained_layers}"):
        LowRankAdapter(make_model().base_model, rank=2, trained_layers=trained_layers)


def test_the_update_is_two_times_up_times_down(make_model):
    body = make_model().base_model
    adapter = LowRankAdapter(body, rank=4)
    merged = make_model().base_model
    with torch.no_grad():
        for name, down, up in zip(adapter._layers, adapter.down, adapter.up, strict=True):
            up.normal_(0, 0.1)
            merged.get_submodule(name).weight += 2 * up @ down
    with adapter.attached(body):
        adapted = body(IDS).last_hidden_state
    torch.testing.assert_close(adapted, merged(IDS).last_hidden_state, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(adapted, body(IDS).last_hidden_state, atol=1e-2)


def test_the_body_is_itself_again_after_an_error(make_model):
    body = make_model().base_model
    adapter = LowRankAdapter(body, rank=1)
    before = body(IDS).last_hidden_state
    torch.nn.init.ones_(adapter.up[0])
    with pytest.raises(KeyError), adapter.attached(body):
        raise KeyError
    assert torch.equal(body(IDS).last_hidden_state, before)


def test_every_linear_layer_of_the_blocks_is_adapted(make_model):
    body = make_model().base_model
    # per block: 4 attention projections and 3 of the gated feed-forward layer
    assert len(LowRankAdapter(body, rank=1).down) == 2 * 7


def test_gpt2_layers_are_adapted_too():
    config = transformers.GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, n_positions=32)
    body = transformers.GPT2LMHeadModel(config).base_model.eval()
    adapter = LowRankAdapter(body, rank=2)
    before = body(torch.tensor([[1, 2, 3]])).last_hidden_state
    torch.nn.init.ones_(adapter.up[0])
    with adapter.attached(body):
        assert not torch.allclose(body(torch.tensor([[1, 2, 3]])).last_hidden_state, before)


def test_a_rank_below_one_is_refused(make_model):
    with pytest.raises(ValueError, match="at least 1, got 0"):
        LowRankAdapter(make_model().base_model, rank=0)
