"""Reading English words into phrases and clauses: the way back from a wording to the tree, as far as it is heard."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from textgym.data.grammar.english_forms import (
    AUXILIARIES,
    DETERMINERS,
    OWNS,
    TWO_WORD_MODALS,
    Heard,
    first_names,
    noun_forms,
    number_of,
    proper_names,
    time_wordings,
    verb_forms,
)
from textgym.data.grammar.lexicon import Adjective, Noun, Verb, load_lexicon
from textgym.data.grammar.tree import (
    PRONOUNS,
    THIRD_SG,
    Clause,
    Gap,
    Name,
    NounPhrase,
    Pair,
    Phrase,
    Place,
    Pronoun,
    Relative,
    When,
)

_NOBODY = Pronoun("he")


class PartialClause(NamedTuple):
    """A clause as far as it is heard.

    Args:
        clause: What is known of it; its subject stands for nobody where none is heard.
        heard: What its verbs have given away.
        subject: Whether the subject is heard.
        end: Number of the first token that does not belong to it.
    """

    clause: Clause
    heard: Heard
    subject: bool
    end: int


class Reader:
    """Finds phrases and clauses in tokens. What is not complete is not found.

    Args:
        tokens: Words in order; commas and possessive endings are tokens of their own, and the first word is in
            lower case unless it is a name.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tuple(tokens)

    def at(self, i: int) -> str:
        """The token of a number, the empty string beyond the end."""
        return self._tokens[i] if i < len(self._tokens) else ""

    def clause(self, i: int) -> PartialClause:
        """A statement that begins at a token."""
        found = self.phrase(i, pair=True)
        if found is None:
            return PartialClause(Clause(_NOBODY), "", False, i)
        return self._predicate(*found)

    def question(self, i: int, gap: Gap) -> PartialClause:
        """A question without its question word: auxiliary, subject, verb."""
        tense, modal, heard = AUXILIARIES[self.at(i)]
        found = self.phrase(i + 1, pair=True)
        if found is None:
            return PartialClause(Clause(_NOBODY, tense=tense, modal=modal), heard, False, i + 1)
        subject, j = found
        return self._with_verb(Clause(subject, tense=tense, modal=modal), j, heard, gap)

    def time(self, i: int) -> tuple[When, int] | None:
        """The longest adverbial of time at a token."""
        first = self.at(i)
        for pattern, key in time_wordings().get("{n}" if first.isdecimal() else first, ()):
            heard = self._tokens[i : i + len(pattern)]
            if len(heard) < len(pattern):
                continue
            if all(a == b or (b == "{n}" and a.isdecimal()) for a, b in zip(heard, pattern, strict=True)):
                number = next((int(a) for a, b in zip(heard, pattern, strict=True) if b == "{n}"), 0)
                return When(load_lexicon().times[key], number), i + len(pattern)
        return None

    def phrase(self, i: int, *, pair: bool = False) -> tuple[Phrase, int] | None:
        """The longest phrase at a token.

        Args:
            i: Number of the token.
            pair: Whether "and" with a name may follow, as in subjects.
        """
        if self.at(i) in PRONOUNS or self.at(i) == "who":
            return Pronoun(self.at(i)), i + 1
        found = self._name(i) or self._noun_phrase(i)
        if found is not None and self.at(found[1]) in OWNS:
            found = self._owned(*found)
        if found is None or not pair or self.at(found[1]) != "and":
            return found
        second = self._name(found[1] + 1)
        return found if second is None else (Pair(found[0], second[0]), second[1])

    def _name(self, i: int) -> tuple[Name, int] | None:
        first = self.at(i)
        feminine = first_names().get(first)
        if feminine is None:
            return None
        surname = self.at(i + 1)
        if surname[:1].isupper() and surname.isalpha() and surname != "I" and surname not in proper_names():
            return Name(f"{first} {surname}", feminine), i + 2
        return Name(first, feminine), i + 1

    def _owned(self, owner: Phrase, i: int) -> tuple[NounPhrase, int] | None:
        found = self._noun(i + 1)
        if found is None or not isinstance(owner, Name | NounPhrase):
            return None
        adjective, noun, plural, j = found
        return self._with_relative(NounPhrase(noun, "the", plural, adjective, owner=owner), j)

    def _noun_phrase(self, i: int) -> tuple[NounPhrase, int] | None:
        word, number = self.at(i), number_of(self.at(i))
        determiner = "number" if number else DETERMINERS.get(word, "")
        found = self._noun(i + bool(determiner))
        if found is None:
            return None
        adjective, noun, plural, j = found
        if not determiner and not plural:
            return None
        value = NounPhrase(noun, determiner or "a", plural, adjective, number)
        label = self.at(j)
        if "label" in noun.kinds and label and any(not c.islower() for c in label) and _is_label(label):
            value, j = replace(value, label=label), j + 1
        return self._with_relative(value, j)

    def _noun(self, i: int) -> tuple[Adjective | None, Noun, bool, int] | None:
        adjective = load_lexicon().adjectives.get(self.at(i))
        j = i + (adjective is not None)
        if self.at(j) not in noun_forms():
            return None
        noun, plural = noun_forms()[self.at(j)]
        return adjective, noun, plural, j + 1

    def _with_relative(self, value: NounPhrase, i: int) -> tuple[NounPhrase, int]:
        if self.at(i) not in ("who", "that"):
            return value, i
        bare = NounPhrase(value.noun, value.determiner, value.plural)
        inner = self._predicate(bare, i + 1)
        if inner.heard == "all":
            return replace(value, relative=Relative(inner.clause, "subject")), inner.end
        found = self.phrase(i + 1, pair=True)
        inner = self._predicate(*found, gap="object") if found else inner
        if inner.heard != "all":
            return value, i
        return replace(value, relative=Relative(inner.clause._replace(object=bare), "object")), inner.end

    def _predicate(self, subject: Phrase, i: int, gap: Gap = "") -> PartialClause:
        if self.at(i) in AUXILIARIES:
            tense, modal, heard = AUXILIARIES[self.at(i)]
            negative = "not" in (self.at(i)[-3:], self.at(i + 1))
            j = i + 2 if self.at(i + 1) == "not" else i + 1
            clause = Clause(subject, tense=tense, modal=modal, negative=negative)
            return self._with_verb(clause, j, heard, gap)
        two = TWO_WORD_MODALS.get((self.at(i), self.at(i + 1)))
        if two is not None:
            return self._with_verb(Clause(subject, tense=two[0], modal=two[1]), i + 2, "verb", gap)
        verb, kind, j = self._verb(i, (0, 1, 2))
        if verb is None:
            return PartialClause(Clause(subject), "", True, i)
        # "read" has one form for two tenses: the third person tells them apart.
        past = kind == 2 or (kind == 0 and verb.en[0] == verb.en[2] and subject.person == THIRD_SG)
        return self._completed(Clause(subject, verb, tense="past" if past else "present"), j, gap)

    def _with_verb(self, clause: Clause, i: int, heard: Heard, gap: Gap) -> PartialClause:
        """A clause whose auxiliary is heard: what follows it."""
        if self.at(i) == "not":
            clause, i = clause._replace(negative=True), i + 1
        two = TWO_WORD_MODALS.get((self.at(i), self.at(i + 1)))
        if two is not None and not clause.modal:
            clause, i = clause._replace(modal=two[1]), i + 2
        if self.at(i) == "be" and heard == "verb":
            heard, i = "adjective", i + 1
        if heard == "adjective":
            adjective = load_lexicon().adjectives.get(self.at(i))
            if adjective is None:
                return PartialClause(clause, heard, True, i)
            return self._completed(clause._replace(adjective=adjective), i + 1, gap)
        verb, _, j = self._verb(i, (0,))
        if verb is None:
            return PartialClause(clause, heard, True, i)
        return self._completed(clause._replace(verb=verb), j, gap)

    def _verb(self, i: int, kinds: tuple[int, ...]) -> tuple[Verb | None, int, int]:
        """The verb at a token, which of its forms, and where it ends."""
        for length in (2, 1):
            for verb, kind in verb_forms().get(self._tokens[i : i + length], ()):
                if kind in kinds:
                    return verb, kind, i + length
        return None, 0, i

    def _completed(self, clause: Clause, i: int, gap: Gap) -> PartialClause:
        """A clause with the complements that follow its verb."""
        while True:
            added = self._complement(clause, i, gap)
            if added is None:
                return PartialClause(clause, "all", True, i)
            clause, i = added

    def _complement(self, clause: Clause, i: int, gap: Gap) -> tuple[Clause, int] | None:
        time = self.time(i) if clause.time is None else None
        if time is not None:
            clause = clause._replace(time=time[0])
            if clause.verb and clause.verb.en[0] == clause.verb.en[2] and time[0].time.tenses == {"past"}:
                clause = clause._replace(tense="past")
            return clause, time[1]
        word, verb = self.at(i), clause.verb
        role = {"with": "companion", "for": "beneficiary", "to": "recipient"}.get(word)
        if word == "in" or (word == "to" and not (verb and verb.recipient)):
            city = self.at(i + 1)
            where = (Name(city), i + 2) if city in load_lexicon().cities else self.phrase(i + 1)
            if where is None or clause.place or not isinstance(where[0], Name | NounPhrase):
                return None
            return clause._replace(place=Place("in" if word == "in" else "to", where[0])), where[1]
        if role is None and verb and verb.objects and gap != "object":
            role, i = "object", i - 1
        if role is None or getattr(clause, role) is not None:
            return None
        found = self.phrase(i + 1)
        if found is None or not isinstance(found[0], Name | NounPhrase):
            return None
        return clause._replace(**{role: found[0]}), found[1]


def _is_label(word: str) -> bool:
    return word not in proper_names() and word not in ("I", ",") and word not in OWNS
