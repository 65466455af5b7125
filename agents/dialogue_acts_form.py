"""A form-filler for textgym/DialogueActs-v0: asks for what is missing, searches once, offers, answers and books.

It never searches again, so users who change their mind or want what does not exist are lost on it:

    textgym evaluate agents/dialogue_acts_form.py textgym/DialogueActs-v0
"""

import numpy as np

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.dialogue.belief import domain_of_full, full_names
from textgym.tasks.dialogue.moves import moves


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(_decide)


def _decide(vector: np.ndarray, mask: np.ndarray) -> int:
    domain = domain_of_full(len(vector))
    belief, names = dict(zip(full_names(domain), vector, strict=True)), list(moves(domain))
    legal = {name for name, allowed in zip(names, mask, strict=True) if allowed}
    return names.index(_move(belief, legal))


def _move(belief: dict[str, float], legal: set[str]) -> str:
    if "answer" in legal:
        return "answer"
    if not belief["searched"]:
        return "ask_wishes" if "ask_wishes" in legal else "search"
    if not belief["offered"]:
        return "offer_1" if "offer_1" in legal else "no_match"
    if belief["wants_table"] and not belief["booked"]:
        return "ask_table" if "ask_table" in legal else "book"
    return "anything_else"
