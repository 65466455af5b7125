"""Several attempts at each episode."""

import pytest

import textgym
from textgym.evaluation.records import Record, Result
from textgym.evaluation.samples import evaluate_samples, pass_rates


class Echo:
    """Says its seed, and remembers what it was told has ended."""

    def __init__(self):
        self.ended = []

    def act(self, requests):
        return [str(request.seed) for request in requests]

    def end(self, episodes):
        self.ended += episodes


def test_each_attempt_asks_the_same_examples_with_other_seeds():
    agent = Echo()
    options = {"episodes": 4, "seed": 1}
    result = evaluate_samples(agent, "test/Backwards-v0", samples=3, **options)
    plain = textgym.evaluate(Echo(), "test/Backwards-v0", **options)
    assert [r.replies for r in result.records[:4]] == [r.replies for r in plain.records]
    assert [r.episode for r in result.records] == list(range(12))
    assert [r.example_id for r in result.records] == [r.example_id for r in plain.records] * 3
    assert len({r.replies for r in result.records}) == 12
    assert len(agent.ended) == 12


def test_fewer_than_one_sample_is_refused():
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        evaluate_samples(Echo(), "test/Backwards-v0", samples=0, episodes=1, seed=0)


def result(*outcomes):
    """Records with (example, passed); None for an agent that failed."""
    records = [
        Record(i, example, example, 0, 0.0, 1, {} if passed is None else {"passed": float(passed)}, ())
        for i, (example, passed) in enumerate(outcomes)
    ]
    return Result("id", {}, "test", 0, "", "", tuple(records))


def test_rates_are_means_over_examples():
    found = result(("a", 1), ("b", 0), ("a", 0), ("b", 0), ("a", 0), ("b", None))
    assert pass_rates(found, (1, 2, 3, 10)) == pytest.approx({1: 1 / 6, 2: 1 / 3, 3: 1 / 2})


def test_tasks_that_do_not_pass_or_fail_have_no_rates():
    assert pass_rates(result(("a", None))) == {}
