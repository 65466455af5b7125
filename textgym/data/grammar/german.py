"""German wording of sentence trees: cases, verb second, verbs at the end."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from textgym.data.grammar.spelling import number_word, spell
from textgym.data.grammar.tree import (
    Clause,
    Gap,
    Name,
    NounPhrase,
    Pair,
    Phrase,
    Place,
    Pronoun,
    Sentence,
)

Case = Literal["nom", "acc", "dat", "gen"]
Order = Literal["second", "first", "final"]

NUMBERS = ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")
# Columns of the tables below: masculine, feminine, neuter, plural.
_COLUMNS = "mfnp"


def _table(*rows: str) -> dict[Case, list[str]]:
    """One row for each case: nominative, accusative, dative, genitive."""
    return dict(zip(get_args(Case), (row.split() for row in rows), strict=True))


_THE = _table("der die das die", "den die das die", "dem der dem den", "des der des der")
_DER_ENDINGS = _table("er e es e", "en e es e", "em er em en", "es er es er")
_EIN_ENDINGS = _table("- e - e", "en e - e", "em er em en", "es er es er")
_WEAK = _table("e e e en", "en e e en", "en en en en", "en en en en")
_MIXED = _table("er e es en", "en e es en", "en en en en", "en en en en")
_STRONG = _table("er e es e", "en e es e", "em er em en", "en er en er")
_EIN_WORDS = {
    "a": "ein",
    "no": "kein",
    "my": "mein",
    "your": "dein",
    "his": "sein",
    "her": "ihr",
    "our": "unser",
}
_DER_WORDS = {"this": "dies", "every": "jed"}
_PRONOUNS = {"I": "ich", "you": "du", "he": "er", "she": "sie", "we": "wir", "they": "sie", "who": "wer"}
_HAVE = ("habe", "hast", "hat", "haben", "haben")
_FORMS = {
    ("be", "present"): ("bin", "bist", "ist", "sind", "sind"),
    ("be", "past"): ("war", "warst", "war", "waren", "waren"),
    ("have", "past"): ("hatte", "hattest", "hatte", "hatten", "hatten"),
    ("will", "future"): ("werde", "wirst", "wird", "werden", "werden"),
    ("can", "present"): ("kann", "kannst", "kann", "können", "können"),
    ("can", "past"): ("konnte", "konntest", "konnte", "konnten", "konnten"),
    ("must", "present"): ("muss", "musst", "muss", "müssen", "müssen"),
    ("must", "past"): ("musste", "musstest", "musste", "mussten", "mussten"),
    ("want", "present"): ("will", "willst", "will", "wollen", "wollen"),
    ("want", "past"): ("wollte", "wolltest", "wollte", "wollten", "wollten"),
}
_LINKS = {"because": "weil", "that": "dass", "and": "und", "but": "aber"}
_QUESTIONS = {"why": "warum", "when": "wann", "what": "was"}
_FUSED = {("in", "dem"): "im", ("zu", "dem"): "zum", ("zu", "der"): "zur"}


@dataclass(frozen=True)
class _Verbs:
    """The finite verb, what stands at the end of the clause, and the finite verb of a verb-final clause."""

    finite: str
    tail: tuple[str, ...]
    final: tuple[str, ...]


def word(sentence: Sentence) -> str:
    """The sentence in German."""
    main, mark = sentence.main, "?" if sentence.question else "."
    if sentence.mood == "yes_no":
        return spell(clause_words(main, "first"), mark)
    if sentence.mood == "where":
        moving = main.verb is not None and main.verb.place.startswith(("to", "city"))
        return spell(["wohin" if moving else "wo", *clause_words(main, "first")], mark)
    if sentence.mood != "statement":
        gap: Gap = "object" if sentence.mood == "what" else ""
        return spell([_QUESTIONS[sentence.mood], *clause_words(main, "first", gap)], mark)
    if sentence.second is None:
        return spell(_main(sentence), mark)
    if sentence.link in ("and", "but"):
        comma = [","] if sentence.link == "but" else []
        return spell(
            [*_main(sentence), *comma, _LINKS[sentence.link], *clause_words(sentence.second, "second")], mark
        )
    link = _LINKS.get(sentence.link) or ("als" if sentence.second.tense == "past" else "wenn")
    second = [link, *clause_words(sentence.second, "final")]
    if sentence.fronted == "second":
        return spell([*second, ",", *clause_words(main, "first")], mark)
    return spell([*_main(sentence), ",", *second], mark)


def _main(sentence: Sentence) -> list[str]:
    if sentence.fronted == "time" and sentence.main.time:
        return [sentence.main.time.wording("de"), *clause_words(sentence.main._replace(time=None), "first")]
    return clause_words(sentence.main, "second")


def clause_words(clause: Clause, order: Order, gap: Gap = "") -> list[str]:
    """The words of a clause with its finite verb in second, first or last place."""
    verbs = _verbs(clause)
    subject = [] if gap == "subject" else phrase(clause.subject, "nom")
    middle, after = _middle(clause, gap)
    if order == "final":
        return [*subject, *middle, *verbs.final, *after]
    opening = [*subject, verbs.finite] if order == "second" else [verbs.finite, *subject]
    return [*opening, *middle, *verbs.tail, *after]


def _verbs(clause: Clause) -> _Verbs:
    person, tense, verb = clause.subject.person, clause.tense, clause.verb
    predicate = (clause.adjective.de[0],) if clause.adjective else ()
    if tense == "future" or clause.modal:
        finite = _FORMS[clause.modal or "will", tense][person]
        tail = (*predicate, verb.de[0] if verb else "sein")
    elif verb is None:
        finite, tail = _FORMS["be", tense][person], predicate
    elif tense == "past" and verb.key == "have":
        finite, tail = _FORMS["have", "past"][person], ()
    elif tense == "past":
        finite = (_HAVE if verb.de[4] == "haben" else _FORMS["be", "present"])[person]
        tail = (verb.de[3],)
    else:
        prefix = verb.de[5] if len(verb.de) > 5 else ""
        finite = _present(verb.de, prefix)[person]
        return _Verbs(finite, (prefix,) if prefix else (), (prefix + finite,))
    return _Verbs(finite, tail, (*tail, finite))


def _present(forms: tuple[str, ...], prefix: str) -> tuple[str, ...]:
    infinitive = forms[0].removeprefix(prefix)
    if infinitive == "wissen":
        return ("weiß", "weißt", "weiß", "wissen", "wissen")
    stem = infinitive.removesuffix("n").removesuffix("e")
    return (stem + "e", forms[1], forms[2], infinitive, infinitive)


def _middle(clause: Clause, gap: Gap) -> tuple[list[str], list[str]]:
    """What stands between the finite verb and the end, and the relative clause that follows the end."""
    words: list[str] = []
    after: list[str] = []
    negative = clause.negative
    if clause.time:
        words.append(clause.time.wording("de"))
    if clause.recipient:
        words += phrase(clause.recipient, "dat")
    if clause.object and gap != "object":
        value = clause.object
        if negative and isinstance(value, NounPhrase) and value.indefinite:
            value, negative = replace(value, determiner="no"), False
        if isinstance(value, NounPhrase) and value.relative:
            after = relative_words(value)
            value = replace(value, relative=None)
        words += phrase(value, "dat" if clause.verb and clause.verb.dative else "acc")
    if negative:
        words.append("nicht")
    if clause.companion:
        words += ["mit", *phrase(clause.companion, "dat")]
    if clause.beneficiary:
        words += ["für", *phrase(clause.beneficiary, "acc")]
    if clause.place:
        words += _place(clause.place)
    return words, after


def _place(place: Place) -> list[str]:
    if isinstance(place.where, Name):
        return ["in" if place.relation == "in" else "nach", place.where.text]
    preposition = "in" if place.relation == "in" else "zu"
    first, *rest = phrase(place.where, "dat")
    fused = _FUSED.get((preposition, first)) if place.where.determiner == "the" else None
    return [fused, *rest] if fused else [preposition, first, *rest]


def phrase(value: Phrase, case: Case) -> list[str]:
    """The words of a phrase in a case."""
    if isinstance(value, Pair):
        return [*phrase(value.first, case), "und", *phrase(value.second, case)]
    if isinstance(value, Name):
        return [value.text]
    if isinstance(value, Pronoun):
        return [_PRONOUNS[value.key]]
    column = _COLUMNS.index("p" if value.plural else value.noun.de[0])
    words = _determiner(value, case, column)
    if value.adjective:
        stem = value.adjective.de[-1]
        words.append(stem + _adjective_ending(value, case, column))
    words.append(noun_form(value, case))
    if value.label:
        words.append(value.label)
    if isinstance(value.owner, Name):
        words += ["von", value.owner.text]
    elif value.owner:
        words += phrase(value.owner, "gen")
    return [*words, *(relative_words(value) if value.relative else [])]


def relative_words(value: NounPhrase) -> list[str]:
    """The relative clause of a phrase between commas."""
    if value.relative is None:
        return []
    case = "nom" if value.relative.gap == "subject" else "acc"
    pronoun = _THE[case][_COLUMNS.index("p" if value.plural else value.noun.de[0])]
    return [",", pronoun, *clause_words(value.relative.clause, "final", value.relative.gap), ","]


def noun_form(value: NounPhrase, case: Case) -> str:
    """The noun in a case and number."""
    _, singular, genitive, plural, *weak = value.noun.de
    if value.plural:
        return plural + "n" if case == "dat" and not plural.endswith(("n", "s")) else plural
    return genitive if case == "gen" or (weak and case != "nom") else singular


def _determiner(value: NounPhrase, case: Case, column: int) -> list[str]:
    if value.determiner == "the":
        return [_THE[case][column]]
    if value.determiner in _DER_WORDS:
        return [_DER_WORDS[value.determiner] + _DER_ENDINGS[case][column]]
    if value.determiner == "many":
        return ["viel" + _DER_ENDINGS[case][column]]
    if value.determiner == "number":
        return [number_word(NUMBERS, value.number)]
    if value.determiner == "a" and value.plural:
        return []
    stem, ending = _EIN_WORDS[value.determiner], _EIN_ENDINGS[case][column].strip("-")
    return [stem + ending]


def _adjective_ending(value: NounPhrase, case: Case, column: int) -> str:
    bare = value.determiner in ("number", "many") or (value.determiner == "a" and value.plural)
    definite = value.determiner == "the" or value.determiner in _DER_WORDS
    table = _STRONG if bare else _WEAK if definite else _MIXED
    return table[case][column]
