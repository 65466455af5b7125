import pytest

from textgym.data.base import group_key
from textgym.data.near_duplicates import linked_groups, near_duplicate_groups

TEXTS = [
    "Please enter a valid date.",
    "Please enter valid dates.",
    "The horse sleeps under an old tree",
    "Delete the selected photographs",
    "PLEASE ENTER A VALID DATE!",
    "Delete the 2 selected photographs?",
    "Quarterly revenue grew sharply abroad",
]


def test_planted_near_duplicates_share_a_group_and_others_do_not():
    groups = near_duplicate_groups(TEXTS)
    assert groups[TEXTS[0]] == groups[TEXTS[1]] == groups[TEXTS[4]]
    assert groups[TEXTS[3]] == groups[TEXTS[5]]
    assert len(set(groups.values())) == 4


def test_the_key_is_that_of_the_smallest_member():
    assert near_duplicate_groups(TEXTS)[TEXTS[1]] == group_key("please enter a valid date")


def test_the_order_of_the_texts_does_not_matter():
    assert near_duplicate_groups(TEXTS) == near_duplicate_groups(reversed(TEXTS))


def test_at_threshold_one_only_equal_normal_forms_are_joined():
    groups = near_duplicate_groups(TEXTS, threshold=1.0)
    assert groups[TEXTS[0]] == groups[TEXTS[4]] != groups[TEXTS[1]]


def test_pairs_in_different_blocks_are_found(monkeypatch):
    monkeypatch.setattr("textgym.data.near_duplicates._BLOCK", 2)
    assert len(set(near_duplicate_groups(TEXTS).values())) == 4


def test_code_that_differs_in_one_name_shares_a_group():
    body = "def {}(self, key):\n    value = self.table[key]\n    del self.table[key]\n    self.count -= 1\n    return value"
    other = "def area(self):\n    return self.width * self.height"
    texts = [body.format("pop"), body.format("take"), other]
    groups = near_duplicate_groups(texts, unit="words", threshold=0.6)
    assert groups[texts[0]] == groups[texts[1]] != groups[other]


def test_no_texts_give_no_groups():
    assert near_duplicate_groups([]) == {}


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5])
def test_a_threshold_that_is_no_cosine_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must be in"):
        near_duplicate_groups(TEXTS, threshold=threshold)


def test_groups_are_linked_through_chains_of_keys():
    pairs = [("g3", "k1"), ("g2", "k1"), ("g2", "k2"), ("g1", "k2"), ("g4", "k3")]
    assert linked_groups(pairs) == {"g1": "g1", "g2": "g1", "g3": "g1", "g4": "g4"}
