import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train


def _requests(texts, seed=0):
    from textgym.protocols import Request

    return [Request(({"role": "user", "content": text},), i, 0, seed) for i, text in enumerate(texts)]


@pytest.fixture
def make_agent(byte_model):
    from textgym.llm.agent import LanguageModelAgent

    return lambda **options: LanguageModelAgent(byte_model, **{"max_new_tokens": 8, **options})


def test_greedy_replies_are_those_of_transformers(make_agent, byte_model):
    import torch
    from transformers import AutoModelForCausalLM

    from textgym.tokenization import load_tokenizer

    texts = ["Say something.", "Hi", "A longer message than the others."]
    chat = load_tokenizer(byte_model)
    model = AutoModelForCausalLM.from_pretrained(byte_model)
    expected = []
    for request in _requests(texts):
        ids = chat.prompt_ids(request.conversation)
        out = model.generate(
            torch.tensor([ids]),
            max_new_tokens=8,
            do_sample=False,
            eos_token_id=chat.end_of_turn_id,
            pad_token_id=0,
        )
        expected.append(chat.decode(out[0, len(ids) :].tolist()))
    assert make_agent().act(_requests(texts)) == expected


def test_sampled_replies_depend_on_the_seed_alone(make_agent):
    agent = make_agent(deterministic=False)
    batch = agent.act(_requests(["a", "b", "c"]))
    assert [agent.act([r])[0] for r in _requests(["a", "b", "c"])] == batch
    assert agent.act(_requests(["a", "b", "c"], seed=1)) != batch


def test_a_conversation_that_the_model_cannot_read_is_refused(make_agent):
    from textgym.errors import ContextTooSmall

    with pytest.raises(ContextTooSmall, match="the model reads 4096"):
        make_agent().act(_requests(["x" * 4096]))


def test_the_budget_must_be_positive(make_agent):
    with pytest.raises(ValueError, match="max_new_tokens must be at least 1"):
        make_agent(max_new_tokens=0)
