"""What the user and the database say: dialogue acts -> text with varied wording."""

from collections.abc import Mapping, Sequence

import numpy as np

from textgym.tasks.dialogue.acts import (
    Affirm,
    AskBooking,
    Booked,
    Bye,
    Change,
    CheckAgain,
    DatabaseAct,
    Deny,
    DontCare,
    Failed,
    Found,
    Inform,
    Request,
    Unclear,
    UserAct,
)  # fmt: skip
from textgym.tasks.dialogue.database import DETAILS, SEARCHABLE, VALUES

DATABASE_MARK = "[database]"
USER_MARK = "[user]"

GREETINGS = ("Hello, ", "Hi, ", "Good evening, ", "Hi there, ")
OPENINGS = (
    "I am looking for {place}.",
    "I need {place}.",
    "can you find {place}?",
    "I would like to eat at {place}.",
    "could you help me to find {place}?",
)
WISHES: Mapping[str, tuple[str, ...]] = {
    "food": (
        "I would like {v} food.",
        "It should serve {v} food.",
        "{v} food, please.",
        "I want to eat {v}.",
    ),
    "area": ("It should be in the {v}.", "In the {v}, please.", "I want it to be in the {v} of town."),
    "price": ("It should be {v}.", "Something {v}, please.", "I want a {v} place."),
    "people": ("For {v} people.", "We will be {v}.", "A table for {v}, please."),
    "time": ("At {v}.", "We will come at {v}.", "{v}, please."),
}
INDIRECT: Mapping[str, tuple[str, ...]] = {
    "italian": ("I could eat pizza every day.", "I am in the mood for pasta."),
    "chinese": ("I feel like dim sum tonight.", "I have not had wonton soup for ages."),
    "indian": ("A good tandoori would make me happy.", "I am dreaming of naan and dal."),
    "mexican": ("We all love tacos.", "I am in the mood for burritos."),
    "thai": ("I am craving tom yum.", "I would love a bowl of tom kha."),
    "greek": ("I have been thinking of souvlaki all day.", "Moussaka would be just right."),
    "french": ("I have a weakness for coq au vin.", "I am in the mood for ratatouille."),
    "spanish": ("Some tapas would be great.", "I am in the mood for paella."),
    "turkish": ("I would love a kebab.", "I am in the mood for lahmacun."),
    "japanese": ("I am craving sushi.", "I would like ramen tonight."),
    "korean": ("I have been craving bibimbap.", "It has to have good kimchi."),
    "vietnamese": ("A bowl of pho would be perfect.", "I am craving a banh mi."),
    "north": ("We are staying in the northern district.", "Somewhere uptown would be best."),
    "south": ("We are staying in the southern district.", "I live on the southern side of town."),
    "east": ("We are staying in the eastern district.", "I live on the eastern side of town."),
    "west": ("We are staying in the western district.", "I live on the western side of town."),
    "centre": ("It should be right in the middle of town.", "Somewhere downtown would be best."),
    "cheap": ("I do not want to spend much.", "I am on a tight budget."),
    "moderate": ("It should be neither fancy nor shabby.", "Something mid-range would do."),
    "expensive": ("Money is no object.", "It is a special evening, so it may cost a lot."),
    "2": ("There are two of us.", "It is me and my wife."),
    "3": ("There are three of us.", "We are a party of three."),
    "4": ("There are four of us.", "We are a party of four."),
    "5": ("There are five of us.", "We are a party of five."),
    "6": ("There are six of us.", "We are half a dozen."),
    "7": ("There are seven of us.", "We are a party of seven."),
    "8": ("There are eight of us.", "We are a party of eight."),
}
HOURS = {17: "five", 18: "six", 19: "seven", 20: "eight", 21: "nine"}
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "food": ("What kind of food do they serve?", "Which cuisine is it?"),
    "area": ("Which area is it in?", "Which part of town is it in?"),
    "price": ("What is the price range?", "How are the prices?"),
    "phone": ("What is the phone number?", "Can I have their phone number?"),
    "address": ("What is the address?", "Could you give me the address?"),
    "postcode": ("What is the postcode?", "I also need the postcode."),
    "reference": ("What is the reference number?", "Can I have the booking reference?"),
}
INDIRECT_QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "food": ("What do they cook?",),
    "area": ("Whereabouts in town is that?",),
    "price": ("Is it hard on the wallet?",),
    "phone": ("How can I call them?",),
    "address": ("On which street will I find it?",),
    "postcode": ("What shall I type into my satnav?",),
    "reference": ("What do I say at the door to get our table?",),
}
CARELESS: Mapping[str, tuple[str, ...]] = {
    "food": ("Any food is fine.", "I do not mind what food they serve."),
    "area": ("Any area is fine.", "I do not care about the area."),
    "price": ("Any price is fine.", "The price does not matter."),
}
CHANGES = (
    "Actually, could it be {v} instead?",
    "Then let us try {v} instead.",
    "I have changed my mind: {v}, please.",
    "How about {v} instead?",
)
CHANGED: Mapping[str, str] = {"food": "{v} food", "area": "the {v}", "price": "a {v} place"}
FIXED: Mapping[type, tuple[str, ...]] = {
    Affirm: ("Yes, that sounds good.", "Great.", "Good."),
    Deny: ("No.", "No, that is not what I want.", "No, thank you."),
    AskBooking: (
        "Please book a table.",
        "I would like to reserve a table there.",
        "Can you book me a table?",
    ),
    CheckAgain: ("Are you sure? Please check again.", "Please look again."),
    Bye: ("Thank you, goodbye.", "Thanks, bye."),
    Unclear: ("Sorry, I did not understand.", "I am not sure what you mean."),
}


def opening_text(acts: Sequence[UserAct], rng: np.random.Generator, *, indirect: float) -> str:
    """The user's first message, marked; wishes that are worded directly go into one noun phrase."""
    wishes = [a for a in acts if isinstance(a, Inform)]
    direct = {a.slot: a.value for a in wishes if a.slot in SEARCHABLE and rng.random() >= indirect}
    rest = [_word(a, rng, indirect=1.0) for a in wishes if a.slot not in direct]
    text = _pick(GREETINGS, rng) + _pick(OPENINGS, rng).format(place=_place(direct))
    return " ".join([f"{USER_MARK} {text}", *rest])


def user_text(acts: Sequence[UserAct], rng: np.random.Generator, *, indirect: float) -> str:
    """A later message of the user, marked.

    Args:
        acts: At least one act.
        rng: Chooses the wording.
        indirect: Probability of an indirect wording where there is one, in [0, 1].
    """
    return " ".join([USER_MARK, *(_word(a, rng, indirect=indirect) for a in acts)])


def database_text(acts: Sequence[DatabaseAct]) -> str:
    """The database's answers, each on its own marked line; a list of matches has one more line for each."""
    return "\n".join(f"{DATABASE_MARK} {line}" for act in acts for line in _lines(act))


def _lines(act: DatabaseAct) -> list[str]:
    match act:
        case Found(total, entities):
            rows = (" | ".join(_row(e.slots)) for e in entities)
            shown = f", first {len(entities)}:" if total > len(entities) else ":" if total else ""
            head = f"{total} found{shown}"
            return [head, *(f"{e.id} {e.name} | {row}" for e, row in zip(entities, rows, strict=True))]
        case Booked(entity, people, time, reference):
            return [
                f"booked {entity.id} {entity.name} | people={people} | time={time} | reference={reference}"
            ]
        case Failed(reason):
            return [f"error: {reason}"]


def _row(slots: Mapping[str, str]) -> list[str]:
    return [f"{slot}={slots[slot]}" for slot in (*SEARCHABLE, *DETAILS)]


def _place(wishes: Mapping[str, str]) -> str:
    adjectives = " ".join(_name(wishes[s]) for s in ("price", "food") if s in wishes)
    article = "an" if adjectives[:1] in tuple("aeiouAEIOU") and adjectives else "a"
    noun = f"{article} {adjectives} restaurant" if adjectives else "a restaurant"
    return f"{noun} in the {wishes['area']}" if "area" in wishes else noun


def _word(act: UserAct, rng: np.random.Generator, *, indirect: float) -> str:
    hinted = rng.random() < indirect
    match act:
        case Inform("time", value):
            text = _clock(value) if hinted else _pick(WISHES["time"], rng).format(v=value)
        case Inform(slot, value):
            text = _pick(INDIRECT[value] if hinted else WISHES[slot], rng).format(v=_name(value))
        case Request(slot):
            text = _pick((INDIRECT_QUESTIONS if hinted else QUESTIONS)[slot], rng)
        case DontCare(slot):
            text = _pick(CARELESS[slot], rng)
        case Change(slot, value):
            text = _pick(CHANGES, rng).format(v=CHANGED[slot].format(v=_name(value)))
        case _:
            text = _pick(FIXED[type(act)], rng)
    return text[0].upper() + text[1:]


def _clock(time: str) -> str:
    hour, minute = time.split(":")
    half = "half past " if minute == "30" else ""
    return f"We will be there at {half}{HOURS[int(hour)]} in the evening."


def _name(value: str) -> str:
    """A value as it is written in prose: cuisines have a capital letter."""
    return value.title() if value in VALUES["food"] else value


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
