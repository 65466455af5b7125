import numpy as np
import pytest

from textgym.errors import UnknownName
from textgym.protocols import Example

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from textgym.rewards import SequenceClassifierReward  # noqa: E402

pytestmark = pytest.mark.train

WORDS = [
    "good",
    "bad",
    "film",
    "the",
    "a",
    "very",
    "not",
    "was",
    "plot",
    "user",
    "assistant",
    ":",
    "it",
    "is",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = ["good film", "the plot was very bad", "a", "not good not bad not a film it is"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    vocab = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    vocab.write_text("\n".join([*SPECIAL, *WORDS]))
    return transformers.BertTokenizerFast(vocab=str(vocab), model_max_length=16)


def classifier(labels=("bad", "neutral", "good"), **config):
    torch.manual_seed(0)
    names = dict(enumerate(labels))
    model = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            vocab_size=len(SPECIAL) + len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=32, initializer_range=0.5, id2label=names,
            label2id={name: number for number, name in names.items()}, **config,
        )
    )  # fmt: skip
    return model.eval()


def said(*texts, prompt="the film"):
    return [({"role": "user", "content": prompt}, {"role": "assistant", "content": text}) for text in texts]


def rewards(reward, conversations):
    return reward(conversations, [Example(id=str(i), prompt="") for i in range(len(conversations))])


def logits(model, tokenizer, *texts):
    with torch.no_grad():
        return model(**tokenizer(*texts, return_tensors="pt")).logits[0].double().numpy()


def softmax(values):
    return np.exp(values) / np.exp(values).sum()


@pytest.mark.parametrize("label", ["good", 2])
def test_the_reward_is_the_softmax_of_the_label(tokenizer, label):
    model = classifier()
    expected = [softmax(logits(model, tokenizer, text))[2] for text in TEXTS]
    got = rewards(
        SequenceClassifierReward(model, label=label, tokenizer=tokenizer, device="cpu"), said(*TEXTS)
    )
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert got.dtype == np.float32
    assert np.ptp(got) > 0.01


def test_one_logit_gives_its_sigmoid_and_needs_no_label(tokenizer):
    model = classifier(labels=["score"])
    expected = [1 / (1 + np.exp(-logits(model, tokenizer, text)[0])) for text in TEXTS]
    got = rewards(SequenceClassifierReward(model, tokenizer=tokenizer, device="cpu"), said(*TEXTS))
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_independent_labels_give_the_sigmoid_of_the_label(tokenizer):
    model = classifier(problem_type="multi_label_classification")
    expected = 1 / (1 + np.exp(-logits(model, tokenizer, TEXTS[0])[1]))
    reward = SequenceClassifierReward(model, label="neutral", tokenizer=tokenizer, device="cpu")
    assert rewards(reward, said(TEXTS[0]))[0] == pytest.approx(expected, abs=1e-6)


def test_a_folder_gives_the_same_as_its_model(tokenizer, tmp_path):
    model = classifier()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    from_folder = SequenceClassifierReward(str(tmp_path), label="good", device="cpu")
    from_model = SequenceClassifierReward(model, label="good", tokenizer=tokenizer, device="cpu")
    np.testing.assert_array_equal(rewards(from_folder, said(*TEXTS)), rewards(from_model, said(*TEXTS)))


def test_a_pair_is_read_as_two_segments(tokenizer):
    model = classifier()
    expected = softmax(logits(model, tokenizer, "the plot", "very good"))[2]
    reward = SequenceClassifierReward(model, label="good", text="pair", tokenizer=tokenizer, device="cpu")
    assert rewards(reward, said("very good", prompt="the plot"))[0] == pytest.approx(expected, abs=1e-6)


def test_a_conversation_is_read_up_to_the_newest_reply(tokenizer):
    model = classifier()
    expected = softmax(logits(model, tokenizer, "user: a film assistant: very good"))[2]
    reward = SequenceClassifierReward(
        model, label="good", text="conversation", tokenizer=tokenizer, device="cpu"
    )
    (spoken,) = said("very good", prompt="a film")
    answered = (*spoken, {"role": "user", "content": "bad"})
    np.testing.assert_allclose(rewards(reward, [spoken, answered]), [expected] * 2, atol=1e-6)


def test_a_chat_template_frames_the_conversation_and_messages_cannot_spell_its_tokens(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    chat = transformers.AutoTokenizer.from_pretrained(tmp_path)
    chat.chat_template = "[CLS]{% for m in messages %}{{ m['content'] }}[SEP]{% endfor %}"
    model = classifier()
    expected = softmax(logits(model, tokenizer, "the film [SEP] very good"))[2]
    reward = SequenceClassifierReward(model, label="good", text="conversation", tokenizer=chat, device="cpu")
    got = rewards(reward, said("very good", "very [SE[SEP]P] good"))
    np.testing.assert_allclose(got, [expected] * 2, atol=1e-6)


def test_special_tokens_in_a_reply_are_plain_text(tokenizer):
    model = classifier()
    reward = SequenceClassifierReward(model, label="good", tokenizer=tokenizer, device="cpu")
    spelt, masked = rewards(reward, said("good [SEP] bad", "good [MASK] bad"))
    assert spelt != pytest.approx(softmax(logits(model, tokenizer, "good [SEP] bad"))[2], abs=1e-4)
    # Neither word is in the vocabulary: both are three unknown pieces.
    assert spelt == pytest.approx(masked, abs=1e-6)


def test_a_long_reply_is_cut_at_its_end_and_a_long_conversation_at_its_beginning(tokenizer):
    model = classifier()
    read = SequenceClassifierReward(model, label="good", tokenizer=tokenizer, device="cpu")
    words = "good bad film plot " * 10
    head = " ".join(words.split()[:14])
    assert rewards(read, said(words))[0] == pytest.approx(
        softmax(logits(model, tokenizer, head))[2], abs=1e-6
    )
    whole = SequenceClassifierReward(
        model, label="good", text="conversation", tokenizer=tokenizer, device="cpu"
    )
    got = rewards(whole, said("very good", prompt=words))[0]
    tail = " ".join([*words.split()[-10:], "assistant : very good"])
    assert got == pytest.approx(softmax(logits(model, tokenizer, tail))[2], abs=1e-6)


@pytest.mark.parametrize("pad", [None, "<end>"])
def test_an_empty_reply_is_scored_where_nothing_frames_a_text(pad):
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({"<unk>": 0, "good": 1, "bad": 2, "<end>": 3}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", eos_token="<end>", pad_token=pad
    )
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=4,
        n_embd=8,
        n_layer=1,
        n_head=1,
        n_positions=8,
        num_labels=1,
        pad_token_id=3 if pad else None,
    )
    model = transformers.GPT2ForSequenceClassification(config).eval()
    with torch.no_grad():
        end = torch.sigmoid(model(input_ids=torch.tensor([[3]])).logits)[0, 0].item()
    got = rewards(
        SequenceClassifierReward(model, tokenizer=tokenizer, device="cpu"), said("", "bad good", " ")
    )
    np.testing.assert_allclose(got[[0, 2]], [end] * 2, atol=1e-6)
    assert abs(got[1] - end) > 1e-4


def test_rewards_follow_a_permutation_exactly_without_a_cache(tokenizer):
    reward = SequenceClassifierReward(
        classifier(), label="good", tokenizer=tokenizer, cache_size=0, batch_size=2, device="cpu"
    )
    order = [2, 0, 3, 1]
    first = rewards(reward, said(*TEXTS))
    np.testing.assert_array_equal(rewards(reward, said(*(TEXTS[i] for i in order))), first[order])


def test_a_model_without_a_padding_token_reads_one_text_at_a_time(tokenizer):
    model = classifier()
    padded = rewards(
        SequenceClassifierReward(model, label="good", tokenizer=tokenizer, device="cpu"), said(*TEXTS)
    )
    model.config.pad_token_id = None
    got = rewards(
        SequenceClassifierReward(model, label="good", tokenizer=tokenizer, device="cpu"), said(*TEXTS)
    )
    np.testing.assert_allclose(got, padded, atol=1e-6)


def test_each_different_text_is_read_once(tokenizer):
    model = classifier()
    seen = []
    model.register_forward_pre_hook(
        lambda m, args, kwargs: seen.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    reward = SequenceClassifierReward(model, label="good", tokenizer=tokenizer, device="cpu")
    got = rewards(reward, said("good", "bad", "good"))
    rewards(reward, said("bad", "film"))
    assert seen == [2, 1]
    assert got[0] == got[2] != got[1]


@pytest.mark.parametrize("label", ["great", 3, None])
def test_an_unknown_label_is_refused_with_the_labels(tokenizer, label):
    with pytest.raises(UnknownName, match="neutral"):
        SequenceClassifierReward(classifier(), label=label, tokenizer=tokenizer)


def test_other_bad_arguments_are_refused(tokenizer):
    with pytest.raises(ValueError, match="needs its tokenizer"):
        SequenceClassifierReward(classifier(), label="good")
    with pytest.raises(ValueError, match=r"max_length must lie in \[1, 16\], got 17"):
        SequenceClassifierReward(classifier(), label="good", tokenizer=tokenizer, max_length=17)
    with pytest.raises(ValueError, match="text must be"):
        SequenceClassifierReward(classifier(), label="good", tokenizer=tokenizer, text="prompt")
