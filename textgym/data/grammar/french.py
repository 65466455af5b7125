"""French wording of sentence trees: elision, contraction, agreement of participles."""

import unicodedata

from textgym.data.grammar.lexicon import Adjective, Verb
from textgym.data.grammar.spelling import number_word, spell
from textgym.data.grammar.tree import (
    FIRST_PL,
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

NUMBERS = ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze")
_PRONOUNS = {"I": "je", "you": "tu", "he": "il", "she": "elle", "we": "nous", "they": "ils", "who": "qui"}
_ETRE = {
    "present": ("suis", "es", "est", "sommes", "sont"),
    "past": ("étais", "étais", "était", "étions", "étaient"),
    "future": ("serai", "seras", "sera", "serons", "seront"),
}
_AVOIR = ("ai", "as", "a", "avons", "ont")
_MODALS = {
    "can": ("peux", "peux", "peut", "pouvons", "peuvent"),
    "must": ("dois", "dois", "doit", "devons", "doivent"),
    "want": ("veux", "veux", "veut", "voulons", "veulent"),
}
_IMPERFECT = ("ais", "ais", "ait", "ions", "aient")
_FUTURE = ("ai", "as", "a", "ons", "ont")
_POSSESSIVES = {"my": "m", "your": "t", "his": "s", "her": "s"}
_LIAISON_FORMS = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}
_LINKS = {
    "because": ("parce", "que"),
    "when": ("quand",),
    "that": ("que",),
    "and": ("et",),
    "but": (",", "mais"),
}
_QUESTIONS = {
    "yes_no": ("est-ce", "que"),
    "where": ("où", "est-ce", "que"),
    "when": ("quand", "est-ce", "que"),
    "why": ("pourquoi", "est-ce", "que"),
    "what": ("qu'est-ce", "que"),
}
_ELIDED = frozenset({"le", "la", "de", "je", "ne", "que"})
_CONTRACTED = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}
# An aspirated h, and by custom "onze": no elision before them.
_ASPIRATED = frozenset({"huit", "onze"})


def word(sentence: Sentence) -> str:
    """The sentence in French."""
    main, mark = sentence.main, " ?" if sentence.question else "."
    if sentence.mood != "statement":
        gap: Gap = "object" if sentence.mood == "what" else ""
        return spell(_fused([*_QUESTIONS[sentence.mood], *clause_words(main, gap)]), mark)
    if sentence.fronted == "time" and main.time:
        words = [main.time.wording("fr"), ",", *clause_words(main._replace(time=None))]
    else:
        words = clause_words(main)
    if sentence.second:
        front = sentence.fronted == "second"
        # A reason that comes first is given with "comme".
        link = ("comme",) if front and sentence.link == "because" else _LINKS[sentence.link]
        second = [*link, *clause_words(sentence.second)]
        words = [*second, ",", *words] if front else [*words, *second]
    return spell(_fused(words), mark)


def clause_words(clause: Clause, gap: Gap = "") -> list[str]:
    """The words of a clause, before elision and contraction."""
    finite, *rest = _verbs(clause, gap)
    words = [] if gap == "subject" else phrase(clause.subject)
    words += ["ne", finite, "pas"] if clause.negative else [finite]
    words += rest
    if clause.adjective:
        words.append(
            _adjective(clause.adjective, _feminine(clause.subject), clause.subject.person >= FIRST_PL)
        )
    if clause.object and gap != "object":
        words += phrase(clause.object, negated=clause.negative)
    if clause.recipient:
        words += ["à", *phrase(clause.recipient)]
    if clause.place:
        words += _place(clause.place)
    if clause.companion:
        words += ["avec", *phrase(clause.companion)]
    if clause.beneficiary:
        words += ["pour", *phrase(clause.beneficiary)]
    if clause.time:
        words.append(clause.time.wording("fr"))
    return words


def _verbs(clause: Clause, gap: Gap) -> list[str]:
    person, tense, verb = clause.subject.person, clause.tense, clause.verb
    if clause.modal:
        present = _MODALS[clause.modal]
        finite = present[person] if tense == "present" else _imperfect(present)[person]
        return [finite, verb.fr[0] if verb else "être"]
    if verb is None:
        return [_ETRE[tense][person]]
    present, participle, auxiliary, future = _forms(verb)
    if tense == "present":
        return [present[person]]
    if tense == "future":
        return [future + _FUTURE[person]]
    if verb.stative:
        return [_imperfect(present)[person]]
    if auxiliary == "être":
        return [_ETRE["present"][person], _agreeing(participle, clause.subject)]
    # A direct object that stands before the verb makes the participle agree.
    before = clause.object if gap == "object" else None
    return [_AVOIR[person], _agreeing(participle, before) if isinstance(before, NounPhrase) else participle]


def _forms(verb: Verb) -> tuple[tuple[str, ...], str, str, str]:
    """Present forms, participle, auxiliary and future stem."""
    infinitive, *irregular = verb.fr
    if irregular:
        *present, participle, auxiliary, future = irregular
        return tuple(present), participle, auxiliary, future
    stem = infinitive.removesuffix("er")
    soft = stem + "e" if stem.endswith("g") else stem[:-1] + "ç" if stem.endswith("c") else stem
    return (stem + "e", stem + "es", stem + "e", soft + "ons", stem + "ent"), stem + "é", "avoir", infinitive


def _imperfect(present: tuple[str, ...]) -> tuple[str, ...]:
    stem = present[FIRST_PL].removesuffix("ons")
    return tuple(stem + ending for ending in _IMPERFECT)


def _agreeing(participle: str, value: Phrase) -> str:
    form = participle + "e" if _feminine(value) else participle
    return form + "s" if value.person >= FIRST_PL and not form.endswith("s") else form


def _feminine(value: Phrase) -> bool:
    if isinstance(value, Pair):
        return _feminine(value.first) and _feminine(value.second)
    return value.noun.fr[0] == "f" if isinstance(value, NounPhrase) else value.feminine


def _adjective(adjective: Adjective, feminine: bool, plural: bool) -> str:
    form = adjective.fr[feminine]
    if not plural or form.endswith(("s", "x")):
        return form
    return form + ("x" if form.endswith("eau") else "s")


def _place(place: Place) -> list[str]:
    if isinstance(place.where, Name):
        return ["à", place.where.text]
    return ["dans" if place.relation == "in" else "à", *phrase(place.where)]


def phrase(value: Phrase, *, negated: bool = False) -> list[str]:
    """The words of a phrase; an indefinite object of a negated verb takes "de"."""
    if isinstance(value, Pair):
        return [*phrase(value.first), "et", *phrase(value.second)]
    if isinstance(value, Name):
        return [value.text]
    if isinstance(value, Pronoun):
        return [_PRONOUNS[value.key]]
    gender, *forms = value.noun.fr
    noun, before = forms[value.plural], value.adjective is not None and value.adjective.fr[2] == "pre"
    words = [noun]
    if value.adjective:
        form = _adjective(value.adjective, gender == "f", value.plural)
        if before and not value.plural and gender == "m" and starts_with_vowel(noun):
            form = _LIAISON_FORMS.get(form, form)
        words = [form, noun] if before else [noun, form]
    words = [*_determiner(value, words[0], before, negated), *words]
    if value.label:
        words.append(value.label)
    if value.owner:
        words += ["de", *phrase(value.owner)]
    if value.relative:
        pronoun = "qui" if value.relative.gap == "subject" else "que"
        words += [pronoun, *clause_words(value.relative.clause, value.relative.gap)]
    return words


def _determiner(value: NounPhrase, following: str, before: bool, negated: bool) -> list[str]:
    feminine, vowel = value.noun.fr[0] == "f", starts_with_vowel(following)
    kind = value.determiner
    if kind == "a" and negated:
        return ["de"]
    if kind == "the":
        return ["les" if value.plural else "la" if feminine else "le"]
    if kind == "a":
        return [("de" if before else "des") if value.plural else "une" if feminine else "un"]
    if kind == "this":
        return ["ces" if value.plural else "cette" if feminine else "cet" if vowel else "ce"]
    if kind == "number":
        return [number_word(NUMBERS, value.number)]
    if kind in ("every", "many"):
        return ["chaque"] if kind == "every" else ["beaucoup", "de"]
    if kind == "our":
        return ["nos" if value.plural else "notre"]
    return [_POSSESSIVES[kind] + ("es" if value.plural else "a" if feminine and not vowel else "on")]


def starts_with_vowel(word: str) -> bool:
    """Whether an article or "que" before the word is elided; every h of the lexicon is mute."""
    first = unicodedata.normalize("NFD", word)[:1].lower()
    return first in set("aeiouhœ") and word not in _ASPIRATED


def _fused(words: list[str]) -> list[str]:
    """Apply elision ("l'hôtel") and contraction ("du livre")."""
    fused: list[str] = []
    for current, following in zip(words, [*words[1:], ""], strict=True):
        if current in _ELIDED and starts_with_vowel(following):
            current = current[:-1] + "'"
        if fused and (fused[-1], current) in _CONTRACTED:
            fused[-1] = _CONTRACTED[fused[-1], current]
        else:
            fused.append(current)
    return fused
