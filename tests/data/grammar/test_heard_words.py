"""What the words of a sentence say when they are heard one after the other."""

from textgym.data.grammar.heard_words import heard_words
from textgym.data.grammar.word_classes import WORD_CLASSES


def test_a_comma_begins_a_new_clause():
    heard = heard_words(("When", "Anna", "sleeps,", "we", "read", "the", "old", "book."))
    assert [word.bare for word in heard] == ["When", "Anna", "sleeps", "we", "read", "the", "old", "book"]
    assert [word.subordinate for word in heard] == [True, True, True, *[False] * 5]
    assert [word.verb for word in heard] == [False, False, True, False, True, True, True, True]
    assert [word.open for word in heard] == [1, 0, 0, 0, 0, 1, 2, 0]
    names = ["conjunction", "name", "verb", "pronoun", "verb", "determiner", "adjective", "noun"]
    assert [WORD_CLASSES[word.word_class] for word in heard] == names


def test_a_word_does_not_know_those_that_follow_it():
    words = ("The", "man", "who", "reads", "is", "tired,", "because", "it", "is", "late.")
    assert all(heard_words(words[:n]) == heard_words(words)[:n] for n in range(1, len(words)))
