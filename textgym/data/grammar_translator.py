"""Translating the beginning of an English sentence with the synchronous grammar."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from textgym.data.grammar.english_forms import is_auxiliary, is_known
from textgym.data.grammar.lexicon import load_lexicon
from textgym.data.grammar.reading import PartialClause, Reader
from textgym.data.grammar.tree import Clause, Link, Mood, Name, NounPhrase, Place, Pronoun, Sentence
from textgym.data.synchronous_grammar import LANGUAGES, wording
from textgym.errors import UnknownName

_MARKS = ".?"
# Sentences often begin with the same words; a beginning that says little is also the one with most continuations.
_OFTEN_HEARD = 2
# Also the English wording that leaves no space behind the possessive of a plural: "colleagues'black".
_POSSESSIVE = re.compile(r"(.*s)(')(\w\w.*)|(.+?)('s?)")
_LINKS: dict[str, Link] = {"because": "because", "when": "when", "that": "that", "and": "and", "but": "but"}
_MOODS: dict[str, Mood] = {"where": "where", "when": "when", "why": "why", "what": "what"}


class _Reading(NamedTuple):
    """What is heard of a sentence: itself where one clause is not open, and how many tokens it explains."""

    sentence: Sentence
    open: PartialClause | None
    in_second: bool
    end: int


class GrammarTranslator:
    """Translates the words heard so far, knowing the lexicon and the grammar and nothing of the sentence to come.

    The words are read into a tree. Where they end within a clause, what is given is what the sentence says if
    nothing follows; where they end before a verb, what all of several continuations begin with. A finished
    sentence of the grammar is translated exactly, except for the few that English leaves ambiguous ("they
    read"). Words that the grammar does not explain are copied at the end, once the sentence is finished.

    Args:
        language: Target language: `"de"`, `"es"` or `"fr"`.

    Raises:
        UnknownName: If there is no grammar for the language.
    """

    name = "grammar"

    def __init__(self, language: str = "de") -> None:
        if language not in LANGUAGES:
            raise UnknownName(f"no grammar for language {language!r}; choose one of {', '.join(LANGUAGES)}")
        self.language = language

    def __call__(self, words: Sequence[str], *, finished: bool) -> tuple[str, ...]:
        """Translate the beginning of a sentence.

        Args:
            words: The words heard so far, with their punctuation.
            finished: Whether the sentence ends with them.

        Returns:
            The words of the translation, with their punctuation.
        """
        if len(words) <= _OFTEN_HEARD and not finished:
            return _beginning(self.language, tuple(words))
        return _translation(self.language, words, finished=finished)


@lru_cache(maxsize=4096)
def _beginning(language: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return _translation(language, words, finished=False)


def _translation(language: str, words: Sequence[str], *, finished: bool) -> tuple[str, ...]:
    tokens, mark = _tokens(words)
    reader = Reader(tokens)
    reading = _read(reader)
    texts = [_words(language, sentence) for sentence in _completions(reading)]
    known = _common_start(texts)
    if not finished:
        return known
    rest = [token for token in tokens[reading.end :] if token != ","]
    if not rest and len(texts) == 1:
        return tuple(wording(language)(reading.sentence).split())
    translated = [*known, *rest]
    return (*translated[:-1], translated[-1] + mark) if translated else ()


def _words(language: str, sentence: Sentence) -> tuple[str, ...]:
    text = wording(language)(sentence)
    return tuple(text[:-1].split())  # without the mark, with or without a space before it


def _tokens(words: Sequence[str]) -> tuple[list[str], str]:
    """Tokens as `Reader` wants them, and the mark at the end."""
    tokens: list[str] = []
    mark = words[-1][-1] if words and words[-1][-1:] in _MARKS else ""
    for number, word in enumerate(words):
        bare = word.rstrip(_MARKS + ",") or word
        if number == 0 and is_known(bare.lower()):
            bare = bare.lower()
        parts = _POSSESSIVE.fullmatch(bare) if "'" in bare else None
        tokens += [part for part in parts.groups() if part] if parts else [bare]
        if word.endswith(","):
            tokens.append(",")
    return tokens, mark


def _read(reader: Reader) -> _Reading:
    first = reader.at(0)
    if is_auxiliary(first):
        return _question(reader, "yes_no", 0)
    if first in _MOODS and is_auxiliary(reader.at(1)):
        return _question(reader, _MOODS[first], 1)
    if first in ("because", "when"):
        return _fronted(reader, _LINKS[first])
    time = reader.time(0)
    if time is not None and reader.at(time[1]) == ",":
        main = reader.clause(time[1] + 1)
        sentence = Sentence(main.clause._replace(time=time[0]), fronted="time")
        return _with_second(reader, main._replace(clause=sentence.main), sentence)
    main = reader.clause(0)
    return _with_second(reader, main, Sentence(main.clause))


def _question(reader: Reader, mood: Mood, start: int) -> _Reading:
    clause = reader.question(start, "object" if mood == "what" else "")
    open_ = None if clause.heard == "all" else clause
    return _Reading(Sentence(clause.clause, mood), open_, False, clause.end)


def _fronted(reader: Reader, link: Link) -> _Reading:
    second = reader.clause(1)
    sentence = Sentence(Clause(Pronoun("he")), link=link, second=second.clause, fronted="second")
    if second.heard != "all":
        return _Reading(sentence, second, True, second.end)
    main = reader.clause(second.end + (reader.at(second.end) == ","))
    sentence = sentence._replace(main=main.clause)
    return _Reading(sentence, None if main.heard == "all" else main, False, main.end)


def _with_second(reader: Reader, main: PartialClause, sentence: Sentence) -> _Reading:
    """The second clause behind a main clause, where its link is heard."""
    if main.heard != "all":
        return _Reading(sentence, main, False, main.end)
    at = main.end + (reader.at(main.end) == ",")
    link = _LINKS.get(reader.at(at))
    if link is None:
        return _Reading(sentence, None, False, main.end)
    second = reader.clause(at + 1)
    verb = sentence.main.verb
    if link == "that" and verb and not verb.says:
        # "know" somebody and "know that" are two verbs.
        said = [v for v in load_lexicon().verbs.values() if v.says and v.en == verb.en]
        sentence = sentence._replace(main=sentence.main._replace(verb=said[0] if said else verb))
    sentence = sentence._replace(link=link, second=second.clause)
    return _Reading(sentence, None if second.heard == "all" else second, True, second.end)


def _completions(reading: _Reading) -> list[Sentence]:
    """The sentence itself, or sentences that it may become, different enough to agree only on what is certain."""
    if reading.open is None:
        return [reading.sentence]
    clauses = _clauses(reading.open)
    if reading.in_second:
        # A fronted clause is open: what follows it is of no importance.
        return [reading.sentence._replace(second=clause) for clause in clauses]
    return [reading.sentence._replace(main=clause) for clause in clauses]


def _clauses(open_: PartialClause) -> list[Clause]:
    sleep, buy, go, book, house, old, tired = _samples()
    clause = open_.clause
    if open_.heard == "adjective":
        given = [clause._replace(adjective=adjective) for adjective in (old, tired)]
    else:
        given = [
            clause._replace(verb=sleep),
            clause._replace(verb=buy, object=book),
            clause._replace(verb=go, place=Place("to", house)),
        ]
        if not open_.heard:
            # The tense is open too: "when" is "wenn" or "als".
            given[1] = given[1]._replace(tense="past")
    if open_.subject:
        return given
    subjects = (Name("Anna", feminine=True), Pronoun("we"), NounPhrase(book.noun, "a"))
    return [clause._replace(subject=subject) for subject in subjects for clause in given]


@cache
def _samples():
    lexicon = load_lexicon()
    sleep, buy, go = (lexicon.verbs[key] for key in ("sleep", "buy", "go"))
    book = NounPhrase(lexicon.nouns["book"], "a")
    place = next(noun for noun in lexicon.nouns.values() if "place" in noun.kinds)
    adjectives = (lexicon.adjectives["old"], lexicon.adjectives["tired"])
    return sleep, buy, go, book, NounPhrase(place), *adjectives


def _common_start(texts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    start = texts[0]
    for text in texts[1:]:
        same = 0
        while same < min(len(start), len(text)) and start[same] == text[same]:
            same += 1
        start = start[:same]
    return start
