import gc
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from textgym.tasks.dialogue import town
from textgym.tasks.dialogue.contacts import draw_contacts
from textgym.tasks.dialogue.domains.restaurant import VALUES
from textgym.tasks.dialogue.town import draw_numbers, draw_town, read_numbers

BOUNDS = [len(values) for values in VALUES.values()]


class Words(np.random.PCG64):
    """A bit generator of which somebody has taken the lower half of the first word."""

    def __init__(self, words):
        self.words = words

    @property
    def state(self):
        return {"has_uint32": 1, "uinteger": int(self.words[0] >> 32)}

    @state.setter
    def state(self, value):
        pass

    def advance(self, delta):
        return self

    def random_raw(self, size):
        return np.resize(self.words, size)


class Rng:
    def __init__(self, words):
        self.bit_generator = Words(words)

    def integers(self, high):
        return 0


def with_half_left(seed):
    rng = np.random.default_rng(seed)
    rng.integers(40, 61)
    return rng


@pytest.mark.parametrize("size", [1, 40, 47, 60])
def test_numbers_read_at_once_are_those_drawn_one_by_one(size):
    for seed in range(200):
        one, other = with_half_left(seed), with_half_left(seed)
        read, drawn = read_numbers(one, size, BOUNDS), draw_numbers(other, size, BOUNDS)
        assert read is not None
        assert (read.stems, read.values) == (drawn.stems, drawn.values)
        made_up = [place for place, stem in enumerate(read.stems) if stem >= 100]
        assert [read.kind(place) for place in made_up] == [drawn.kind(place) for place in made_up]
        # What comes next, halves and words, is the same too.
        assert one.integers(10**7, size=5).tolist() == other.integers(10**7, size=5).tolist()
        assert one.random() == other.random()


def test_nothing_is_read_where_no_half_is_left():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert read_numbers(rng, 40, BOUNDS) is None
    assert rng.bit_generator.state == before


def test_nothing_is_read_where_a_half_may_be_refused():
    words = with_half_left(0).bit_generator.random_raw(400)
    assert read_numbers(Rng(words), 40, BOUNDS) is not None
    words[30] &= np.uint64(2**64 - 2**32)  # a lower half of zeros, which no bound but a power of two takes
    assert read_numbers(Rng(words), 40, BOUNDS) is None


def test_other_generators_draw_one_by_one():
    assert read_numbers(np.random.Generator(np.random.SFC64(0)), 40, BOUNDS) is None
    assert 40 <= len(draw_town(np.random.Generator(np.random.MT19937(3)), VALUES)) <= 60


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
