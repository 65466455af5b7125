"""ROUGE by a counter that changes equals rouge-score."""

from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from textgym.metrics.rouge_counter import RougeCounter, ngrams

WORDS = st.lists(st.sampled_from("abcd"), max_size=8)


def test_ngrams_are_runs():
    assert ngrams("abcd", 2) == [("a", "b"), ("b", "c"), ("c", "d")]
    assert ngrams("a", 2) == []


def test_values_by_hand():
    counter = RougeCounter.empty([["a", "b", "b", "c"]], 1)
    assert counter.fmeasure == 0
    counter = counter.change(added=[("b",), ("b",), ("b",), ("x",)])
    # Two of four b's and x's are shared, of four in the reference.
    assert counter.fmeasure == 0.5
    assert counter.change(added=[], removed=[("x",)]).fmeasure == 2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4)
    assert counter.fmeasure == 0.5


def test_the_best_reference_counts():
    counter = RougeCounter.empty([["a"], ["b", "c"]], 1).change(added=[("b",), ("c",)])
    assert counter.fmeasure == 1.0
    assert counter.overlaps == (0, 2)


@given(st.lists(WORDS, min_size=1, max_size=3), WORDS, WORDS, st.sampled_from([1, 2, 3]))
def test_it_equals_rouge_score_after_any_change(references, text, other, n):
    scorer = RougeScorer([f"rouge{n}"], use_stemmer=False)

    def expected(words):
        scores = scorer.score_multi([" ".join(r) for r in references], " ".join(words))
        return scores[f"rouge{n}"].fmeasure

    first = RougeCounter.empty(references, n).change(added=ngrams(text, n))
    assert first.fmeasure == expected(text)
    second = first.change(added=ngrams(other, n), removed=ngrams(text, n))
    assert second.fmeasure == expected(other)
    assert first.fmeasure == expected(text)
