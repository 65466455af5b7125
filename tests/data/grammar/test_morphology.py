"""Conjugation and declension tables, and the completeness of the lexicon."""

import pytest

from textgym.data.grammar import french, german, spanish
from textgym.data.grammar.lexicon import load_lexicon
from textgym.data.grammar.tree import Clause, NounPhrase, Pronoun, Sentence

LEXICON = load_lexicon()
VERBS, ADJECTIVES = LEXICON.verbs, LEXICON.adjectives
YOU, WE = Pronoun("you"), Pronoun("we")


def np(noun, determiner="the", *, adjective=None, **rest):
    return NounPhrase(
        LEXICON.nouns[noun], determiner, adjective=ADJECTIVES[adjective] if adjective else None, **rest
    )


def act(subject, verb, thing=None, **rest):
    return Clause(subject, VERBS[verb], object=thing, **rest)


def test_french_verb_forms():
    past = {
        v: french.word(Sentence(act(WE, v, np("book"), tense="past"))) for v in ("open", "understand", "lose")
    }
    assert past == {
        "open": "Nous avons ouvert le livre.",
        "understand": "Nous avons compris le livre.",
        "lose": "Nous avons perdu le livre.",
    }
    future = [french.word(Sentence(act(YOU, v, tense="future"))) for v in ("go", "run", "sleep")]
    assert future == ["Tu iras.", "Tu courras.", "Tu dormiras."]


@pytest.mark.parametrize(
    ("verb", "tense", "forms"),
    [
        ("buy", "present", "compro compras compra compramos compran"),
        ("write", "present", "escribo escribes escribe escribimos escriben"),
        ("sell", "past", "vendí vendiste vendió vendimos vendieron"),
        ("search", "past", "busqué buscaste buscó buscamos buscaron"),
        ("give", "past", "di diste dio dimos dieron"),
        ("have", "imperfect", "tenía tenías tenía teníamos tenían"),
        ("love", "imperfect", "amaba amabas amaba amábamos amaban"),
        ("have", "future", "tendré tendrás tendrá tendremos tendrán"),
        ("hear", "future", "oiré oirás oirá oiremos oirán"),
    ],
)
def test_spanish_conjugation(verb, tense, forms):
    assert " ".join(spanish.conjugate(VERBS[verb], tense)) == forms


@pytest.mark.parametrize(
    ("noun", "plural", "forms"),
    [
        ("student", False, "der Student|den Studenten|dem Studenten|des Studenten"),
        ("child", True, "die Kinder|die Kinder|den Kindern|der Kinder"),
        ("photo", True, "die Fotos|die Fotos|den Fotos|der Fotos"),
        ("woman", False, "die Frau|die Frau|der Frau|der Frau"),
        ("house", False, "das Haus|das Haus|dem Haus|des Hauses"),
    ],
)
def test_german_declension(noun, plural, forms):
    cases = ("nom", "acc", "dat", "gen")
    assert "|".join(" ".join(german.phrase(np(noun, plural=plural), case)) for case in cases) == forms


@pytest.mark.parametrize(
    ("determiner", "plural", "forms"),
    [
        ("the", False, "der alte|den alten|dem alten"),
        ("a", False, "ein alter|einen alten|einem alten"),
        ("no", True, "keine alten|keine alten|keinen alten"),
        ("our", False, "unser alter|unseren alten|unserem alten"),
        ("a", True, "alte|alte|alten"),
        ("many", True, "viele alte|viele alte|vielen alten"),
    ],
)
def test_german_adjective_endings(determiner, plural, forms):
    value = np("dog", determiner, plural=plural, adjective="old")
    assert "|".join(" ".join(german.phrase(value, case)[:-1]) for case in ("nom", "acc", "dat")) == forms


def test_every_word_of_the_lexicon_has_all_its_forms():
    for noun in LEXICON.nouns.values():
        assert (len(noun.en), len(noun.fr), len(noun.es)) == (2, 3, 3), noun.key
        assert len(noun.de) == 4 + (noun.de[-1] == "weak"), noun.key
        assert noun.de[0] in "mfn", noun.key
        assert {noun.fr[0], noun.es[0]} <= {"m", "f"}, noun.key
    for verb in VERBS.values():
        assert len(verb.en) == 3, verb.key
        assert len(verb.fr) in (1, 9), verb.key
        assert len(verb.fr) == 9 or verb.fr[0].endswith("er"), verb.key
        assert len(verb.de) in (5, 6), verb.key
        assert verb.de[4] in ("haben", "sein"), verb.key
        assert all(len(spanish.conjugate(verb, t)) == 5 for t in ("present", "past", "imperfect", "future"))
    for adjective in ADJECTIVES.values():
        assert adjective.fr[2] in ("pre", "post"), adjective.key
        assert adjective.es[1] in ("ser", "estar"), adjective.key
