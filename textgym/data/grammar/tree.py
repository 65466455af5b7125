"""Sentence trees: what is said, before it is worded in any language."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from textgym.data.grammar.lexicon import Adjective, Noun, Time, Verb

Tense = Literal["present", "past", "future"]
Modal = Literal["", "can", "must", "want"]
Mood = Literal["statement", "yes_no", "where", "when", "why", "what"]
Link = Literal["", "because", "when", "that", "and", "but"]
Gap = Literal["", "subject", "object"]

FIRST_SG, SECOND_SG, THIRD_SG, FIRST_PL, THIRD_PL = range(5)
PRONOUNS = {
    "I": FIRST_SG,
    "you": SECOND_SG,
    "he": THIRD_SG,
    "she": THIRD_SG,
    "we": FIRST_PL,
    "they": THIRD_PL,
}
POSSESSIVES = ("my", "your", "his", "her", "our")


@dataclass(frozen=True)
class Name:
    """A person's name, or a city's; copied as it is."""

    text: str
    feminine: bool = False
    person = THIRD_SG


@dataclass(frozen=True)
class Pronoun:
    """A personal pronoun in the nominative, or `"who"`."""

    key: str

    @property
    def person(self) -> int:
        """Index of its person and number."""
        return PRONOUNS.get(self.key, THIRD_SG)

    @property
    def feminine(self) -> bool:
        """Whether its participle and adjective are feminine."""
        return self.key == "she"


@dataclass(frozen=True)
class NounPhrase:
    """A noun with its determiner.

    Args:
        noun: The noun.
        determiner: `"the"`, `"a"` (none in the plural), `"this"`, a possessive such as `"my"`, `"every"`,
            `"many"`, or `"number"`.
        plural: Whether it is plural.
        adjective: Attributive adjective.
        number: The number of a `"number"` phrase, at least 2.
        label: A code or placeholder after the noun, copied as it is.
        owner: Whose it is; then the determiner is `"the"`.
        relative: A relative clause.
    """

    noun: Noun
    determiner: str = "the"
    plural: bool = False
    adjective: Adjective | None = None
    number: int = 0
    label: str = ""
    owner: "Name | NounPhrase | None" = None
    relative: "Relative | None" = None

    @property
    def person(self) -> int:
        """Index of its person and number."""
        return THIRD_PL if self.plural else THIRD_SG

    @property
    def indefinite(self) -> bool:
        """Whether a German negation turns it into "kein"."""
        return self.determiner == "a"

    @property
    def human(self) -> bool:
        """Whether it is a person."""
        return "person" in self.noun.kinds


@dataclass(frozen=True)
class Pair:
    """Two phrases joined by "and"."""

    first: "Name | NounPhrase"
    second: "Name | NounPhrase"
    person = THIRD_PL


Phrase = Name | Pronoun | NounPhrase | Pair


@dataclass(frozen=True)
class Place:
    """A place: `"in"` where something happens, `"to"` where a movement leads."""

    relation: Literal["in", "to"]
    where: Name | NounPhrase


@dataclass(frozen=True)
class When:
    """A time with its number drawn."""

    time: Time
    number: int = 0

    def wording(self, language: str) -> str:
        """The time in a language."""
        return self.time.wording[language].replace("{n}", str(self.number))


class Clause(NamedTuple):
    """A subject and what is said of it: a verb with its complements, or an adjective.

    Args:
        subject: The subject.
        verb: The verb, or None for "is" with `adjective`.
        adjective: The predicate where there is no verb.
        object: Direct object.
        recipient: Indirect object.
        place: Where, or where to.
        companion: Whom it is done with.
        beneficiary: Whom it is done for.
        time: When.
        tense: Its tense.
        modal: A modal verb over the verb; never with the future, `"must"` never negated.
        negative: Whether it is negated.
    """

    subject: Phrase
    verb: Verb | None = None
    adjective: Adjective | None = None
    object: Name | NounPhrase | None = None
    recipient: Name | NounPhrase | None = None
    place: Place | None = None
    companion: Name | NounPhrase | None = None
    beneficiary: Name | NounPhrase | None = None
    time: When | None = None
    tense: Tense = "present"
    modal: Modal = ""
    negative: bool = False


@dataclass(frozen=True)
class Relative:
    """A relative clause; the gap is the part of the clause that the noun fills."""

    clause: Clause
    gap: Literal["subject", "object"]


class Sentence(NamedTuple):
    """A main clause, perhaps with a second one.

    Args:
        main: The main clause.
        mood: A statement or the kind of question; "who" questions are statements about `Pronoun("who")`.
        link: How the second clause hangs on the main one.
        second: The second clause.
        fronted: What comes first: the time of the main clause, or the second clause.
    """

    main: Clause
    mood: Mood = "statement"
    link: Link = ""
    second: Clause | None = None
    fronted: Literal["", "time", "second"] = ""

    @property
    def question(self) -> bool:
        """Whether it ends in a question mark."""
        return self.mood != "statement" or self.main.subject == Pronoun("who")
