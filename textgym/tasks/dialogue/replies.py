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
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT

OFFERS = ("How about {v}?", "I can offer {v}.", "{v} would fit.")
NO_MATCH = ("Sorry, there is no match.", "I am sorry, I found nothing that fits.")
ELSE = ("Is there anything else?", "What else can I do for you?")
GOODBYE = ("Goodbye.", "Thank you, goodbye.")
UNCLEAR = ("Pardon me.", "Hm.")


def agent_text(acts: Sequence[AgentAct], variant: int = 0, domain: Domain = RESTAURANT) -> str:
    """A message with these acts.

    Args:
        acts: Commands are put on lines of their own.
        variant: Chooses among wordings, 0 or larger.
        domain: What is spoken of.

    Raises:
        ValueError: If an act is `Malformed`: an agent has no reason to say that.
    """
    lines: list[str] = []
    prose: list[str] = []
    for act in acts:
        text = _word(act, variant, domain)
        (lines if isinstance(act, Search | Book) else prose).append(text)
    return "\n".join([*lines, " ".join(prose)] if prose else lines)


def _word(act: AgentAct, variant: int, domain: Domain) -> str:
    words = domain.agent
    match act:
        case Search(constraints):
            return " ".join(["SEARCH", *(f"{slot}={value}" for slot, value in constraints)])
        case Book(entity_id):
            return f"BOOK {entity_id}"
        case Offer(name):
            return _pick(OFFERS, variant).format(v=name)
        case Inform(slot, value):
            return _pick(words.facts[slot], variant).format(v=domain.show(slot, value))
        case Confirm(slot, value):
            return words.confirmations[slot].format(v=domain.show(slot, value))
        case Request(slot):
            return _pick(words.questions[slot], variant)
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


def _pick(options: Sequence[str], variant: int) -> str:
    return options[variant % len(options)]
