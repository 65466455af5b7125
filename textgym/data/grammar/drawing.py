"""Draws sentence trees: which constructions, and which clauses fit each other."""

from dataclasses import replace
from functools import cache

import numpy as np

from textgym.data.grammar.lexicon import Verb, load_lexicon
from textgym.data.grammar.phrases import PERSON, PhraseDrawer, adjectives_of, kinds_of, quantified, same
from textgym.data.grammar.tree import Clause, Name, NounPhrase, Phrase, Pronoun, Relative, Sentence, Tense

_DESCRIBED = frozenset({"animal", "thing", "place", "document", "text", "food", "fixture", "vehicle"})


@cache
def verbs_of(frame: str) -> tuple[Verb, ...]:
    """Verbs of a frame: `object`, `recipient`, `place` (required), `free` (intransitive) or `says`."""
    tests = {
        "object": lambda v: bool(v.objects) and not v.recipient,
        "recipient": lambda v: v.recipient,
        "place": lambda v: v.place.endswith("!"),
        "free": lambda v: not v.objects and bool(v.subjects) and not v.place.endswith("!"),
        "says": lambda v: v.says,
    }
    return tuple(v for v in load_lexicon().verbs.values() if tests[frame](v))


@cache
def takers_of(kinds: frozenset[str]) -> tuple[Verb, ...]:
    """Verbs whose accusative object may be of one of the kinds."""
    verbs = load_lexicon().verbs.values()
    return tuple(v for v in verbs if v.objects & kinds and not (v.dative or v.plural or v.recipient))


@cache
def doers_of(kinds: frozenset[str]) -> tuple[Verb, ...]:
    """Verbs of any frame whose subject may be of one of the kinds."""
    frames = ("object", "free", "place") if "person" in kinds else ("free", "place")
    return tuple(v for frame in frames for v in verbs_of(frame) if v.subjects & kinds)


class SentenceDrawer:
    """Draws one sentence tree after another.

    Args:
        rng: Source of randomness.
        difficulty: In [0, 1]: which constructions are allowed, and how often they come.
    """

    def __init__(self, rng: np.random.Generator, difficulty: float) -> None:
        self._draw = PhraseDrawer(rng, difficulty)

    def sentence(self) -> Sentence:
        """A sentence of one or two clauses."""
        if self._draw.chance(0.5, 0.65):
            return self._compound()
        if self._draw.chance(0.25, 0.3):
            return self._question()
        main = self._clause(relative=True)
        return Sentence(main, fronted="time" if main.time and self._draw.chance(0.3, 0.5) else "")

    def _compound(self) -> Sentence:
        link = self._draw.choice(("because", "because", "when", "that", "that", "and", "but"))
        if link == "that":
            verb = self._draw.choice(verbs_of("says"))
            return Sentence(Clause(self._draw.person(), verb), link=link, second=self._clause(relative=True))
        if link == "when":
            tense = self._draw.choice(("present", "past"))
            main = self._plain(self._action(), tense, modal=False)
            second = self._plain(self._action(unlike=main.verb), tense, modal=False)
        else:
            main, second = self._clause(relative=self._draw.chance(0.7, 0.5)), self._clause(relative=True)
        fronted = link in ("because", "when") and self._draw.chance(0.6, 0.5)
        return Sentence(main, link=link, second=second, fronted="second" if fronted else "")

    def _question(self) -> Sentence:
        mood = self._draw.choice(("yes_no", "yes_no", "where", "when", "why", "what", "statement"))
        tense = self._tense()
        modal = mood in ("yes_no", "what", "statement") and self._draw.chance(0.3, 0.3)
        if mood == "what":
            verb = self._draw.choice(
                [v for v in verbs_of("object") + verbs_of("recipient") if not v.objects & PERSON]
            )
            verb = (
                verb
                if not (verb.dative or verb.plural or verb.key == "love")
                else load_lexicon().verbs["buy"]
            )
        else:
            verb = self._action()
        subject = Pronoun("who") if mood == "statement" else None
        if subject and "person" not in verb.subjects:
            verb = load_lexicon().verbs["work"]
        clause = self._plain(verb, tense, modal=modal, subject=subject)
        if mood not in ("why", "statement") or clause.modal:
            clause = clause._replace(negative=False)
        if mood == "where":
            clause = clause._replace(place=None)
        elif mood != "when":
            clause = clause._replace(time=self._draw.time(tense))
        return Sentence(clause, mood)

    def _clause(self, *, relative: bool) -> Clause:
        """A clause with everything that the difficulty allows."""
        tense = self._tense()
        if self._draw.rng.random() < 0.2:
            return self._description(tense)
        clause = self._plain(self._verb(), tense, modal=True)
        if relative and self._draw.chance(0.55, 0.5):
            clause = self._with_relative(clause)
        verb = clause.verb
        object_relative = isinstance(clause.object, NounPhrase) and clause.object.relative
        if verb is None or verb.stative or object_relative:
            return clause
        return clause._replace(time=self._draw.time(tense))

    def _tense(self) -> Tense:
        if not self._draw.chance(0.1, 0.7):
            return "present"
        return "future" if self._draw.rng.random() < 0.4 else "past"

    def _verb(self) -> Verb:
        frame = str(self._draw.rng.choice(["object", "free", "place", "recipient"], p=[0.5, 0.2, 0.15, 0.15]))
        if frame == "recipient" and self._draw.difficulty < 0.1:
            frame = "object"
        return self._draw.choice(verbs_of(frame))

    def _action(self, *, unlike: Verb | None = None) -> Verb:
        while True:
            verb = self._verb()
            if not verb.stative and verb != unlike:
                return verb

    def _description(self, tense: Tense) -> Clause:
        """A subject and an adjective."""
        if self._draw.rng.random() < 0.5:
            subject = self._draw.person()
        else:
            subject = self._draw.noun_phrase(_DESCRIBED, subject=True)
        subject = replace(subject, adjective=None) if isinstance(subject, NounPhrase) else subject
        adjective = self._draw.choice(adjectives_of(kinds_of(subject)))
        negative = not quantified(subject) and self._draw.chance(0.15, 0.4)
        # "was tired yesterday" is a state that passes; "was old yesterday" is not.
        passing = adjective.es[1] == "estar" and "person" in kinds_of(subject)
        time = self._draw.time(tense) if passing else None
        return Clause(subject, adjective=adjective, tense=tense, negative=negative, time=time)

    def _plain(self, verb: Verb, tense: Tense, *, modal: bool, subject: Phrase | None = None) -> Clause:
        """A clause without time and relative clauses."""
        draw = self._draw
        subject = subject or self._subject(verb)
        clause = Clause(subject, verb, tense=tense)
        human = "person" in kinds_of(subject)
        if modal and human and tense != "future" and not verb.stative and draw.chance(0.25, 0.35):
            clause = clause._replace(modal=draw.choice(("can", "must", "want")))
        if clause.modal != "must" and not quantified(subject):
            clause = clause._replace(negative=draw.chance(0.15, 0.35))
        if verb.objects:
            clause = clause._replace(object=self._object(verb, clause))
        if verb.recipient:
            recipient = draw.human(subject)
            # "nicht" and "kein" leave no doubt about their scope beside a definite recipient only.
            if isinstance(recipient, NounPhrase) and recipient.indefinite:
                recipient = replace(recipient, determiner="the")
            return clause._replace(recipient=recipient)
        if verb.place.endswith("!") or (verb.place and draw.chance(0.05, 0.7)):
            city = verb.place.startswith("city")
            return clause._replace(place=draw.place(verb.place.rstrip("!"), city=city))
        if human and verb.beneficiary and draw.chance(0.2, 0.6):
            return clause._replace(beneficiary=draw.human(subject))
        if (
            human
            and not verb.stative
            and not kinds_of(clause.object or subject) & PERSON
            and draw.chance(0.3, 0.3)
        ):
            return clause._replace(companion=draw.human(subject))
        return clause

    def _subject(self, verb: Verb) -> Phrase:
        if "person" in verb.subjects and self._draw.rng.random() < 0.9:
            return self._draw.person()
        return self._draw.noun_phrase(verb.subjects, subject=True)

    def _object(self, verb: Verb, clause: Clause) -> Name | NounPhrase:
        if verb.objects & {"person", "kin"} and self._draw.rng.random() < 0.4:
            return self._draw.human(clause.subject)
        # A bare plural after "love" is generic, and Spanish would leave the "a" of persons out.
        bare = not verb.objects & {"person", "kin"}
        while True:
            value = self._draw.noun_phrase(verb.objects, bare=bare)
            if verb.plural and not value.plural and not value.label and value.determiner != "every":
                value = replace(
                    value, determiner="the" if value.determiner == "a" else value.determiner, plural=True
                )
            ambiguous = clause.negative and quantified(value)
            if value.plural >= verb.plural and not ambiguous and not same(value, clause.subject):
                return value

    def _with_relative(self, clause: Clause) -> Clause:
        """The clause with a relative clause on its subject or object where one fits."""
        subject, value = clause.subject, clause.object
        if isinstance(subject, NounPhrase) and not (subject.label or subject.owner or quantified(subject)):
            return clause._replace(subject=replace(subject, relative=self._on_subject(subject, clause)))
        if (
            not isinstance(value, NounPhrase)
            or value.human
            or value.label
            or value.owner
            or quantified(value)
        ):
            return clause
        if clause.recipient or clause.place or clause.companion or clause.beneficiary or not clause.verb:
            return clause
        takers = [v for v in takers_of(value.noun.kinds) if v.key != clause.verb.key]
        if not takers or clause.negative:
            return clause
        gap = NounPhrase(value.noun, value.determiner, value.plural)
        subject = self._draw.person()
        inner = Clause(subject, self._draw.choice(takers), object=gap, tense=self._tense())
        return clause._replace(object=replace(value, relative=Relative(inner, "object")))

    def _on_subject(self, subject: NounPhrase, clause: Clause) -> Relative:
        bare = NounPhrase(subject.noun, subject.determiner, subject.plural)
        doers = [v for v in doers_of(subject.noun.kinds) if v != clause.verb]
        if self._draw.rng.random() < 0.2 or not doers:
            inner = Clause(
                bare, adjective=self._draw.choice(adjectives_of(subject.noun.kinds)), tense="present"
            )
        else:
            verb = self._draw.choice(doers)
            inner = self._plain(verb, self._tense(), modal=False, subject=bare)
        return Relative(inner, "subject")
