import pytest

from textgym.rewards.text_cache import TextCache


class Counter:
    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.append(list(texts))
        return [len(text) for text in texts]


def test_each_different_text_is_computed_once_and_answered_by_position():
    compute = Counter()
    cache = TextCache(compute, size=10)
    assert cache(["bbb", "a", "bbb"]) == [3, 1, 3]
    assert cache(["a", "cc"]) == [1, 2]
    assert compute.asked == [["a", "bbb"], ["cc"]]


def test_the_least_recently_used_text_is_forgotten():
    compute = Counter()
    cache = TextCache(compute, size=2)
    for texts in (["a"], ["b"], ["a"], ["c"], ["a"], ["b"]):
        cache(texts)
    assert compute.asked == [["a"], ["b"], ["c"], ["b"]]
    assert len(cache) == 2


@pytest.mark.parametrize("size", [0, 1])
def test_a_call_may_hold_more_texts_than_are_remembered(size):
    cache = TextCache(Counter(), size=size)
    assert cache(["a", "bb", "ccc"]) == [1, 2, 3]
    assert len(cache) == size


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="at least 0, got -1"):
        TextCache(Counter(), size=-1)
