"""Spanish wording of sentence trees: dropped pronouns, personal "a", clitic doubling, ser and estar."""

import unicodedata

from textgym.data.grammar.lexicon import Adjective, Verb
from textgym.data.grammar.spelling import number_word, spell
from textgym.data.grammar.tree import (
    FIRST_PL,
    THIRD_PL,
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

NUMBERS = ("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce")
# The verb shows the first and second person: their pronouns are left out.
_PRONOUNS = {"I": "", "you": "", "he": "él", "she": "ella", "we": "", "they": "ellos", "who": "quién"}
_COPULAS = {
    ("ser", "present"): ("soy", "eres", "es", "somos", "son"),
    ("ser", "past"): ("era", "eras", "era", "éramos", "eran"),
    ("ser", "future"): ("seré", "serás", "será", "seremos", "serán"),
    ("estar", "present"): ("estoy", "estás", "está", "estamos", "están"),
    ("estar", "past"): ("estaba", "estabas", "estaba", "estábamos", "estaban"),
    ("estar", "future"): ("estaré", "estarás", "estará", "estaremos", "estarán"),
}
_MODALS = {
    ("can", "present"): ("puedo", "puedes", "puede", "podemos", "pueden"),
    ("can", "past"): ("podía", "podías", "podía", "podíamos", "podían"),
    ("must", "present"): ("tengo", "tienes", "tiene", "tenemos", "tienen"),
    ("must", "past"): ("tenía", "tenías", "tenía", "teníamos", "tenían"),
    ("want", "present"): ("quiero", "quieres", "quiere", "queremos", "quieren"),
    ("want", "past"): ("quería", "querías", "quería", "queríamos", "querían"),
}
_ENDINGS = {
    ("pres", "a"): "o as a amos an",
    ("pres", "e"): "o es e emos en",
    ("pres", "i"): "o es e imos en",
    ("pret", "a"): "é aste ó amos aron",
    ("pret", "e"): "í iste ió imos ieron",
    ("pret", "i"): "í iste ió imos ieron",
    ("imperfect", "a"): "aba abas aba ábamos aban",
    ("imperfect", "e"): "ía ías ía íamos ían",
    ("imperfect", "i"): "ía ías ía íamos ían",
}
_FUTURE = ("é", "ás", "á", "emos", "án")
_LINKS = {"because": ("porque",), "when": ("cuando",), "that": ("que",), "but": (",", "pero")}
_QUESTIONS = {"where": "dónde", "when": "cuándo", "why": "por qué", "what": "qué"}
_CONTRACTED = {("a", "el"): "al", ("de", "el"): "del"}
_POSSESSIVES = {"my": "mi", "your": "tu", "his": "su", "her": "su"}


def word(sentence: Sentence) -> str:
    """The sentence in Spanish."""
    main = sentence.main
    if sentence.question:
        return spell(_fused(_question(sentence)), "?", opening="¿")
    if sentence.fronted == "time" and main.time:
        words = [main.time.wording("es"), *clause_words(main._replace(time=None))]
    else:
        words = clause_words(main)
    if sentence.second:
        second = clause_words(sentence.second)
        front = sentence.fronted == "second"
        link = (_and(second[0]),) if sentence.link == "and" else _LINKS[sentence.link]
        # A reason that comes first is given with "como".
        second = [*(("como",) if front and sentence.link == "because" else link), *second]
        words = [*second, ",", *words] if front else [*words, *second]
    return spell(_fused(words), ".")


def _question(sentence: Sentence) -> list[str]:
    main = sentence.main
    if sentence.mood in ("yes_no", "statement"):
        return clause_words(main)
    moving = main.verb is not None and main.verb.place.startswith(("to", "city"))
    opening = "adónde" if sentence.mood == "where" and moving else _QUESTIONS[sentence.mood]
    gap: Gap = "object" if sentence.mood == "what" else ""
    return [opening, *_predicate(main, gap, inverted=True)]


def clause_words(clause: Clause, gap: Gap = "") -> list[str]:
    """The words of a clause, before contraction."""
    return [*([] if gap == "subject" else phrase(clause.subject)), *_predicate(clause, gap)]


def _predicate(clause: Clause, gap: Gap, *, inverted: bool = False) -> list[str]:
    words = ["no"] if clause.negative else []
    if clause.recipient:
        words.append("les" if clause.recipient.person == THIRD_PL else "le")
    words += _verbs(clause)
    predicate: list[str] = []
    if clause.adjective:
        predicate = [
            _adjective(clause.adjective, _feminine(clause.subject), clause.subject.person >= FIRST_PL)
        ]
    words += [*predicate, *phrase(clause.subject)] if inverted else predicate
    if clause.object and gap != "object":
        words += [*(["a"] if _human(clause.object) else []), *phrase(clause.object)]
    if clause.recipient:
        words += ["a", *phrase(clause.recipient)]
    if clause.place:
        words += _place(clause.place)
    if clause.companion:
        words += ["con", *phrase(clause.companion)]
    if clause.beneficiary:
        words += ["para", *phrase(clause.beneficiary)]
    if clause.time:
        words.append(clause.time.wording("es"))
    return words


def _verbs(clause: Clause) -> list[str]:
    person, tense, verb = clause.subject.person, clause.tense, clause.verb
    if clause.modal:
        finite = _MODALS[clause.modal, tense][person]
        return [finite, *(["que"] if clause.modal == "must" else []), verb.es[0] if verb else "ser"]
    if verb is None:
        return [_COPULAS[clause.adjective.es[1] if clause.adjective else "ser", tense][person]]
    return [conjugate(verb, "imperfect" if tense == "past" and verb.stative else tense)[person]]


def conjugate(verb: Verb, tense: str) -> tuple[str, ...]:
    """Five forms (yo, tú, él, nosotros, ellos) of the present, past (preterite), imperfect or future."""
    infinitive, irregular = verb.es[0], dict(part.split("=") for part in verb.es[1:])
    if tense == "future":
        return tuple(irregular.get("fut", infinitive) + ending for ending in _FUTURE)
    name = {"present": "pres", "past": "pret"}.get(tense, tense)
    if name in irregular:
        return tuple(irregular[name].split(","))
    vowel = unicodedata.normalize("NFD", infinitive[-2:])[0]
    stem = infinitive[:-2]
    return tuple(stem + ending for ending in _ENDINGS[name, vowel].split())


def _human(value: Name | NounPhrase) -> bool:
    return isinstance(value, Name) or value.human


def _feminine(value: Phrase) -> bool:
    if isinstance(value, Pair):
        return _feminine(value.first) and _feminine(value.second)
    return value.noun.es[0] == "f" if isinstance(value, NounPhrase) else value.feminine


def _adjective(adjective: Adjective, feminine: bool, plural: bool) -> str:
    form, _, *irregular = adjective.es
    if plural and irregular:
        return irregular[0]
    if feminine and form.endswith("o"):
        form = form[:-1] + "a"
    if not plural:
        return form
    if form.endswith("z"):
        return form[:-1] + "ces"
    return form + ("s" if form.endswith(tuple("aeio")) else "es")


def _place(place: Place) -> list[str]:
    relation = "en" if place.relation == "in" else "a"
    return [relation, place.where.text] if isinstance(place.where, Name) else [relation, *phrase(place.where)]


def phrase(value: Phrase) -> list[str]:
    """The words of a phrase; none for a dropped pronoun."""
    if isinstance(value, Pair):
        second = phrase(value.second)
        return [*phrase(value.first), _and(second[0]), *second]
    if isinstance(value, Name):
        return [value.text]
    if isinstance(value, Pronoun):
        return [w for w in [_PRONOUNS[value.key]] if w]
    gender, *forms = value.noun.es
    words = [*_determiner(value, gender == "f"), forms[value.plural]]
    if value.adjective:
        words.append(_adjective(value.adjective, gender == "f", value.plural))
    if value.label:
        words.append(value.label)
    if value.owner:
        words += ["de", *phrase(value.owner)]
    if value.relative:
        words += ["que", *clause_words(value.relative.clause, value.relative.gap)]
    return words


def _determiner(value: NounPhrase, feminine: bool) -> list[str]:
    kind, plural = value.determiner, value.plural
    if kind == "the":
        return [("las" if feminine else "los") if plural else "la" if feminine else "el"]
    if kind == "a":
        return [] if plural else ["una" if feminine else "un"]
    if kind == "this":
        return [("estas" if feminine else "estos") if plural else "esta" if feminine else "este"]
    if kind == "number":
        return [number_word(NUMBERS, value.number)]
    if kind == "every":
        return ["cada"]
    if kind in ("many", "our"):
        stem = "much" if kind == "many" else "nuestr"
        return [stem + ("a" if feminine else "o") + ("s" if plural else "")]
    return [_POSSESSIVES[kind] + ("s" if plural else "")]


def _and(following: str) -> str:
    # "y" becomes "e" before the sound i.
    sound = following.lower()
    return "e" if sound.startswith(("i", "hi")) and not sound.startswith(("ia", "ie", "io", "hie")) else "y"


def _fused(words: list[str]) -> list[str]:
    """Apply the contractions "al" and "del"."""
    fused: list[str] = []
    for current in words:
        if fused and (fused[-1], current) in _CONTRACTED:
            fused[-1] = _CONTRACTED[fused[-1], current]
        else:
            fused.append(current)
    return fused
