"""The agent's wording: dialogue acts -> text that the parser reads back as the same acts."""

from collections.abc import Sequence

from textgym.tasks.dialogue.acts import (
    AgentAct,
    AnythingElse,
    Book,
    Bye,
    Confirm,
    Inform,
    Malformed,
    NoMatch,
    Offer,
    Request,
    Search,
    Unclear,
)  # fmt: skip
from textgym.tasks.dialogue.database import VALUES

OFFERS = ("How about {v}?", "I can offer {v}.", "{v} would fit.")
QUESTIONS = {
    "food": ("What kind of food would you like?", "Which cuisine do you prefer?"),
    "area": ("Which area do you prefer?", "In which part of town should it be?"),
    "price": ("What is your price range?", "What is your budget?"),
    "people": ("For how many people?", "How many people will come?"),
    "time": ("At what time?", "What time suits you?"),
}
FACTS = {
    "food": ("They serve {v} food.", "The food is {v}."),
    "area": ("It is in the {v}.", "You find it in the {v}."),
    "price": ("The prices are {v}.", "It is {v}."),
    "phone": ("The phone number is {v}.", "You can call {v}."),
    "address": ("The address is {v}.", "It is at {v}."),
    "postcode": ("The postcode is {v}.", "Its postcode is {v}."),
    "reference": ("Your table is booked, the reference is {v}.", "The booking has the reference {v}."),
}
CONFIRMATIONS = {
    "food": "Would you like {v} food?",
    "area": "Should it be in the {v}?",
    "price": "Should it be {v}?",
}
NO_MATCH = ("Sorry, there is no match.", "I am sorry, I found nothing that fits.")
ELSE = ("Is there anything else?", "What else can I do for you?")
GOODBYE = ("Goodbye.", "Thank you, goodbye.")
UNCLEAR = ("Pardon me.", "Hm.")


def agent_text(acts: Sequence[AgentAct], variant: int = 0) -> str:
    """A message with these acts.

    Args:
        acts: Commands are put on lines of their own.
        variant: Chooses among wordings, 0 or larger.

    Raises:
        ValueError: If an act is `Malformed`: an agent has no reason to say that.
    """
    lines: list[str] = []
    prose: list[str] = []
    for act in acts:
        text = _word(act, variant)
        (lines if isinstance(act, Search | Book) else prose).append(text)
    return "\n".join([*lines, " ".join(prose)] if prose else lines)


def _word(act: AgentAct, variant: int) -> str:
    match act:
        case Search(constraints):
            return " ".join(["SEARCH", *(f"{slot}={value}" for slot, value in constraints)])
        case Book(entity_id):
            return f"BOOK {entity_id}"
        case Offer(name):
            return _pick(OFFERS, variant).format(v=name)
        case Inform(slot, value):
            return _pick(FACTS[slot], variant).format(v=_name(value))
        case Confirm(slot, value):
            return CONFIRMATIONS[slot].format(v=_name(value))
        case Request(slot):
            return _pick(QUESTIONS[slot], variant)
        case NoMatch():
            return _pick(NO_MATCH, variant)
        case AnythingElse():
            return _pick(ELSE, variant)
        case Bye():
            return _pick(GOODBYE, variant)
        case Unclear():
            return _pick(UNCLEAR, variant)
        case Malformed():
            raise ValueError("a malformed command has no wording; use Search or Book")


def _name(value: str) -> str:
    return value.title() if value in VALUES["food"] else value


def _pick(options: Sequence[str], variant: int) -> str:
    return options[variant % len(options)]
