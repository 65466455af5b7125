"""Restaurants of a made-up town, where tables are booked."""

from types import MappingProxyType

import numpy as np

from textgym.tasks.dialogue.contacts import CONTACTS
from textgym.tasks.dialogue.domain import AgentWords, Domain, Rules, UserWords
from textgym.tasks.dialogue.rows import Rows
from textgym.tasks.dialogue.town import draw_town

VALUES = MappingProxyType(
    {
        "food": (
            "italian", "chinese", "indian", "mexican", "thai", "greek",
            "french", "spanish", "turkish", "japanese", "korean", "vietnamese",
        ),
        "area": ("north", "south", "east", "west", "centre"),
        "price": ("cheap", "moderate", "expensive"),
    }
)  # fmt: skip

PEOPLE = tuple(str(n) for n in range(2, 9))
TIMES = tuple(f"{hour}:{minute}" for hour in range(17, 22) for minute in ("00", "30"))


def _draw(rng: np.random.Generator) -> Rows:
    return draw_town(rng, VALUES)


AREAS_INDIRECT = {
    "north": ("We are staying in the northern district.", "Somewhere uptown would be best."),
    "south": ("We are staying in the southern district.", "I live on the southern side of town."),
    "east": ("We are staying in the eastern district.", "I live on the eastern side of town."),
    "west": ("We are staying in the western district.", "I live on the western side of town."),
    "centre": ("It should be right in the middle of town.", "Somewhere downtown would be best."),
}
PEOPLE_INDIRECT = {
    "2": ("There are two of us.", "It is me and my wife."),
    "3": ("There are three of us.", "We are a party of three."),
    "4": ("There are four of us.", "We are a party of four."),
    "5": ("There are five of us.", "We are a party of five."),
    "6": ("There are six of us.", "We are half a dozen."),
    "7": ("There are seven of us.", "We are a party of seven."),
    "8": ("There are eight of us.", "We are a party of eight."),
}
HOURS = {17: "five", 18: "six", 19: "seven", 20: "eight", 21: "nine"}

AREA_HINTS = {
    "north": "northern|uptown",
    "south": "southern",
    "east": "eastern",
    "west": "western",
    "centre": "center|middle of town|downtown",
}
AREA_SYNONYMS = {
    "center": "centre", "central": "centre", "northern": "north", "southern": "south", "eastern": "east",
    "western": "west",
}  # fmt: skip
PRICE_SYNONYMS = {"moderately": "moderate", "midrange": "moderate", "inexpensive": "cheap"}


def _clock(time: str) -> str:
    hour, minute = time.split(":")
    half = "half past " if minute == "30" else ""
    return f"We will be there at {half}{HOURS[int(hour)]} in the evening."


_USER = UserWords(
    noun="restaurant",
    before={"price": "{v}", "food": "{v}"},
    after={"area": "in the {v}"},
    openings=(
        "I am looking for {place}.",
        "I need {place}.",
        "can you find {place}?",
        "I would like to eat at {place}.",
        "could you help me to find {place}?",
    ),
    wishes={
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
    },
    indirect={
        "food": {
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
        },
        "area": AREAS_INDIRECT,
        "price": {
            "cheap": ("I do not want to spend much.", "I am on a tight budget."),
            "moderate": ("It should be neither fancy nor shabby.", "Something mid-range would do."),
            "expensive": ("Money is no object.", "It is a special evening, so it may cost a lot."),
        },
        "people": PEOPLE_INDIRECT,
        "time": {time: (_clock(time),) for time in TIMES},
    },
    questions={
        "food": ("What kind of food do they serve?", "Which cuisine is it?"),
        "area": ("Which area is it in?", "Which part of town is it in?"),
        "price": ("What is the price range?", "How are the prices?"),
        "phone": ("What is the phone number?", "Can I have their phone number?"),
        "address": ("What is the address?", "Could you give me the address?"),
        "postcode": ("What is the postcode?", "I also need the postcode."),
        "reference": ("What is the reference number?", "Can I have the booking reference?"),
    },
    indirect_questions={
        "food": ("What do they cook?",),
        "area": ("Whereabouts in town is that?",),
        "price": ("Is it hard on the wallet?",),
        "phone": ("How can I call them?",),
        "address": ("On which street will I find it?",),
        "postcode": ("What shall I type into my satnav?",),
        "reference": ("What do I say at the door to get our table?",),
    },
    careless={
        "food": ("Any food is fine.", "I do not mind what food they serve."),
        "area": ("Any area is fine.", "I do not care about the area."),
        "price": ("Any price is fine.", "The price does not matter."),
    },
    changed={"food": "{v} food", "area": "the {v}", "price": "a {v} place"},
    ask_booking=(
        "Please book a table.",
        "I would like to reserve a table there.",
        "Can you book me a table?",
    ),
)

_AGENT = AgentWords(
    questions={
        "food": ("What kind of food would you like?", "Which cuisine do you prefer?"),
        "area": ("Which area do you prefer?", "In which part of town should it be?"),
        "price": ("What is your price range?", "What is your budget?"),
        "people": ("For how many people?", "How many people will come?"),
        "time": ("At what time?", "What time suits you?"),
    },
    facts={
        "food": ("They serve {v} food.", "The food is {v}."),
        "area": ("It is in the {v}.", "You find it in the {v}."),
        "price": ("The prices are {v}.", "It is {v}."),
        "phone": ("The phone number is {v}.", "You can call {v}."),
        "address": ("The address is {v}.", "It is at {v}."),
        "postcode": ("The postcode is {v}.", "Its postcode is {v}."),
        "reference": ("Your table is booked, the reference is {v}.", "The booking has the reference {v}."),
    },
    confirmations={
        "food": "Would you like {v} food?",
        "area": "Should it be in the {v}?",
        "price": "Should it be {v}?",
    },
)

_RULES = Rules(
    things="restaurants?",
    booking="book|reserve|table",
    asked={
        "food": "food|cuisine|eat",
        "area": "area|part of|location|where|district",
        "price": r"price\w*|budget|spend|how expensive|how much",
        "people": "how many|people|party|guests",
        "time": "what time|time|when",
    },
    ask_booking=r"\b(book|reserve)\b.*\btable\b",
    questions={
        "food": "what kind of food|which cuisine|cook",
        "area": "which area|which part of town|whereabouts",
        "price": "price range|the prices|wallet",
        "phone": "phone|call them",
        "address": "address|which street",
        "postcode": "postcode|satnav",
        "reference": "reference|at the door",
    },
    hints={
        "food": {
            "italian": "pizza|pasta",
            "chinese": "dim sum|wonton",
            "indian": "tandoori|naan|dal",
            "mexican": "tacos?|burritos?",
            "thai": "tom yum|tom kha",
            "greek": "souvlaki|moussaka",
            "french": "coq au vin|ratatouille",
            "spanish": "tapas|paella",
            "turkish": "kebab|lahmacun",
            "japanese": "sushi|ramen",
            "korean": "bibimbap|kimchi",
            "vietnamese": "pho|banh mi",
        },
        "area": AREA_HINTS,
        "price": {
            "cheap": "not want to spend|tight budget",
            "moderate": "moderately|mid-range|neither fancy",
            "expensive": "no object|cost a lot",
        },
    },
    synonyms={"area": AREA_SYNONYMS, "price": PRICE_SYNONYMS},
)


RESTAURANT = Domain(
    name="restaurant",
    thing="restaurant",
    values=dict(VALUES),
    details=CONTACTS,
    booking={"people": PEOPLE, "time": TIMES},
    booked_thing="a table",
    booking_needs="for how many people and at what time",
    draw=_draw,
    user=_USER,
    agent=_AGENT,
    rules=_RULES,
    proper=frozenset({"food"}),
)
