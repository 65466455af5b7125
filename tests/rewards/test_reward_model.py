import json
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from textgym.errors import ContextTooSmall, MalformedData, UnknownName
from textgym.protocols import Example

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.rewards import RewardModel, reward_model_folder  # noqa: E402
from textgym.tasks.translation import TranslationTask  # noqa: E402

# Ids of the byte tokenizer: its alphabet, which begins with "!" and goes on as ASCII does; from 256 on these.
END, USER, ASSISTANT, SYSTEM = 256, 257, 258, 259


def said(*contents, first="user"):
    """A conversation in which user and assistant speak in turn."""
    roles = ["user", "assistant"] if first == "user" else ["assistant", "user"]
    return tuple({"role": roles[i % 2], "content": text} for i, text in enumerate(contents))


TALKS = [said("go", "yes"), said("go on then", "no"), said("a", "bcdefghij", "k", "l"), said("go", "")]


def rewards(model, talks):
    return model(talks, [Example(str(i), "") for i in range(len(talks))])


def randomise(model, seed=0):
    """Weights as if trained: neither head nor adapter is zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.3, generator=generator)
    return model


@contextmanager
def passes(model):
    """Ids of each pass through the language model."""
    read = []
    hook = model.backbone.model.base_model.register_forward_pre_hook(
        lambda m, args, kwargs: read.append(kwargs["input_ids"]), with_kwargs=True
    )
    yield read
    hook.remove()


@pytest.fixture
def model(byte_model):
    return randomise(RewardModel(byte_model, device="cpu", lora_rank=2))


def test_it_reads_the_template_up_to_the_end_of_the_newest_reply(model):
    go, yes, on = ([ord(letter) - ord("!") for letter in text] for text in ("go", "yes", "on"))
    spoken = [USER, *go, END, ASSISTANT, *yes, END]
    assert model.ids(said("go", "yes")) == spoken
    assert model.ids(said("go", "yes", "on")) == spoken
    assert model.ids(said("go", "yes", "on", "go")) == [*spoken, USER, *on, END, ASSISTANT, *go, END]
    told = ({"role": "system", "content": "on"}, *said("go", ""))
    assert model.ids(told) == [SYSTEM, *on, END, USER, *go, END, ASSISTANT, END]


def test_a_reply_cannot_spell_the_end_of_its_turn(model):
    spelt = model.ids(said("go", "yes<|end|>"))
    assert spelt.count(END) == 2
    assert spelt[-1] == END


def test_the_score_is_the_head_at_the_end_of_turn_token(byte_model):
    model = RewardModel(byte_model, device="cpu")
    with torch.no_grad():
        model.head.weight.copy_(torch.arange(16) - 5.0)
    direct = transformers.AutoModelForCausalLM.from_pretrained(byte_model)
    for talk, got in zip(TALKS, rewards(model, TALKS), strict=True):
        last = direct.base_model(torch.tensor([model.ids(talk)])).last_hidden_state[0, -1]
        expected = (last * (torch.arange(16) - 5.0)).sum() / 4
        assert got == pytest.approx(expected.item(), rel=1e-4, abs=1e-4)


def test_adapters_change_the_score(model):
    before = rewards(model, TALKS)
    with torch.no_grad():
        for up in model.backbone.adapter.up:
            up.zero_()
    assert np.abs(rewards(model, TALKS) - before).min() > 0.01


def test_every_score_begins_at_zero(byte_model):
    np.testing.assert_array_equal(rewards(RewardModel(byte_model, device="cpu"), TALKS), np.zeros(4))


def test_scores_follow_a_permutation_exactly(model):
    rng, order = np.random.default_rng(0), np.random.default_rng(1).permutation(60)
    talks = [said("x" * int(rng.integers(1, 90)), "y" * int(rng.integers(90))) for _ in range(60)]
    rewards(model, talks[:1])  # measures what a token takes, once
    with passes(model) as first:
        got = rewards(model, talks)
    with passes(model) as second:
        np.testing.assert_array_equal(rewards(model, [talks[i] for i in order]), got[order])
    assert got.dtype == np.float32
    # Not by luck of rounding: the language model reads the same.
    assert all(map(torch.equal, first, second))


def test_a_score_does_not_depend_on_the_other_rows(model):
    alone = np.concatenate([rewards(model, [talk]) for talk in TALKS])
    np.testing.assert_allclose(rewards(model, [*TALKS, TALKS[1]]), alone[[0, 1, 2, 3, 1]], atol=1e-5)
    assert len(np.unique(alone.round(3))) == 4


def test_no_conversations_have_no_scores(model):
    assert rewards(model, []).shape == model.scores([]).shape == (0,)


def test_rows_of_very_different_length_are_not_padded_to_the_longest(model):
    rewards(model, TALKS)  # measures what a token takes, once
    long, short = said("x" * 1500, "y"), [said("x" * n, "z") for n in range(1, 40)]
    with passes(model) as read:
        rewards(model, [long, *short])
    assert sum(ids.numel() for ids in read) < 1506 + 39 * 50


def test_too_little_memory_for_all_at_once_changes_neither_scores_nor_gradients(byte_model):
    roomy = randomise(RewardModel(byte_model, device="cpu"))
    tight = randomise(RewardModel(byte_model, device="cpu", activation_memory_mb=0))
    torch.testing.assert_close(tight.scores(TALKS), roomy.scores(TALKS), atol=1e-5, rtol=1e-5)
    for one, sizes in ((roomy, [4]), (tight, [1, 1, 1, 1])):
        with passes(one) as read:
            scores = one.scores(TALKS)
        assert [len(ids) for ids in read] == sizes
        scores.sum().backward()
    for a, b in zip(roomy.parameters(), tight.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, atol=1e-4, rtol=1e-4)


def test_the_gradient_is_that_of_finite_differences_and_spares_the_base(model):
    model.scores(TALKS)[1].backward()
    assert not any(p.requires_grad or p.grad is not None for p in model.backbone.model.parameters())
    for weight in (model.head.weight, model.backbone.adapter.up[0], model.backbone.adapter.down[3]):
        direction, step = weight.grad / weight.grad.norm(), 1e-3
        with torch.no_grad():
            ends = []
            for sign in (1, -1):
                weight += sign * step * direction
                ends.append(rewards(model, TALKS)[1].item())
                weight -= sign * step * direction
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(weight.grad.norm().item(), rel=0.02)


def test_it_trains_adapters_and_head_and_nothing_else(model):
    # 7 linear layers in one block: q, k, v, o, gate, up, down; sizes of in and out at rank 2, and the head
    sizes = [(16, 16), (16, 8), (16, 8), (16, 16), (16, 32), (16, 32), (32, 16)]
    assert sum(p.numel() for p in model.parameters()) == 16 + sum(2 * (a + b) for a, b in sizes)


def test_a_conversation_longer_than_the_model_reads_is_refused(model):
    template = 5  # user, its end, assistant, its end, and one letter of the reply
    fits = said("x" * (4096 - template), "y")
    assert len(model.ids(fits)) == 4096
    with pytest.raises(ContextTooSmall, match=r"takes 4097 tokens .* reads 4096"):
        rewards(model, [TALKS[0], said("x" * (4097 - template), "y")])
    with pytest.raises(ContextTooSmall):
        model.scores([said("x" * 5000, "y")])


def test_a_conversation_without_a_reply_is_refused(model):
    with pytest.raises(ValueError, match="no assistant message"):
        rewards(model, [said("go")])


def test_a_saved_model_gives_the_same_scores(model, byte_model, tmp_path):
    model.save(tmp_path / "new" / "reward")
    before = [weight.clone() for weight in model.parameters()]
    loaded = RewardModel.load(tmp_path / "new" / "reward", device="cpu")
    np.testing.assert_array_equal(rewards(loaded, TALKS), rewards(model, TALKS))
    assert all(map(torch.equal, loaded.parameters(), before))
    assert loaded.backbone.model is model.backbone.model


def test_only_adapters_and_head_are_saved(model, byte_model, tmp_path):
    from safetensors.torch import load_file

    model.save(tmp_path / "reward")
    files = sorted(file.name for file in (tmp_path / "reward").iterdir())
    assert files == ["reward_model.json", "reward_model.safetensors"]
    saved = load_file(tmp_path / "reward" / "reward_model.safetensors")
    assert sum(weight.numel() for weight in saved.values()) == sum(p.numel() for p in model.parameters())
    config = json.loads((tmp_path / "reward" / "reward_model.json").read_text())
    assert config.pop("base")
    assert config == {
        "language_model": byte_model,
        "tokenizer": None,
        "lora_rank": 2,
        "activation_memory_mb": 4096,
        "dtype": "auto",
    }


def test_a_save_that_fails_leaves_nothing(model, tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(reward_model_folder, "json_text", broken)
    with pytest.raises(OSError, match="disk full"):
        model.save(tmp_path / "reward")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_written_over(model, tmp_path):
    model.save(tmp_path / "reward")
    with pytest.raises(FileExistsError, match="save to another folder"):
        randomise(model, seed=1).save(tmp_path / "reward")
    loaded = RewardModel.load(tmp_path / "reward", device="cpu")
    np.testing.assert_array_equal(rewards(loaded, TALKS), rewards(randomise(model, seed=0), TALKS))


def test_a_callable_base_is_given_again(byte_model, tmp_path):
    def base():
        return transformers.AutoModelForCausalLM.from_pretrained(byte_model)

    with pytest.raises(ValueError, match="tokenizer=NAME"):
        RewardModel(base)
    model = randomise(RewardModel(base, tokenizer=byte_model, device="cpu"))
    model.save(tmp_path / "reward")
    with pytest.raises(ValueError, match="pass language_model="):
        RewardModel.load(tmp_path / "reward")
    loaded = RewardModel.load(tmp_path / "reward", language_model=base, device="cpu")
    np.testing.assert_array_equal(rewards(loaded, TALKS), rewards(model, TALKS))


@pytest.mark.parametrize("changed", ["weights", "template"])
def test_another_base_is_refused(model, byte_model, tmp_path, changed):
    model.save(tmp_path / "reward")
    other = tmp_path / "other"
    base = transformers.AutoModelForCausalLM.from_pretrained(byte_model)
    if changed == "weights":
        with torch.no_grad():
            base.base_model.layers[0].self_attn.q_proj.weight += 0.01
    base.save_pretrained(other)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        text = (Path(byte_model) / name).read_text()
        if changed == "template":
            text = text.replace("<|{{ m['role'] }}|>", "<|{{ m['role'] }}|> ")
        (other / name).write_text(text)
    with pytest.raises(MalformedData, match="trained on another base"):
        RewardModel.load(tmp_path / "reward", language_model=str(other), device="cpu")


def test_the_hash_of_a_base_is_the_same_in_both_precisions(byte_model):
    hashes = {
        reward_model_folder.base_hash(Backbone(byte_model, device="cpu", dtype=dtype).model, [1])
        for dtype in ("float32", "bfloat16")
    }
    assert len(hashes) == 1


def test_what_is_no_reward_model_is_refused(model, tmp_path):
    with pytest.raises(UnknownName, match=r"has no reward_model\.json"):
        RewardModel.load(tmp_path)
    model.save(tmp_path / "reward")
    weights = tmp_path / "reward" / "reward_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(MalformedData, match="damaged"):
        RewardModel.load(tmp_path / "reward", device="cpu")


@pytest.mark.parametrize("change", [{"head.weight": None}, {"head.weight": (1, 15)}, {"other": (1,)}])
def test_weights_that_do_not_fit_are_refused(model, tmp_path, change):
    from safetensors.torch import load_file, save_file

    model.save(tmp_path / "reward")
    path = tmp_path / "reward" / "reward_model.safetensors"
    weights = load_file(path)
    for name, shape in change.items():
        weights.pop(name, None)
        weights |= {name: torch.zeros(shape)} if shape else {}
    save_file(weights, path)
    with pytest.raises(MalformedData, match="damaged"):
        RewardModel.load(tmp_path / "reward", device="cpu")


def test_a_tokenizer_with_more_ids_than_the_model_is_refused(byte_model):
    with pytest.raises(ValueError, match="4096 ids and the language model 260"):
        RewardModel(byte_model, tokenizer="tiny", device="cpu")


def translation_pairs(split, number, seed):
    """Conversations with the right translation, and with that of another sentence."""
    task, rng = TranslationTask(), np.random.default_rng(seed)
    examples = [task.generate(rng, split, 0.0) for _ in range(number + 1)]
    pairs = list(pairwise(examples))
    chosen = [said(example.prompt, example.references[0]) for example, _ in pairs]
    return chosen, [said(example.prompt, other.references[0]) for example, other in pairs]


def accuracy(model, chosen, rejected):
    """Share of pairs in the right order; a tie is half a pair."""
    return float((np.sign(rewards(model, chosen) - rewards(model, rejected)) / 2 + 0.5).mean())


def fit(chosen, rejected, steps):
    """A Bradley-Terry fit (Christiano et al., 2017, arXiv:1706.03741, section 2.2.3), from the untrained model."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = RewardModel("tiny", device="cpu")
    optimizer, rng = torch.optim.Adam(model.parameters(), lr=2e-3), np.random.default_rng(0)
    for _ in range(steps):
        rows = rng.integers(0, len(chosen), 16)
        scores = model.scores([talks[i] for talks in (chosen, rejected) for i in rows])
        loss = -torch.nn.functional.logsigmoid(scores[:16] - scores[16:]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def test_it_learns_which_translation_belongs_to_the_sentence():
    held_out = translation_pairs("test", 100, seed=1)
    train = translation_pairs("train", 1000, seed=0)
    assert accuracy(fit(*train, steps=0), *held_out) == 0.5
    assert accuracy(fit(*train, steps=120), *held_out) > 0.75


def test_the_same_seed_trains_the_same_model():
    train = translation_pairs("train", 20, seed=0)
    first, second = fit(*train, steps=2), fit(*train, steps=2)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert first.head.weight.any()
