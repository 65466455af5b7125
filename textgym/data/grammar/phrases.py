"""Draws the phrases of a sentence: persons, things, places, times."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np

from textgym.data.grammar.labels import draw_label, draw_person
from textgym.data.grammar.lexicon import Adjective, Noun, load_lexicon
from textgym.data.grammar.tree import (
    POSSESSIVES,
    PRONOUNS,
    Name,
    NounPhrase,
    Pair,
    Phrase,
    Place,
    Pronoun,
    Tense,
    When,
)

T = TypeVar("T")
PERSON = frozenset({"person"})


@cache
def nouns_of(kinds: frozenset[str]) -> tuple[Noun, ...]:
    """Nouns of at least one of the kinds."""
    return tuple(n for n in load_lexicon().nouns.values() if n.kinds & kinds)


@cache
def adjectives_of(kinds: frozenset[str]) -> tuple[Adjective, ...]:
    """Adjectives that describe nouns of the kinds."""
    return tuple(a for a in load_lexicon().adjectives.values() if a.of & kinds)


def kinds_of(value: Phrase) -> frozenset[str]:
    """What a phrase denotes."""
    return value.noun.kinds if isinstance(value, NounPhrase) else PERSON


def quantified(value: Phrase | None) -> bool:
    """Whether a negation beside the phrase would be ambiguous."""
    return isinstance(value, NounPhrase) and value.determiner in ("every", "many", "number")


class PhraseDrawer:
    """Draws one phrase after another.

    Args:
        rng: Source of randomness.
        difficulty: In [0, 1]: which constructions are allowed, and how often they come.
    """

    def __init__(self, rng: np.random.Generator, difficulty: float) -> None:
        self.rng = rng
        self.difficulty = difficulty

    def chance(self, start: float, top: float) -> bool:
        """True with a probability that grows from 0 at difficulty `start` to `top` at difficulty 1."""
        share = max(0.0, self.difficulty - start) / (1 - start)
        return bool(self.rng.random() < top * share)

    def choice(self, values: Sequence[T]) -> T:
        """One of the values."""
        return values[int(self.rng.integers(len(values)))]

    def name(self) -> Name:
        """A person's name."""
        return draw_person(self.rng, load_lexicon(), surname=self.chance(0.4, 0.5))

    def noun_phrase(
        self, kinds: frozenset[str], *, subject: bool = False, bare: bool = True, plain: bool = False
    ) -> NounPhrase:
        """A noun phrase.

        Args:
            kinds: What it may denote.
            subject: Whether it is a subject: then it has a determiner, because a bare plural is generic.
            bare: Whether a plural without determiner is allowed.
            plain: Whether adjective, owner and label are left out.
        """
        nouns = nouns_of(kinds)
        labelled = [n for n in nouns if "label" in n.kinds]
        if labelled and not plain and self.chance(0.35, 0.12 if "person" in kinds else 0.5):
            noun = self.choice(labelled)
            return NounPhrase(noun, label=draw_label(self.rng, noun))
        noun = self.choice(nouns)
        value = self._determined(noun, bare=bare and not subject)
        if plain:
            return value
        if self.chance(0.05, 0.6):
            value = replace(
                value, adjective=self.choice(adjectives_of(noun.kinds)) if adjectives_of(noun.kinds) else None
            )
        if (
            value.determiner == "the"
            and noun.kinds & {"thing", "document", "animal"}
            and self.chance(0.25, 0.35)
        ):
            value = replace(value, owner=self._owner())
        return value

    def _determined(self, noun: Noun, *, bare: bool) -> NounPhrase:
        plural = bool(self.rng.random() < 0.3)
        draw = self.rng.random()
        if draw < 0.3:
            return NounPhrase(noun, "a", plural) if bare or not plural else NounPhrase(noun, "the", True)
        if draw < 0.4 and "place" not in noun.kinds and (noun.kinds & {"kin"} or "person" not in noun.kinds):
            return NounPhrase(noun, self.choice(POSSESSIVES), plural)
        if draw < 0.5:
            return NounPhrase(noun, "this", plural)
        if self.chance(0.15, 0.3):
            kind = self.choice(("every", "many", "number", "number"))
            if kind == "every":
                return NounPhrase(noun, kind)
            return NounPhrase(noun, kind, True, number=self._number() if kind == "number" else 0)
        return NounPhrase(noun, "the", plural)

    def _number(self) -> int:
        return int(self.rng.integers(13, 1000)) if self.chance(0.4, 0.4) else int(self.rng.integers(2, 13))

    def _owner(self) -> Name | NounPhrase:
        if self.rng.random() < 0.5:
            return self.name()
        noun = self.choice(nouns_of(PERSON))
        kin = "kin" in noun.kinds and self.rng.random() < 0.4
        return NounPhrase(noun, self.choice(POSSESSIVES) if kin else "the", bool(self.rng.random() < 0.2))

    def person(self) -> Phrase:
        """A person as subject: pronoun, name, noun, or two joined by "and"."""
        draw = self.rng.random()
        if draw < 0.2:
            return Pronoun(self.choice(tuple(PRONOUNS)))
        first = self.name() if draw < 0.45 else self.noun_phrase(PERSON, subject=True)
        if (
            self.chance(0.35, 0.2)
            and not quantified(first)
            and not (isinstance(first, NounPhrase) and first.label)
        ):
            second = self.name()
            return first if second == first else Pair(first, second)
        return first

    def human(self, unlike: Phrase) -> Name | NounPhrase:
        """A definite or singular person in another role than the subject, who is someone else."""
        while True:
            value = self.name() if self.rng.random() < 0.35 else self.noun_phrase(PERSON, bare=False)
            if not quantified(value) and not same(value, unlike):
                return value

    def place(self, relation: str, *, city: bool = False) -> Place:
        """A place where something happens (`in`) or where a movement leads (`to`)."""
        relation = "in" if relation == "in" else "to"
        if city or self.rng.random() < 0.3:
            return Place(relation, Name(self.choice(load_lexicon().cities)))
        noun = self.choice(nouns_of(frozenset({"place"})))
        determiner = self.choice(("the", "the", "the", "a", "this"))
        adjective = self.choice(adjectives_of(noun.kinds)) if self.chance(0.2, 0.4) else None
        return Place(relation, NounPhrase(noun, determiner, adjective=adjective))

    def time(self, tense: Tense) -> When | None:
        """A time that goes with the tense, or none."""
        if not self.chance(0.2, 0.55):
            return None
        time = self.choice([t for t in load_lexicon().times.values() if tense in t.tenses])
        return When(time, int(self.rng.integers(time.low, time.high + 1)))


def same(value: Phrase | None, other: Phrase | None) -> bool:
    """Whether two phrases are built on the same noun or name."""
    if isinstance(other, Pair):
        return same(value, other.first) or same(value, other.second)
    if isinstance(value, NounPhrase) and isinstance(other, NounPhrase):
        return value.noun == other.noun
    return value == other
