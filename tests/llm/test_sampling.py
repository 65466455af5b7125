import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")

from textgym.llm.sampling import (  # noqa: E402
    best_actions,
    log_prob_and_entropy,
    mask_logits,
    reply_uniforms,
    sample_actions,
)

PROBABILITIES = torch.tensor([0.2, 0.5, 0.3])


def test_a_uniform_picks_the_interval_it_lies_in():
    uniforms = torch.tensor([0.0, 0.19, 0.21, 0.69, 0.71, 0.999])
    actions, log_probs = sample_actions(PROBABILITIES.log().repeat(6, 1) + 7.0, uniforms)
    assert actions.tolist() == [0, 0, 1, 1, 2, 2]
    torch.testing.assert_close(log_probs.exp(), PROBABILITIES[actions])


def test_frequencies_match_the_probabilities():
    uniforms = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    actions, _ = sample_actions(PROBABILITIES.log().repeat(20_000, 1), uniforms)
    assert torch.bincount(actions).float().div(20_000).sub(PROBABILITIES).abs().max() < 0.012


def test_the_largest_uniform_below_one_stays_inside_the_allowed_actions():
    logits = torch.randn(64, 1000, generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(logits, dtype=torch.bool)
    mask[:, 400:] = False
    mask[:, :3] = False
    top = torch.full((64,), float(np.nextafter(np.float32(1), np.float32(0))))
    for uniforms in (top, torch.zeros(64)):
        actions, log_probs = sample_actions(mask_logits(logits, mask), uniforms)
        assert mask.gather(1, actions[:, None]).all()
        assert log_probs.isfinite().all()


def test_a_sampled_log_prob_is_the_one_that_training_computes():
    logits = torch.randn(16, 50, generator=torch.Generator().manual_seed(1)) * 3
    actions, log_probs = sample_actions(logits, torch.linspace(0, 0.99, 16))
    torch.testing.assert_close(log_prob_and_entropy(logits, actions)[0], log_probs)


def test_the_best_action_is_the_first_of_equals():
    actions, log_probs = best_actions(torch.tensor([[1.0, 2.0, 2.0]]))
    assert actions.tolist() == [1]
    assert log_probs.item() == pytest.approx(-np.log(2 + np.exp(-1.0)))


def test_masked_entries_have_probability_zero_and_no_gradient():
    logits = torch.tensor([[0.0, 5.0, 0.0]], requires_grad=True)
    mask = torch.tensor([[True, False, True]])
    log_prob, entropy = log_prob_and_entropy(mask_logits(logits, mask), torch.tensor([0]))
    assert log_prob.item() == pytest.approx(-np.log(2))
    assert entropy.item() == pytest.approx(np.log(2))
    (log_prob + entropy).sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([[0.5, 0.0, -0.5]]))


def test_a_row_without_any_allowed_action_is_left_alone():
    logits = torch.tensor([[1.0, 2.0]])
    assert torch.equal(mask_logits(logits, torch.zeros(1, 2, dtype=torch.bool)), logits)


def test_reply_uniforms_depend_on_each_part_of_their_key():
    first = reply_uniforms(7, 3, 1, 5)
    assert np.array_equal(first, reply_uniforms(7, 3, 1, 5))
    assert np.array_equal(first, reply_uniforms(7, 3, 1, 9)[:5])
    others = [reply_uniforms(8, 3, 1, 5), reply_uniforms(7, 4, 1, 5), reply_uniforms(7, 3, 2, 5)]
    values = np.concatenate([first, *others])
    assert len(np.unique(values)) == 20
    assert ((values >= 0) & (values < 1)).all()


def test_gradients_are_those_of_autograd():
    generator = torch.Generator().manual_seed(2)
    logits = (torch.randn(6, 9, generator=generator) * 3).requires_grad_()
    actions = torch.randint(0, 9, (6,), generator=generator)
    weights = torch.randn(2, 6, generator=generator)
    log_probs = torch.log_softmax(logits, -1)
    entropy = -(log_probs.exp() * log_probs).sum(-1)
    plain = weights[0] * log_probs.gather(-1, actions[:, None])[:, 0] + weights[1] * entropy
    (expected,) = torch.autograd.grad(plain.sum(), logits)
    log_prob, entropy = log_prob_and_entropy(logits, actions)
    (grad,) = torch.autograd.grad((weights[0] * log_prob + weights[1] * entropy).sum(), logits)
    torch.testing.assert_close(grad, expected)


def test_a_heavy_entropy_bonus_keeps_masked_gradients_finite():
    logits = torch.tensor([[0.0, 5.0, 0.0]], requires_grad=True)
    mask = torch.tensor([[True, False, True]])
    _, entropy = log_prob_and_entropy(mask_logits(logits, mask), torch.tensor([0]))
    (3 * entropy).sum().backward()
    torch.testing.assert_close(logits.grad, torch.zeros(1, 3))
