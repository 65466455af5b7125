import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.llm.length_groups import length_groups  # noqa: E402
from textgym.llm.packed import PackedTokens, packed_read  # noqa: E402
from textgym.llm.trunk import trunk_of  # noqa: E402

SIZES = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}
PLENTY = 10**6
# The last two begin as the first one does.
LENGTHS = (30, 7, 12, 21, 11)


def llama():
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**SIZES, intermediate_size=64, initializer_range=0.3)
    return transformers.LlamaForCausalLM(config)


def gpt2():
    config = transformers.GPT2Config(vocab_size=97, n_embd=16, n_layer=2, n_head=2, n_positions=64)
    return transformers.GPT2LMHeadModel(config)


class Scaled(transformers.LlamaModel):
    """Multiplies what it is given, as Gemma does; its parts are those of Llama."""

    def forward(self, input_ids=None, inputs_embeds=None, **options):
        given = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        return super().forward(inputs_embeds=2 * given, **options)


def scaled():
    model = llama()
    model.model.__class__ = Scaled
    return model


def adapted(trained_layers, make=llama):
    """A backbone whose adapter does something."""
    backbone = Backbone(make, "lora", trained_layers=trained_layers, device="cpu")
    generator = torch.Generator().manual_seed(1)
    for up in backbone.adapter.up:
        torch.nn.init.normal_(up, std=0.3, generator=generator)
    return backbone


def conversations():
    """Ragged ones; actions were taken at the last half of each."""
    ids = torch.randint(3, 97, (len(LENGTHS), max(LENGTHS)), generator=torch.Generator().manual_seed(0))
    ids[3:] = ids[0]
    row = [i for i, length in enumerate(LENGTHS) for _ in range(length // 2, length)]
    column = [position for length in LENGTHS for position in range(length // 2, length)]
    return PackedTokens(ids, torch.tensor(row), torch.tensor(column))


def hidden_and_gradient(backbone, trunk, max_tokens):
    backbone.zero_grad()
    (hidden,) = packed_read(
        backbone, conversations(), lambda states, _: (states,), max_tokens=max_tokens, trunk=trunk
    )
    weights = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(2))
    (weights * hidden).sum().backward()
    return hidden.detach(), torch.cat([p.grad.flatten() for p in backbone.parameters()])


@pytest.mark.parametrize("trained_layers", [1, 2])
def test_both_parts_in_turn_are_the_whole(trained_layers):
    backbone = adapted(trained_layers)
    trunk, ids = trunk_of(backbone), conversations().ids
    assert torch.equal(trunk.top(trunk.bottom(ids)), backbone.hidden(ids))


@pytest.mark.parametrize("trained_layers", [1, 2])
@pytest.mark.parametrize("max_tokens", [1, 31, PLENTY])
def test_hidden_states_and_gradients_are_those_without_it(trained_layers, max_tokens):
    backbone = adapted(trained_layers)
    trunk = trunk_of(backbone)
    wanted = hidden_and_gradient(backbone, None, PLENTY)
    for _ in range(2):  # the second time from what was kept
        for found, expected in zip(hidden_and_gradient(backbone, trunk, max_tokens), wanted, strict=True):
            assert (found - expected).abs().max() < 1e-5 * expected.abs().max()


def test_frozen_layers_read_a_conversation_once_and_trained_ones_every_time(request):
    backbone = adapted(1)
    trunk = trunk_of(backbone)
    seen = [0, 0, 0]
    for i, layer in enumerate(backbone.model.model.layers):

        def count(_layer, args, i=i):
            seen[i] += args[0].shape[0] * args[0].shape[1]

        request.addfinalizer(layer.register_forward_pre_hook(count).remove)  # the model is shared
    one_pass = sum(len(group) * max(LENGTHS[i] for i in group) for group in length_groups(LENGTHS))
    for _ in range(3):
        hidden_and_gradient(backbone, trunk, PLENTY)
    assert seen == [one_pass, one_pass, 3 * one_pass]
    trunk.forget()
    hidden_and_gradient(backbone, trunk, PLENTY)
    assert seen == [2 * one_pass, 2 * one_pass, 4 * one_pass]


def test_what_is_kept_is_as_large_as_the_conversations():
    backbone = adapted(1)
    trunk = trunk_of(backbone)
    ids = conversations().ids
    twice = torch.cat([ids, ids])
    trunk.activations(twice, LENGTHS * 2, max_tokens=PLENTY)
    storages = {states.untyped_storage().data_ptr(): states for states in trunk._held.values()}
    assert sum(states.untyped_storage().nbytes() for states in storages.values()) == trunk.memory_bytes
    assert trunk.memory_bytes == sum(LENGTHS) * 32 * 4
    trunk.forget()
    assert trunk.memory_bytes == 0


def test_the_shared_model_stays_whole():
    backbone = adapted(1)
    body, ids = backbone.model.base_model, conversations().ids
    before, parts = body(ids).last_hidden_state, dict(body.named_modules())
    hidden_and_gradient(backbone, trunk_of(backbone), PLENTY)
    assert dict(body.named_modules()) == parts
    assert torch.equal(body(ids).last_hidden_state, before)
    assert all(p.grad is None for p in body.parameters())


@pytest.mark.parametrize("make", [gpt2, scaled])
def test_a_body_that_cannot_be_divided_has_none(make):
    assert trunk_of(adapted(1, make)) is None


@pytest.mark.parametrize("trained_layers", [None, 3])
def test_there_is_none_where_all_layers_are_trained(trained_layers):
    assert trunk_of(adapted(trained_layers)) is None


@pytest.mark.parametrize("trainable", ["nothing", "head", "full"])
def test_trained_layers_without_adapters_are_refused(trainable):
    with pytest.raises(ValueError, match=f"needs trainable='lora'; got '{trainable}'"):
        Backbone(llama, trainable, trained_layers=1, device="cpu")
