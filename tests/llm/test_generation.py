import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.llm.generation import generate_replies  # noqa: E402
from textgym.llm.sampling import reply_uniforms  # noqa: E402

END = 2


@pytest.fixture
def backbone(make_model):
    return Backbone(make_model, device="cpu")


@pytest.fixture
def prompts():
    rng = np.random.default_rng(0)
    return [rng.integers(3, 97, size=n).tolist() for n in (1, 3, 4, 7, 7, 12, 20, 21)]


def one_by_one(backbone, prompt, size, uniforms=None, temperature=1.0):
    """The same without cache, padding or batch."""
    ids = list(prompt)
    for position in range(size):
        logits = backbone.model(torch.tensor([ids])).logits[0, -1]
        if uniforms is None:
            token = int(logits.argmax())
        else:
            chances = (logits / temperature).softmax(-1).cumsum(-1)
            token = int((chances <= uniforms[position]).sum())
        if token == END:
            break
        ids.append(token)
    return ids[len(prompt) :]


def test_greedy_replies_equal_plain_decoding_at_every_batch_size(backbone, prompts):
    expected = [one_by_one(backbone, p, 12) for p in prompts]
    assert len({len(r) for r in expected}) > 1, "the model must end some replies early"
    for batch_size in (1, 3, 8):
        replies = generate_replies(
            backbone, prompts, max_new_tokens=12, end_of_turn=END, batch_size=batch_size
        )
        assert replies == expected


def test_sampled_replies_follow_their_own_uniforms(backbone, prompts):
    uniforms = np.stack([reply_uniforms(0, episode, 0, 10) for episode in range(len(prompts))])
    expected = [one_by_one(backbone, p, 10, u, 1.5) for p, u in zip(prompts, uniforms, strict=True)]
    for batch_size in (1, 8):
        replies = generate_replies(
            backbone,
            prompts,
            max_new_tokens=10,
            end_of_turn=END,
            uniforms=uniforms,
            temperature=1.5,
            batch_size=batch_size,
        )
        assert replies == expected


def test_an_adapter_takes_part(make_model, prompts):
    backbone = Backbone(make_model, "lora", device="cpu")
    plain = generate_replies(backbone, prompts, max_new_tokens=8, end_of_turn=END)
    assert plain == generate_replies(
        Backbone(make_model, device="cpu"), prompts, max_new_tokens=8, end_of_turn=END
    )
    for up in backbone.adapter.up:
        torch.nn.init.normal_(up)
    assert generate_replies(backbone, prompts, max_new_tokens=8, end_of_turn=END) != plain


def test_no_prompts_give_no_replies(backbone):
    assert generate_replies(backbone, [], max_new_tokens=4, end_of_turn=END) == []


@pytest.mark.parametrize(
    "change,message",
    [
        ({"max_new_tokens": 0}, "at least 1, got 0"),
        ({"temperature": 0.0}, "above 0"),
        ({"prompts": [[]]}, "at least one token"),
        ({"uniforms": np.zeros((2, 4))}, r"shape \(1, 4\)"),
    ],
)
def test_bad_arguments_are_refused(backbone, change, message):
    arguments = {"prompts": [[5]], "max_new_tokens": 4, "end_of_turn": END, **change}
    with pytest.raises(ValueError, match=message):
        generate_replies(backbone, **arguments)
