import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from textgym.llm import choice_scoring  # noqa: E402
from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.llm.choice_scoring import score_choices  # noqa: E402

CONTEXTS = [[5, 17, 3], [9, 8, 7, 6, 5, 4, 3]]
CANDIDATES = [[[11, 12, 2], [2], [13, 2]], [[20, 21, 22, 23, 2], [24, 2]]]


def observation():
    tokens = torch.zeros(2, 4, 10, dtype=torch.long)
    length = torch.zeros(2, 4, dtype=torch.long)
    for b, (context, candidates) in enumerate(zip(CONTEXTS, CANDIDATES, strict=True)):
        for k, ids in enumerate([context, *candidates]):
            tokens[b, k, : len(ids)] = torch.tensor(ids)
            length[b, k] = len(ids)
    return tokens, length


def reference(model, context, candidate):
    """Log-probability from one plain forward pass over context + candidate."""
    ids = torch.tensor([context + candidate])
    log_probs = model(ids).logits.log_softmax(-1)[0]
    start = len(context) - 1
    return sum(log_probs[start + i, token] for i, token in enumerate(candidate))


def gpt2():
    config = transformers.GPT2Config(vocab_size=97, n_embd=16, n_layer=2, n_head=2, n_positions=64)
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(config)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_scores_equal_those_of_one_candidate_at_a_time(make_model, kind):
    backbone = Backbone(make_model if kind == "llama" else gpt2, device="cpu")
    scores = score_choices(backbone, *observation())
    for b, context in enumerate(CONTEXTS):
        direct = backbone.model.base_model(torch.tensor([context])).last_hidden_state[0, -1]
        torch.testing.assert_close(scores.context[b], direct, atol=1e-4, rtol=1e-4)
        for k, candidate in enumerate(CANDIDATES[b]):
            total = reference(backbone.model, context, candidate)
            torch.testing.assert_close(scores.log_prob[b, k], total, atol=1e-4, rtol=1e-4)


def test_absent_candidates_are_marked_and_zero(make_model):
    scores = score_choices(Backbone(make_model, device="cpu"), *observation())
    assert scores.present.tolist() == [[True] * 3, [True, True, False]]
    assert scores.log_prob[1, 2] == 0


def test_an_observation_without_candidates_has_finite_scores(make_model):
    tokens, length = observation()
    length[:, 1:] = 0
    scores = score_choices(Backbone(make_model, device="cpu"), tokens, length)
    assert not scores.present.any()
    assert scores.context.isfinite().all()


def test_work_in_parts_gives_equal_scores_and_gradients(make_model, monkeypatch):
    backbone = Backbone(make_model, "full", device="cpu")
    weight = backbone.model.get_input_embeddings().weight

    def run():
        backbone.zero_grad()
        scores = score_choices(backbone, *observation())
        scores.log_prob.sum().backward()
        return scores.log_prob.detach(), weight.grad.clone()

    whole = run()
    monkeypatch.setattr(choice_scoring, "_MAX_MASK", 1)
    monkeypatch.setattr(choice_scoring, "_MAX_LOGITS", 97 * 2)
    parts = run()
    torch.testing.assert_close(parts[0], whole[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(parts[1], whole[1], atol=1e-4, rtol=1e-4)
