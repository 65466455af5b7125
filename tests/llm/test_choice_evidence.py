"""Evidence on candidates: the prior, and reading once."""

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from textgym.llm import choice_evidence as module  # noqa: E402
from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.llm.choice_evidence import choice_evidence  # noqa: E402

TOKENS = torch.zeros(2, 3, 9, dtype=torch.long)
TOKENS[0, 0, :3], TOKENS[0, 1, :2], TOKENS[0, 2, :3] = (
    torch.tensor(x) for x in ([5, 17, 3], [11, 2], [12, 13, 2])
)
TOKENS[1, 0, :4], TOKENS[1, 1, :1] = torch.tensor([9, 8, 7, 3]), torch.tensor([2])
LENGTH = torch.tensor([[3, 2, 3], [4, 1, 0]])


def log_prob(model, context, candidate):
    """Log-probability by one plain forward pass."""
    log_probs = model(torch.tensor([context + candidate])).logits.log_softmax(-1)[0]
    return sum(float(log_probs[len(context) - 1 + i, token]) for i, token in enumerate(candidate))


def test_prior_is_the_log_probability_after_the_last_context_token_alone(make_model):
    backbone = Backbone(make_model, device="cpu")
    evidence = choice_evidence(backbone, TOKENS, LENGTH)
    model = backbone.model
    for row, k, context, candidate in ((0, 0, [5, 17, 3], [11, 2]), (0, 1, [5, 17, 3], [12, 13, 2])):
        given, alone = log_prob(model, context, candidate), log_prob(model, context[-1:], candidate)
        assert float(evidence.log_prob[row, k]) == pytest.approx(given, abs=1e-4)
        assert float(evidence.prior[row, k]) == pytest.approx(alone, abs=1e-4)
        assert float(evidence.gain[row, k]) == pytest.approx(given - alone, abs=1e-4)
    assert evidence.prior[1, 1] == evidence.log_prob[1, 1] == 0
    assert evidence.present.tolist() == [[True, True], [True, False]]


def test_a_frozen_model_reads_each_observation_once(make_model, monkeypatch):
    backbone = Backbone(make_model, device="cpu")
    read = []
    original = module.score_choices
    monkeypatch.setattr(module, "score_choices", lambda b, t, n: read.append(len(t)) or original(b, t, n))
    first = choice_evidence(backbone, TOKENS, LENGTH)
    wider = torch.nn.functional.pad(TOKENS, (0, 5), value=1)
    again = choice_evidence(backbone, wider.flip(0), LENGTH.flip(0))
    assert read == [2, 2]  # the two observations with their context, and without
    torch.testing.assert_close(again.log_prob, first.log_prob.flip(0))
    changed = TOKENS.clone()
    changed[0, 1, 0] = 14
    assert choice_evidence(backbone, changed, LENGTH).log_prob[0, 0] != first.log_prob[0, 0]
    assert read == [2, 2, 1, 1]


def test_repeats_within_a_batch_are_read_once(make_model, monkeypatch):
    backbone = Backbone(make_model, device="cpu")
    read = []
    original = module.score_choices
    monkeypatch.setattr(module, "score_choices", lambda b, t, n: read.append(len(t)) or original(b, t, n))
    evidence = choice_evidence(backbone, TOKENS[[0, 0, 0]], LENGTH[[0, 0, 0]])
    assert read == [1, 1]
    assert evidence.log_prob.shape == (3, 2)


def test_only_the_last_used_are_kept(make_model, monkeypatch):
    monkeypatch.setattr(module, "_CAPACITY", 1)
    backbone = Backbone(make_model, device="cpu")
    evidence = choice_evidence(backbone, TOKENS, LENGTH)
    assert evidence.log_prob.shape == (2, 2)
    assert len(module._MEMORIES[backbone.model]) == 1


@pytest.mark.parametrize("trainable", ["full", "lora"])
def test_a_trained_model_is_read_anew_with_gradients(make_model, trainable):
    backbone = Backbone(make_model, trainable, device="cpu")
    evidence = choice_evidence(backbone, TOKENS, LENGTH)
    assert evidence.gain.requires_grad
    assert backbone.model not in module._MEMORIES
