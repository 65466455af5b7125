import copy

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from textgym.llm.backbone import Backbone  # noqa: E402

IDS = torch.tensor([[5, 17, 3, 60, 0, 0], [9, 8, 0, 0, 0, 0]])
LENGTH = torch.tensor([4, 2])


@pytest.mark.parametrize(
    "trainable,keys",
    [("nothing", set()), ("head", {"own_head"}), ("lora", {"adapter"}), ("full", {"own_model"})],
)
def test_only_what_is_trained_is_in_the_state_dict(make_model, trainable, keys):
    backbone = Backbone(make_model, trainable, device="cpu")
    assert {key.split(".")[0] for key in backbone.state_dict()} == keys
    assert all(p.requires_grad for p in backbone.parameters())


def test_frozen_and_adapted_backbones_share_one_model(make_model):
    first, second = Backbone(make_model, device="cpu"), Backbone(make_model, "lora", device="cpu")
    assert first.model is second.model
    assert copy.deepcopy(first).model is first.model


def test_full_training_has_a_copy_of_its_own(make_model):
    shared, own = Backbone(make_model, device="cpu"), Backbone(make_model, "full", device="cpu")
    assert own.model is not shared.model
    with torch.no_grad():
        next(own.model.parameters()).zero_()
    assert next(shared.model.parameters()).abs().sum() > 0
    assert not any(p.requires_grad for p in shared.model.parameters())


def test_the_padding_of_a_row_does_not_matter(make_model):
    backbone = Backbone(make_model, device="cpu")
    together = backbone.last_hidden(IDS, LENGTH)
    other = IDS.clone()
    other[1, 2:] = 44
    torch.testing.assert_close(backbone.last_hidden(other, LENGTH), together)
    alone = torch.cat(
        [backbone.last_hidden(IDS[i : i + 1, :n], LENGTH[i : i + 1]) for i, n in enumerate(LENGTH)]
    )
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-5)


def test_an_end_token_equal_to_the_padding_is_read(make_model):
    backbone = Backbone(make_model, device="cpu")
    ending = backbone.last_hidden(torch.tensor([[9, 8, 0, 0]]), torch.tensor([3]))
    direct = backbone.model.base_model(torch.tensor([[9, 8, 0]])).last_hidden_state[:, -1]
    torch.testing.assert_close(ending, direct)


def test_logits_are_those_of_the_model(make_model):
    for trainable in ("nothing", "head", "lora", "full"):
        backbone = Backbone(make_model, trainable, device="cpu")
        expected = backbone.model(IDS[:1, :4]).logits[:, -1]
        torch.testing.assert_close(backbone.logits(backbone.last_hidden(IDS[:1], LENGTH[:1])), expected)


@pytest.mark.parametrize(
    "trainable,flows", [("nothing", False), ("head", False), ("lora", True), ("full", True)]
)
def test_gradients_enter_only_a_trained_body(make_model, trainable, flows):
    hidden = Backbone(make_model, trainable, device="cpu").last_hidden(IDS, LENGTH)
    assert hidden.requires_grad is flows


def test_training_mode_does_not_switch_dropout_on(make_model):
    def with_dropout():
        model = make_model()
        model.config.attention_dropout = 0.5
        for layer in model.base_model.layers:
            layer.self_attn.attention_dropout = 0.5
        return model

    backbone = Backbone(with_dropout, "full", device="cpu")
    acting = backbone.eval().last_hidden(IDS, LENGTH)
    assert torch.equal(backbone.train().last_hidden(IDS, LENGTH), acting)


def test_an_unknown_part_to_train_is_refused(make_model):
    with pytest.raises(ValueError, match="nothing, head, lora, full; got 'all'"):
        Backbone(make_model, "all")
