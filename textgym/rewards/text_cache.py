"""A bounded memory of what a model said about texts."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TextCache(Generic[K, V]):
    """Computes values of texts in batches and remembers the most recently used.

    Each different text of a call is computed once. Missing texts reach `compute` sorted, so that the answer to
    a set of texts does not depend on their order, not even by rounding.

    Args:
        compute: Gives one value for each of several different texts, by position.
        size: Most texts remembered.

    Raises:
        ValueError: If `size` is negative.
    """

    def __init__(self, compute: Callable[[Sequence[K]], Sequence[V]], *, size: int) -> None:
        if size < 0:
            raise ValueError(f"the cache size must be at least 0, got {size}")
        self._compute = compute
        self._size = size
        self._known: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, texts: Sequence[K]) -> list[V]:
        """The value of each text, by position."""
        wanted = dict.fromkeys(texts)
        missing = sorted(text for text in wanted if text not in self._known)  # type: ignore[type-var]
        # A call may hold more texts than are remembered, so the answers are kept beside the memory.
        answers = {text: self._known[text] for text in wanted if text in self._known}
        if missing:
            answers.update(zip(missing, self._compute(missing), strict=True))
        for text in wanted:
            self._known[text] = answers[text]
            self._known.move_to_end(text)
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return [answers[text] for text in texts]
