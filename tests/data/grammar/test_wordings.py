"""Trees whose four wordings were written by hand, one for each construction."""

from dataclasses import replace

import pytest

from textgym.data.grammar import english, french, german, spanish
from textgym.data.grammar.lexicon import load_lexicon
from textgym.data.grammar.tree import Clause, Name, NounPhrase, Pair, Place, Pronoun, Relative, Sentence, When

LEXICON = load_lexicon()
VERBS, ADJECTIVES = LEXICON.verbs, LEXICON.adjectives
ANNA, TOM, OSLO = Name("Anna", feminine=True), Name("Tom"), Name("Oslo")
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
