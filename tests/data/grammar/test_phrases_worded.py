"""Noun phrases, verbs and their objects, with wordings written by hand."""

import pytest

from textgym.data.grammar import english, french, german, spanish
from textgym.data.grammar.lexicon import load_lexicon
from textgym.data.grammar.tree import Clause, Name, NounPhrase, Place, Pronoun, Sentence, When

LEXICON = load_lexicon()
VERBS, ADJECTIVES = LEXICON.verbs, LEXICON.adjectives
ANNA, TOM, OSLO = Name("Anna", feminine=True), Name("Tom"), Name("Oslo")
ME, YOU, SHE, WE, THEY = (Pronoun(key) for key in ("I", "you", "she", "we", "they"))


def np(noun, determiner="the", *, adjective=None, **rest):
    return NounPhrase(
        LEXICON.nouns[noun], determiner, adjective=ADJECTIVES[adjective] if adjective else None, **rest
    )


def act(subject, verb, thing=None, **rest):
    return Clause(subject, VERBS[verb], object=thing, **rest)


def when(key, number=0):
    return When(LEXICON.times[key], number)


CASES = {
    "statement": (
        Sentence(act(np("teacher"), "read", np("book", "a"))),
        "The teacher reads a book.",
        "Der Lehrer liest ein Buch.",
        "Le professeur lit un livre.",
        "El profesor lee un libro.",
    ),
    "adjectives after a and an": (
        Sentence(act(SHE, "buy", np("coat", "a", adjective="expensive"))),
        "She buys an expensive coat.",
        "Sie kauft einen teuren Mantel.",
        "Elle achète un manteau cher.",
        "Ella compra un abrigo caro.",
    ),
    "adjective before a vowel": (
        Sentence(act(ME, "search", np("hotel", "this", adjective="old"))),
        "I look for this old hotel.",
        "Ich suche dieses alte Hotel.",
        "Je cherche ce vieil hôtel.",
        "Busco este hotel viejo.",
    ),
    "adjectives without article": (
        Sentence(act(WE, "eat", np("apple", "a", plural=True, adjective="fresh"))),
        "We eat fresh apples.",
        "Wir essen frische Äpfel.",
        "Nous mangeons des pommes fraîches.",
        "Comemos manzanas frescas.",
    ),
    "des becomes de before an adjective": (
        Sentence(act(THEY, "have", np("house", "a", plural=True, adjective="big"))),
        "They have big houses.",
        "Sie haben große Häuser.",
        "Ils ont de grandes maisons.",
        "Ellos tienen casas grandes.",
    ),
    "possessives": (
        Sentence(act(np("friend", "my"), "visit", np("school", "our"))),
        "My friend visits our school.",
        "Mein Freund besucht unsere Schule.",
        "Mon ami visite notre école.",
        "Mi amigo visita nuestra escuela.",
    ),
    "possessive before a feminine vowel": (
        Sentence(act(YOU, "repair", np("clock", "her"))),
        "You repair her clock.",
        "Du reparierst ihre Uhr.",
        "Tu répares son horloge.",
        "Reparas su reloj.",
    ),
    "numbers": (
        Sentence(act(ANNA, "count", np("cup", "number", plural=True, number=3, adjective="dirty"))),
        "Anna counts three dirty cups.",
        "Anna zählt drei schmutzige Tassen.",
        "Anna compte trois tasses sales.",
        "Anna cuenta tres tazas sucias.",
    ),
    "many and digits": (
        Sentence(
            act(np("guest", "many", plural=True), "download", np("photo", "number", plural=True, number=240))
        ),
        "Many guests download 240 photos.",
        "Viele Gäste laden 240 Fotos herunter.",
        "Beaucoup d'invités téléchargent 240 photos.",
        "Muchos invitados descargan 240 fotos.",
    ),
    "every": (
        Sentence(act(np("student", "every"), "understand", np("poem", adjective="strange"))),
        "Every student understands the strange poem.",
        "Jeder Student versteht das seltsame Gedicht.",
        "Chaque étudiant comprend le poème étrange.",
        "Cada estudiante entiende el poema extraño.",
    ),
    "indirect object, contraction and clitic": (
        Sentence(act(TOM, "show", np("museum"), recipient=np("child", plural=True))),
        "Tom shows the museum to the children.",
        "Tom zeigt den Kindern das Museum.",
        "Tom montre le musée aux enfants.",
        "Tom les muestra el museo a los niños.",
    ),
    "weak noun and elided article": (
        Sentence(act(ANNA, "bring", np("bottle", "a"), recipient=np("student"), tense="past")),
        "Anna brought a bottle to the student.",
        "Anna hat dem Studenten eine Flasche gebracht.",
        "Anna a apporté une bouteille à l'étudiant.",
        "Anna le trajo una botella al estudiante.",
    ),
    "dative verb and personal a": (
        Sentence(act(np("nurse"), "help", np("man"))),
        "The nurse helps the man.",
        "Die Krankenschwester hilft dem Mann.",
        "L'infirmière aide l'homme.",
        "La enfermera ayuda al hombre.",
    ),
    "owner in the genitive": (
        Sentence(act(ME, "lose", np("key", owner=np("teacher")), tense="past")),
        "I lost the teacher's key.",
        "Ich habe den Schlüssel des Lehrers verloren.",
        "J'ai perdu la clé du professeur.",
        "Perdí la llave del profesor.",
    ),
    "owner by name": (
        Sentence(act(WE, "find", np("book", plural=True, adjective="old", owner=ANNA))),
        "We find Anna's old books.",
        "Wir finden die alten Bücher von Anna.",
        "Nous trouvons les vieux livres d'Anna.",
        "Encontramos los libros viejos de Anna.",
    ),
    "separable verb": (
        Sentence(act(np("aunt"), "call", np("brother", "your"))),
        "The aunt calls your brother.",
        "Die Tante ruft deinen Bruder an.",
        "La tante appelle ton frère.",
        "La tía llama a tu hermano.",
    ),
    "past with be as auxiliary": (
        Sentence(act(np("girl", plural=True), "go", place=Place("to", np("station")), tense="past")),
        "The girls went to the station.",
        "Die Mädchen sind zum Bahnhof gegangen.",
        "Les filles sont allées à la gare.",
        "Las chicas fueron a la estación.",
    ),
    "city and time": (
        Sentence(act(TOM, "travel", place=Place("to", OSLO), tense="future", time=when("tomorrow"))),
        "Tom will travel to Oslo tomorrow.",
        "Tom wird morgen nach Oslo reisen.",
        "Tom voyagera à Oslo demain.",
        "Tom viajará a Oslo mañana.",
    ),
    "state in the past": (
        Sentence(
            act(np("doctor"), "live", place=Place("in", np("village", adjective="small")), tense="past")
        ),
        "The doctor lived in the small village.",
        "Der Arzt hat im kleinen Dorf gewohnt.",
        "Le médecin habitait dans le petit village.",
        "El médico vivía en el pueblo pequeño.",
    ),
    "time in front": (
        Sentence(act(np("boy"), "wash", np("table"), tense="past", time=when("days_ago", 3)), fronted="time"),
        "3 days ago, the boy washed the table.",
        "Vor 3 Tagen hat der Junge den Tisch gewaschen.",
        "Il y a 3 jours, le garçon a lavé la table.",
        "Hace 3 días el chico lavó la mesa.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_wording(name):
    tree, *expected = CASES[name]
    assert [m.word(tree) for m in (english, german, french, spanish)] == expected
