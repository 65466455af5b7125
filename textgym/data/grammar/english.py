"""English wording of sentence trees."""

from textgym.data.grammar.spelling import number_word, spell
from textgym.data.grammar.tree import (
    THIRD_PL,
    THIRD_SG,
    Clause,
    Gap,
    Name,
    NounPhrase,
    Pair,
    Phrase,
    Sentence,
)

NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_BE = {"present": ("am", "are", "is", "are", "are"), "past": ("was", "were", "was", "were", "were")}
_MODALS = {
    ("present", "can"): ("can", "can"),
    ("past", "can"): ("could", "could"),
    ("present", "must"): ("must", "must"),
    ("past", "must"): ("had to", "had to"),
    ("present", "want"): ("want to", "wants to"),
    ("past", "want"): ("wanted to", "wanted to"),
}
_LINKS = {"because": "because", "when": "when", "that": "that", "and": "and", "but": "but"}
_CONSONANT_SOUND = ("us", "uni", "eu", "one")  # "a user"; and "an honest" the other way round
_POSSESSIVE_S = "'s"


def word(sentence: Sentence) -> str:
    """The sentence in English."""
    main = sentence.main
    mark = "?" if sentence.question else "."
    if sentence.mood != "statement":
        return spell(_question(sentence), mark)
    front = sentence.fronted == "time" and main.time is not None
    words = _clause(main, without_time=front)
    if front and main.time:
        words = [main.time.wording("en"), ",", *words]
    if sentence.second:
        second = _clause(sentence.second)
        link = _LINKS[sentence.link]
        if sentence.fronted == "second":
            words = [link, *second, ",", *words]
        else:
            words = [*words, *([","] if sentence.link == "but" else []), link, *second]
    return spell(words, mark)


def _question(sentence: Sentence) -> list[str]:
    clause = sentence.main
    subject = phrase(clause.subject)
    auxiliary, rest = _verbs(clause, support=True)
    gap: Gap = "object" if sentence.mood == "what" else ""
    opening = [] if sentence.mood == "yes_no" else [sentence.mood]
    return [*opening, auxiliary, *subject, *rest, *_complements(clause, gap)]


def _clause(clause: Clause, gap: Gap = "", *, without_time: bool = False) -> list[str]:
    auxiliary, rest = _verbs(clause, support=clause.negative)
    subject = [] if gap == "subject" else phrase(clause.subject)
    words = [auxiliary] if auxiliary else []
    return [*subject, *words, *rest, *_complements(clause, gap, without_time=without_time)]


def _verbs(clause: Clause, *, support: bool) -> tuple[str, list[str]]:
    """The verb that inverts or carries the negation (with do-support if asked), and the verbs after it."""
    person, negation = clause.subject.person, ["not"] if clause.negative else []
    if clause.modal in ("can", "must") and not (
        clause.modal == "must" and clause.tense == "past" and support
    ):
        auxiliary = _MODALS[clause.tense, clause.modal][0]
        if (auxiliary, negation) == ("can", ["not"]):
            auxiliary, negation = "cannot", []
        return auxiliary, [*negation, _base(clause)]
    if clause.tense == "future":
        return "will", [*negation, _base(clause)]
    if clause.verb is None:
        return _BE[clause.tense][person], negation
    if support:
        auxiliary = "did" if clause.tense == "past" else "does" if person == THIRD_SG else "do"
        lower = {"want": ["want to"], "must": ["have to"]}.get(clause.modal, [])
        return auxiliary, [*negation, *lower, _base(clause)]
    if clause.modal:
        return _MODALS[clause.tense, clause.modal][person == THIRD_SG], [_base(clause)]
    base, third, past = clause.verb.en
    return "", [past if clause.tense == "past" else third if person == THIRD_SG else base]


def _base(clause: Clause) -> str:
    return clause.verb.en[0] if clause.verb else "be"


def _complements(clause: Clause, gap: Gap, *, without_time: bool = False) -> list[str]:
    words: list[str] = []
    if clause.adjective:
        words.append(clause.adjective.key)
    if clause.object and gap != "object":
        words += phrase(clause.object)
    if clause.recipient:
        words += ["to", *phrase(clause.recipient)]
    if clause.place:
        words += [clause.place.relation, *phrase(clause.place.where)]
    if clause.companion:
        words += ["with", *phrase(clause.companion)]
    if clause.beneficiary:
        words += ["for", *phrase(clause.beneficiary)]
    if clause.time and not without_time:
        words.append(clause.time.wording("en"))
    return words


def phrase(value: Phrase) -> list[str]:
    """The words of a noun phrase, name or pronoun."""
    if isinstance(value, Pair):
        return [*phrase(value.first), "and", *phrase(value.second)]
    if isinstance(value, Name):
        return [value.text]
    if not isinstance(value, NounPhrase):
        return [value.key]
    words = [value.adjective.key] if value.adjective else []
    words.append(value.noun.en[value.plural])
    words = [*_determiner(value, words[0]), *words]
    if value.label:
        words.append(value.label)
    if value.relative:
        clause = value.relative.clause
        words += ["who" if value.human else "that", *_clause(clause, value.relative.gap)]
    return words


def _determiner(value: NounPhrase, following: str) -> list[str]:
    if value.owner:
        *before, last = phrase(value.owner)
        return [*before, last + (_POSSESSIVE_S if not _plain_plural(value.owner) else "'")]
    if value.determiner == "a":
        vowel = following.startswith(("a", "e", "i", "o", "u", "hon")) and not following.startswith(
            _CONSONANT_SOUND
        )
        return [] if value.plural else ["an" if vowel else "a"]
    if value.determiner == "this":
        return ["these" if value.plural else "this"]
    if value.determiner == "number":
        return [number_word(NUMBERS, value.number)]
    return [value.determiner]


def _plain_plural(value: Phrase) -> bool:
    return value.person == THIRD_PL and isinstance(value, NounPhrase) and value.noun.en[1].endswith("s")
