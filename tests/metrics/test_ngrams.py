import pytest

from textgym.metrics.ngrams import echo_share, repeated_share


@pytest.mark.parametrize(
    ("text", "n", "share"),
    [
        ("", 2, 0.0),
        ("go", 2, 0.0),
        ("Go on, go on!", 2, 1 / 3),  # go on, on go, go on
        ("go go go go", 2, 2 / 3),
        ("go go go go", 1, 3 / 4),
        ("a b c d", 2, 0.0),
    ],
)
def test_repeated_share_by_hand(text, n, share):
    assert repeated_share(text, n) == pytest.approx(share)


@pytest.mark.parametrize(
    ("reply", "n", "share"),
    [
        ("", 3, 0.0),
        ("you like", 3, 0.0),  # too short to tell
        ("Do you like cheese", 3, 1.0),
        ("do you like cheese? I do", 3, 2 / 4),
        ("cheese like you do", 3, 0.0),
        ("cheese like you do", 1, 1.0),
    ],
)
def test_echo_share_by_hand(reply, n, share):
    assert echo_share(reply, "A: Hello.\nB: Hi. Do you LIKE cheese?", n) == pytest.approx(share)


def test_n_is_checked():
    with pytest.raises(ValueError, match="n must be"):
        repeated_share("a", 0)
