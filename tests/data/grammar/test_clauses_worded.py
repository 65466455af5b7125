"""Modal verbs, negation, questions and subordinate clauses, with wordings written by hand."""

from dataclasses import replace

import pytest

from textgym.data.grammar import english, french, german, spanish
from textgym.data.grammar.lexicon import load_lexicon
from textgym.data.grammar.tree import Clause, Name, NounPhrase, Pair, Place, Pronoun, Relative, Sentence, When

LEXICON = load_lexicon()
VERBS, ADJECTIVES = LEXICON.verbs, LEXICON.adjectives
ANNA, TOM = Name("Anna", feminine=True), Name("Tom")
ME, YOU, SHE, WE, THEY, WHO = (Pronoun(key) for key in ("I", "you", "she", "we", "they", "who"))


def np(noun, determiner="the", *, adjective=None, **rest):
    return NounPhrase(
        LEXICON.nouns[noun], determiner, adjective=ADJECTIVES[adjective] if adjective else None, **rest
    )


def act(subject, verb, thing=None, **rest):
    return Clause(subject, VERBS[verb], object=thing, **rest)


def be(subject, adjective, **rest):
    return Clause(subject, adjective=ADJECTIVES[adjective], **rest)


def when(key, number=0):
    return When(LEXICON.times[key], number)


LETTERS_SHE_WROTE = Relative(act(SHE, "write", np("letter", plural=True), tense="past"), "object")
WHO_REPAIRS = Relative(act(np("engineer"), "repair", np("machine", plural=True)), "subject")
WHO_ARRIVED = Relative(act(np("actress", plural=True), "arrive", tense="past"), "subject")
THAT_YOU_LIKE = Relative(act(YOU, "see", np("hat")), "object")

CASES = {
    "modal verb": (
        Sentence(act(np("farmer"), "sell", np("cow"), modal="must", tense="past")),
        "The farmer had to sell the cow.",
        "Der Bauer musste die Kuh verkaufen.",
        "L'agriculteur devait vendre la vache.",
        "El agricultor tenía que vender la vaca.",
    ),
    "negation of an indefinite object": (
        Sentence(act(ME, "have", np("car", "a"), negative=True)),
        "I do not have a car.",
        "Ich habe kein Auto.",
        "Je n'ai pas de voiture.",
        "No tengo un coche.",
    ),
    "negation of a definite object": (
        Sentence(act(ANNA, "open", np("window"), negative=True, tense="past")),
        "Anna did not open the window.",
        "Anna hat das Fenster nicht geöffnet.",
        "Anna n'a pas ouvert la fenêtre.",
        "Anna no abrió la ventana.",
    ),
    "negation before a place": (
        Sentence(act(np("dog"), "sleep", place=Place("in", np("kitchen")), modal="can", negative=True)),
        "The dog cannot sleep in the kitchen.",
        "Der Hund kann nicht in der Küche schlafen.",
        "Le chien ne peut pas dormir dans la cuisine.",
        "El perro no puede dormir en la cocina.",
    ),
    "predicate with ser": (
        Sentence(be(np("story", "this", plural=True), "interesting")),
        "These stories are interesting.",
        "Diese Geschichten sind interessant.",
        "Ces histoires sont intéressantes.",
        "Estas historias son interesantes.",
    ),
    "predicate with estar": (
        Sentence(be(np("woman", plural=True), "tired", tense="past", negative=True)),
        "The women were not tired.",
        "Die Frauen waren nicht müde.",
        "Les femmes n'étaient pas fatiguées.",
        "Las mujeres no estaban cansadas.",
    ),
    "two subjects": (
        Sentence(be(Pair(np("uncle"), ANNA), "happy", tense="future")),
        "The uncle and Anna will be happy.",
        "Der Onkel und Anna werden glücklich sein.",
        "L'oncle et Anna seront heureux.",
        "El tío y Anna serán felices.",
    ),
    "two feminine subjects": (
        Sentence(act(Pair(np("sister"), ANNA), "return", place=Place("to", np("hospital")), tense="past")),
        "The sister and Anna returned to the hospital.",
        "Die Schwester und Anna sind zum Krankenhaus zurückgekehrt.",
        "La sœur et Anna sont retournées à l'hôpital.",
        "La hermana y Anna volvieron al hospital.",
    ),
    "codes": (
        Sentence(act(np("user", label="%(name)s"), "delete", np("file", label="notes_3.txt"), tense="past")),
        "The user %(name)s deleted the file notes_3.txt.",
        "Der Benutzer %(name)s hat die Datei notes_3.txt gelöscht.",
        "L'utilisateur %(name)s a supprimé le fichier notes_3.txt.",
        "El usuario %(name)s borró el archivo notes_3.txt.",
    ),
    "yes-no question": (
        Sentence(act(np("train"), "depart", time=when("o_clock", 7)), "yes_no"),
        "Does the train depart at 7 o'clock?",
        "Fährt der Zug um 7 Uhr ab?",
        "Est-ce que le train part à 7 heures ?",
        "¿El tren sale a las 7?",
    ),
    "where to": (
        Sentence(act(np("bird"), "go", tense="past"), "where"),
        "Where did the bird go?",
        "Wohin ist der Vogel gegangen?",
        "Où est-ce que l'oiseau est allé ?",
        "¿Adónde fue el pájaro?",
    ),
    "why": (
        Sentence(act(YOU, "laugh", negative=True), "why"),
        "Why do you not laugh?",
        "Warum lachst du nicht?",
        "Pourquoi est-ce que tu ne ris pas ?",
        "¿Por qué no ríes?",
    ),
    "what": (
        Sentence(act(ANNA, "give", np("gift"), recipient=TOM, tense="future"), "what"),
        "What will Anna give to Tom?",
        "Was wird Anna Tom geben?",
        "Qu'est-ce qu'Anna donnera à Tom ?",
        "¿Qué le dará Anna a Tom?",
    ),
    "who": (
        Sentence(act(WHO, "print", np("report"), tense="past")),
        "Who printed the report?",
        "Wer hat den Bericht gedruckt?",
        "Qui a imprimé le rapport ?",
        "¿Quién imprimió el informe?",
    ),
    "reason": (
        Sentence(act(WE, "wait"), link="because", second=act(np("bus"), "arrive", negative=True)),
        "We wait because the bus does not arrive.",
        "Wir warten, weil der Bus nicht ankommt.",
        "Nous attendons parce que le bus n'arrive pas.",
        "Esperamos porque el autobús no llega.",
    ),
    "reason in front": (
        Sentence(
            act(SHE, "call", np("doctor", "a"), tense="past"),
            link="because",
            second=be(np("son", "her"), "sick", tense="past"),
            fronted="second",
        ),
        "Because her son was sick, she called a doctor.",
        "Weil ihr Sohn krank war, hat sie einen Arzt angerufen.",
        "Comme son fils était malade, elle a appelé un médecin.",
        "Como su hijo estaba enfermo, ella llamó a un médico.",
    ),
    "that": (
        Sentence(act(TOM, "believe"), link="that", second=act(ANNA, "sing", modal="want", tense="past")),
        "Tom believes that Anna wanted to sing.",
        "Tom glaubt, dass Anna singen wollte.",
        "Tom croit qu'Anna voulait chanter.",
        "Tom cree que Anna quería cantar.",
    ),
    "when in the past": (
        Sentence(act(ME, "sleep", tense="past"), link="when", second=act(TOM, "arrive", tense="past")),
        "I slept when Tom arrived.",
        "Ich habe geschlafen, als Tom angekommen ist.",
        "J'ai dormi quand Tom est arrivé.",
        "Dormí cuando Tom llegó.",
    ),
    "but": (
        Sentence(act(THEY, "sing"), link="but", second=act(np("cat"), "sleep")),
        "They sing, but the cat sleeps.",
        "Sie singen, aber die Katze schläft.",
        "Ils chantent, mais le chat dort.",
        "Ellos cantan, pero el gato duerme.",
    ),
    "and before the sound i": (
        Sentence(act(TOM, "wait"), link="and", second=act(ME, "print", np("list", "a"))),
        "Tom waits and I print a list.",
        "Tom wartet und ich drucke eine Liste.",
        "Tom attend et j'imprime une liste.",
        "Tom espera e imprimo una lista.",
    ),
    "relative clause on the subject": (
        Sentence(be(replace(np("engineer"), relative=WHO_REPAIRS), "intelligent")),
        "The engineer who repairs the machines is intelligent.",
        "Der Ingenieur, der die Maschinen repariert, ist intelligent.",
        "L'ingénieur qui répare les machines est intelligent.",
        "El ingeniero que repara las máquinas es inteligente.",
    ),
    "participle in a relative clause": (
        Sentence(be(replace(np("actress", plural=True), relative=WHO_ARRIVED), "famous")),
        "The actresses who arrived are famous.",
        "Die Schauspielerinnen, die angekommen sind, sind berühmt.",
        "Les actrices qui sont arrivées sont célèbres.",
        "Las actrices que llegaron son famosas.",
    ),
    "relative clause on the object, agreeing participle": (
        Sentence(
            act(TOM, "copy", replace(np("letter", plural=True), relative=LETTERS_SHE_WROTE), tense="past")
        ),
        "Tom copied the letters that she wrote.",
        "Tom hat die Briefe kopiert, die sie geschrieben hat.",
        "Tom a copié les lettres qu'elle a écrites.",
        "Tom copió las cartas que ella escribió.",
    ),
    "relative pronoun in the accusative": (
        Sentence(act(ME, "buy", replace(np("hat"), relative=THAT_YOU_LIKE), tense="future")),
        "I will buy the hat that you see.",
        "Ich werde den Hut kaufen, den du siehst.",
        "J'achèterai le chapeau que tu vois.",
        "Compraré el sombrero que ves.",
    ),
    "with somebody": (
        Sentence(act(WE, "cook", companion=np("colleague", "my"), time=when("evenings"))),
        "We cook with my colleague in the evening.",
        "Wir kochen am Abend mit meinem Kollegen.",
        "Nous cuisinons avec mon collègue le soir.",
        "Cocinamos con mi colega por la noche.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_wording(name):
    tree, *expected = CASES[name]
    assert [m.word(tree) for m in (english, german, french, spanish)] == expected
