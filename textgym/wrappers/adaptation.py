"""Making a reply to one text over for another text, by analogy."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")
_DIGIT = re.compile(r"\d")
#: What a neighbour at distance 1, 2 and 3 weighs: 1, 1/2 and 1/3, in sixths.
_WEIGHTS = (6, 3, 2)
_MOST = 2 * sum(_WEIGHTS)


class Source:
    """A text that replies are said of, its words made ready for comparing.

    A word is a run of letters, digits and underscores, single hyphens, apostrophes, commas and full stops inside
    included; case is ignored in comparisons. A run is some words with one space between them. Its shape is which of
    them hold a digit, begin with a capital, or neither.

    Args:
        text: Any string.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = [found.span() for found in _WORD.finditer(text)]
        self.words = [text[start:end].casefold() for start, end in self.spans]
        gaps = pairwise([(0, 0), *self.spans])
        self._shapes = "".join(
            f"{' ' if text[last:start] == ' ' else '|'}{_shape(text[start:end])}"
            for (_, last), (start, end) in gaps
        )
        self.places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self.words):
            self.places[word].append(place)

    def word(self, place: int) -> str:
        """The word at a place; beyond either end the empty string, which is no word."""
        return self.words[place] if 0 <= place < len(self.words) else ""

    def find(self, run: list[str]) -> list[int]:
        """Where a run of these words begins."""
        size = len(run)
        begins = (i for i in self.places.get(run[0], ()) if self.words[i : i + size] == run)
        return [i for i in begins if "|" not in self.shape(i, size)]

    def shape(self, place: int, size: int) -> str:
        """The shape of the `size` words from a place on: "9", "A" or "a" for each, with what is between them."""
        return self._shapes[2 * place + 1 : 2 * (place + size)]

    def has_shape(self, shape: str, place: int) -> bool:
        """Whether words of a shape begin at a place, which may lie beyond the ends."""
        return place >= 0 and self._shapes.startswith(shape, 2 * place + 1)

    def first_of_shape(self, shape: str) -> int | None:
        """Where words of a shape begin first."""
        found = self._shapes.find(shape)
        return found // 2 if found >= 0 else None


def common_words(texts: Collection[str]) -> frozenset[str]:
    """The words that stand in more than half of some texts, case folded."""
    counts = Counter(word for text in texts for word in set(Source(text).words))
    return frozenset(word for word, count in counts.items() if 2 * count > len(texts))


@dataclass(frozen=True)
class Adaptation:
    """A reply made over.

    Args:
        text: The reply.
        sureness: How alike the two places of the least alike replacement are, in [0, 1]: what its equal neighbours
            count of all that could be equal. 1 if no word was particular, 0 if one had no analogous place.
    """

    text: str
    sureness: float


def adapt(reply: str, there: Source, here: Source, *, common: Collection[str] = ()) -> Adaptation:
    """A reply to one text as it would be said of another.

    Words of the reply that stand in its own source and not in the other are particular to it, unless they are
    common. Each longest run of them that stands there in one piece is replaced by the run of words in the analogous
    place of the other source: the one of the same shape with the most alike neighbours, where a neighbour at distance
    d of up to 3 counts 1/d if it is the same word; the earlier one of two that are equally alike. What began with a
    capital begins with one again. Where the other source has no run of the shape, the words stay.

    Args:
        reply: Said of the text `there`.
        there: Its own source.
        here: The source to say it of.
        common: Words that are never replaced, case folded, such as "the" and "in".

    Returns:
        The reply with some of its words replaced; the reply itself if all its words stand in `here`.

    References:
        Translation by analogy with the nearest example: Nagao, 1984, "A framework of a mechanical translation between
        Japanese and English by analogy principle". Editing what was retrieved, there with a learned editor: Hashimoto
        et al., 2018, arXiv:1812.01194.
    """
    parts, done, least = [], 0, _MOST
    for start, end, run in _particular(reply, there, here, common):
        likeness, place = _analogue(run, there, here)
        least = min(least, likeness)
        if place is not None:
            taken = here.text[here.spans[place][0] : here.spans[place + len(run) - 1][1]]
            capital = reply[start].isupper()
            parts += [reply[done:start], taken[0].upper() + taken[1:] if capital else taken]
            done = end
    return Adaptation("".join([*parts, reply[done:]]), least / _MOST)


def _shape(word: str) -> str:
    return "9" if _DIGIT.search(word) else "A" if word[0].isupper() else "a"


def _particular(
    reply: str, there: Source, here: Source, common: Collection[str]
) -> Iterator[tuple[int, int, list[str]]]:
    """Start, end and words of each run of the reply that stands in its own source and not here."""
    start = end = 0
    run: list[str] = []
    for found in _WORD.finditer(reply):
        word = found[0].casefold()
        particular = word in there.places and word not in here.places and word not in common
        if run and not (particular and reply[end : found.start()] == " " and there.find([*run, word])):
            yield start, end, run
            run = []
        if particular:
            start = start if run else found.start()
            end = found.end()
            run = [*run, word]
    if run:
        yield start, end, run


def _analogue(run: list[str], there: Source, here: Source) -> tuple[int, int | None]:
    """How alike the place is that is analogous to one of the run in `there`, in sixths, and where it is in `here`."""
    likeness: Counter[tuple[int, int]] = Counter()
    size = len(run)
    origins = there.find(run)
    for origin in origins:
        for distance, weight in enumerate(_WEIGHTS, 1):
            for offset in (-distance, size - 1 + distance):
                for place in here.places.get(there.word(origin + offset), ()):
                    likeness[origin, place - offset] += weight
    shapes = {origin: there.shape(origin, size) for origin in origins}
    fitting = [
        (-weight, origin, place)
        for (origin, place), weight in likeness.items()
        if here.has_shape(shapes[origin], place)
    ]
    if not fitting:
        return 0, here.first_of_shape(shapes[origins[0]])
    weight, _, place = min(fitting)
    return -weight, place
