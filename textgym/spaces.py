"""A space of Unicode strings that behaves where Gymnasium's `Text` does not."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.spaces import Space, Tuple
from gymnasium.vector.utils import batch_space

from textgym.errors import UnsupportedSpace

_SAMPLE_ALPHABET = "abcdefghijklmnopqrstuvwxyz ABCXYZ 0123456789 .,?!'-\näöüßéñ中文😀"


class UnicodeText(Space[str]):
    """Every `str` of at most `max_length` code points, the empty string included.

    Gymnasium's `Text` leaves out the space character by default and lists its charset when pickled; this
    space checks a length only. It works in `SyncVectorEnv`, and in `AsyncVectorEnv` with
    `shared_memory=False` (shared memory is refused with an error that says so).

    Args:
        max_length: Longest accepted string, in code points.
        use_instead: Ids of the views for consumers that need arrays; named in the error they get.
        seed: Seed of `sample`.
    """

    def __init__(
        self, max_length: int, *, use_instead: str = "", seed: int | np.random.Generator | None = None
    ) -> None:
        if max_length < 1:
            raise ValueError(f"max_length must be at least 1, got {max_length}")
        self.max_length = int(max_length)
        self.use_instead = use_instead
        super().__init__(dtype=str, seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A random string of up to 32 characters; masks are not supported."""
        if mask is not None or probability is not None:
            raise ValueError("UnicodeText.sample takes no mask and no probability")
        size = int(self.np_random.integers(1, min(32, self.max_length) + 1))
        picks = self.np_random.integers(len(_SAMPLE_ALPHABET), size=size)
        return "".join(_SAMPLE_ALPHABET[i] for i in picks)

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    @property
    def shape(self) -> tuple[int, ...]:
        """Text has no array shape.

        Raises:
            UnsupportedSpace: Always; Stable-Baselines3 asks for the shape of every space it is given.
        """
        raise UnsupportedSpace(
            "this environment speaks text, which has no array shape, so Stable-Baselines3 cannot use it. "
            f"Make {self.use_instead or 'the -tokens-v0 or -choice-v0 id of the same task'} instead."
        )

    @property
    def is_np_flattenable(self) -> bool:
        """Strings have no fixed-size array form."""
        return False

    def to_jsonable(self, sample_n: Sequence[str]) -> list[str]:
        """Strings are JSON already."""
        return list(sample_n)

    def from_jsonable(self, sample_n: Sequence[Any]) -> list[str]:
        """Strings are JSON already."""
        return list(sample_n)

    def __repr__(self) -> str:
        return f"UnicodeText({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and other.max_length == self.max_length

    def __hash__(self) -> int:
        return hash(("UnicodeText", self.max_length))

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)


@batch_space.register(UnicodeText)
def _batch_unicode_text(space: UnicodeText, n: int = 1):
    return Tuple(tuple(UnicodeText(space.max_length, use_instead=space.use_instead) for _ in range(n)))
