import numpy as np
import pytest

from textgym.wrappers.token_episodes import TokenEpisodes

END = 9


@pytest.fixture
def episodes():
    """Two rows of eight ids, three ids a turn; only row 1 has an episode."""
    made = TokenEpisodes.empty(2, 8, end_of_turn=END, max_new_tokens=3)
    assert made.begin(1, [5, 6])
    return made


def write(episodes, ids):
    for i in ids:
        episodes.append(np.array([1]), np.array([i]))


def row(episodes):
    return episodes.tokens[1].tolist(), int(episodes.length[1]), int(episodes.turn_start[1])


def test_ids_are_appended_to_their_row_alone(episodes):
    write(episodes, [7, 8])
    assert row(episodes) == ([5, 6, 7, 8, 0, 0, 0, 0], 4, 2)
    assert episodes.turn(1) == [7, 8]
    assert not episodes.tokens[0].any()
    assert episodes.over.tolist() == [True, False]


def test_a_turn_ends_with_its_id_or_the_last_of_its_budget(episodes):
    both, third = np.array([1, 1]), np.array([4, END])
    assert episodes.ends_turn(both, third).tolist() == [False, True]
    write(episodes, [7, 8])
    assert episodes.ends_turn(both, third).tolist() == [True, True]


@pytest.mark.parametrize(
    "said, expected", [([7, END], [5, 6, 7, END, 4, 0, 0, 0]), ([7], [5, 6, 7, END, 4, 0, 0, 0])]
)
def test_an_answer_follows_one_end_of_turn(episodes, said, expected):
    write(episodes, said)
    assert episodes.answer(1, [4])
    assert row(episodes) == (expected, 5, 5)


def test_an_answer_after_which_no_turn_fits_is_not_appended(episodes):
    write(episodes, [7, END])
    before = row(episodes)
    assert not episodes.answer(1, [4, 4])
    assert row(episodes) == before


def test_a_new_episode_leaves_nothing_of_the_last(episodes):
    write(episodes, [7, 8, 7])
    assert episodes.begin(1, [5])
    assert row(episodes) == ([5, 0, 0, 0, 0, 0, 0, 0], 1, 1)


def test_a_prompt_after_which_no_turn_fits_begins_no_episode(episodes):
    assert episodes.begin(1, [1] * 5)
    assert not episodes.begin(1, [1] * 6)
    assert episodes.over[1]
