import gc
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from textgym.tasks.dialogue import town
from textgym.tasks.dialogue.contacts import draw_contacts
from textgym.tasks.dialogue.domains.restaurant import VALUES
from textgym.tasks.dialogue.town import draw_numbers, draw_town, read_numbers

BOUNDS = [len(values) for values in VALUES.values()]


class Words(np.random.PCG64):
    """A bit generator that gives these words."""

    def __init__(self, words):
        self.words = words

    def random_raw(self, size):
        return np.resize(self.words, size)


def read_words(words):
    return read_numbers(SimpleNamespace(bit_generator=Words(words)), BOUNDS)


@pytest.mark.parametrize("bounds", [BOUNDS, [], [7, 2, 2, 9, 100]])
def test_numbers_read_at_once_are_those_drawn_one_by_one(bounds):
    sizes = set()
    for seed in range(300):
        read = read_numbers(np.random.default_rng(seed), bounds)
        drawn = draw_numbers(np.random.default_rng(seed), bounds)
        assert read is not None
        assert (read.stems, read.values) == (drawn.stems, drawn.values)
        made_up = [place for place, stem in enumerate(read.stems) if stem >= 100]
        assert [read.kind(place) for place in made_up] == [drawn.kind(place) for place in made_up]
        # What comes next, halves and words, is the same too, as often as it is asked for.
        for _ in range(2):
            one, other = read.behind(), drawn.behind()
            assert one.integers(10**7, size=5).tolist() == other.integers(10**7, size=5).tolist()
            assert one.random() == other.random()
        sizes.add(len(read.stems))
    assert (min(sizes), max(sizes)) == (40, 60)


def test_nothing_is_read_where_a_half_may_be_refused():
    words = np.random.PCG64(0).random_raw(400)
    assert read_words(words) is not None
    # The smallest half that gives each number: refused if less is left of the product than 2**32 modulo the bound.
    refused = [
        half
        for bound in (21, 10, *BOUNDS)
        for half in (-(-number * 2**32 // bound) for number in range(bound))
        if half * bound % 2**32 < 2**32 % bound
    ]
    assert len(refused) == 4 + 6 + 4 + 1 + 1
    for half in refused:
        for place in (0, 61, 400):
            changed = words.copy()
            changed.view(np.uint32)[place] = half
            assert read_words(changed) is None


def test_nothing_is_read_where_names_take_too_many_words():
    words = np.random.PCG64(0).random_raw(400)
    words[3:] = words[3]  # one name again and again
    assert read_words(words) is None


def test_nothing_is_read_where_the_last_kind_lies_behind_the_halves_of_names():
    halves = np.full(800, 12_345_678, np.uint32)
    halves[3] = halves[417] = 2**32 - 1  # made-up names at 1 and 415, plain ones between them
    for number, start in enumerate(range(7, 415, 4)):
        halves[start], halves[start + 3] = (429_500_000 * n + 99_999 for n in divmod(min(number, 37), 10))
    halves[415] = 3_000_000_000
    assert read_words(halves.view(np.uint64)) is None


def test_other_generators_draw_one_by_one():
    assert read_numbers(np.random.Generator(np.random.SFC64(0)), BOUNDS) is None
    town, again = (draw_town(np.random.Generator(np.random.MT19937(3)), VALUES) for _ in range(2))
    assert 40 <= len(town) <= 60
    assert town == again[:]


def test_contacts_do_not_depend_on_when_they_are_looked_at():
    town, again = (draw_town(np.random.default_rng([7, 0]), VALUES) for _ in range(2))
    assert town[12] == again[:20][12]


def test_threads_that_look_at_the_same_time_see_the_same_contacts(monkeypatch):
    def slowly(rng, size):
        time.sleep(0.05)
        return draw_contacts(rng, size)

    alone = tuple(draw_town(np.random.default_rng([7, 0]), VALUES))
    monkeypatch.setattr(town, "draw_contacts", slowly)
    together = draw_town(np.random.default_rng([7, 0]), VALUES)
    with ThreadPoolExecutor(4) as threads:
        assert tuple(threads.map(together.__getitem__, range(4))) == alone[:4]


def test_an_interrupted_look_at_a_town_changes_nothing(monkeypatch):
    def interrupted(rng, size):
        draw_contacts(rng, size)
        monkeypatch.setattr(town, "draw_contacts", draw_contacts)
        raise KeyboardInterrupt

    rows = draw_town(np.random.default_rng([7, 0]), VALUES)
    monkeypatch.setattr(town, "draw_contacts", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rows[0]
    assert tuple(rows) == tuple(draw_town(np.random.default_rng([7, 0]), VALUES))


def test_a_garbage_collector_has_nothing_to_look_at_in_contacts():
    contacts = draw_contacts(np.random.default_rng(0), 40)
    assert [name for name, value in vars(contacts).items() if gc.is_tracked(value)] == []
