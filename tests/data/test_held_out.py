import numpy as np
import pytest

from textgym.data import held_out
from textgym.data.held_out import HeldOutFilter

SENTENCE = "The little steamer reached the frozen harbour long after midnight."
FILLER = "Unrelated words about gardens and bicycles fill this page. "


def flags(texts: list[str], *held: str, **options) -> list[bool]:
    return HeldOutFilter(held, **options)(texts).tolist()


def test_a_copy_inside_a_long_text_is_found():
    assert flags([FILLER * 50 + SENTENCE + FILLER * 50, FILLER * 100], SENTENCE) == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE.upper(),
        SENTENCE.replace(" ", "\n  "),
        SENTENCE.replace("little", "small"),
        "* " + SENTENCE.replace(",", " -") + " (42)",
        SENTENCE.replace("harbour", "harbor"),
    ],
    ids=["case", "spacing", "a word", "punctuation", "spelling"],
)
def test_small_changes_do_not_hide_a_copy(text):
    assert flags([FILLER + text + FILLER], SENTENCE) == [True]


def test_the_same_words_spread_over_a_text_are_no_copy():
    words = SENTENCE.split()
    spread = " ".join(word + " " + FILLER for word in words)
    assert flags([spread, " ".join(reversed(words))], SENTENCE) == [False, False]


def test_two_halves_far_apart_are_no_copy():
    middle = len(SENTENCE) // 2
    near = SENTENCE[:middle] + "and so on " + SENTENCE[middle:]
    far = SENTENCE[:middle] + FILLER * 10 + SENTENCE[middle:]
    assert flags([near, far], SENTENCE) == [True, False]


def test_a_stretch_that_repeats_one_phrase_is_no_copy():
    held = "et al et al et al and more words follow"
    assert flags(["et al " * 40], held) == [False]


def random_text(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(np.array(list("abcdefghijklmnopqrstuvwxyz     ")), length))


@pytest.mark.parametrize("start", [0, 300, 777, 1600])
def test_a_quotation_of_two_passages_from_a_long_text_is_found_wherever_it_starts(start):
    held = random_text(np.random.default_rng(1), 2200)
    assert flags([FILLER + held[start : start + 2 * held_out.PASSAGE_BYTES] + FILLER], held) == [True]


def test_text_without_spaces_is_compared_too():
    held = "请输入有效的日期和时间，谢谢您的合作。"
    assert flags(
        ["注意：请输入有效的日期与时间，谢谢您的合作！", "今天的天气非常好，我们去公园散步吧。"], held
    ) == [True, False]


def test_short_texts_match_only_an_equal_text():
    assert flags(["Save it!", "Save it now"], "save it") == [True, False]


def test_min_bytes_keeps_common_phrases_out_of_the_search():
    reply = "what do you like to do for fun"
    assert flags(["hi. " + reply + "? I ski"], reply) == [True]
    assert flags(["hi. " + reply + "? I ski"], reply, min_bytes=80) == [False]


def test_two_neighbouring_texts_do_not_make_one_copy():
    middle = len(SENTENCE) // 2
    assert flags([SENTENCE[:middle], SENTENCE[middle:]], SENTENCE) == [False, False]


def test_batches_do_not_change_the_answer(monkeypatch):
    texts = [FILLER, SENTENCE, "", FILLER + SENTENCE, SENTENCE[:20]]
    whole = flags(texts, SENTENCE)
    monkeypatch.setattr(held_out, "_BATCH_BYTES", 1)
    assert flags(texts, SENTENCE) == whole == [False, True, False, True, False]


def test_many_planted_copies_among_random_text_are_all_found():
    rng = np.random.default_rng(0)
    held = [random_text(rng, 60) for _ in range(200)]
    planted = [random_text(rng, 500) + each + random_text(rng, 500) for each in held]
    others = [random_text(rng, 1060) for _ in range(200)]
    found = HeldOutFilter(held)(planted + others)
    assert found.tolist() == [True] * 200 + [False] * 200


def test_without_held_out_texts_nothing_is_found():
    assert flags([SENTENCE, ""]) == [False, False]


def test_no_texts_give_no_answers():
    assert HeldOutFilter([SENTENCE])([]).shape == (0,)
