"""A hand-written policy for textgym/DialogueActs-v0, after `scripted_dialogue.py`: it follows changes of wishes.

It searches again whenever a wish has changed, says so when nothing fits, and offers with all details at once, which
saves the turn in which most users would ask for them:

    textgym evaluate agents/dialogue_acts_policy.py textgym/DialogueActs-v0
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
    if not belief["accepted"]:
        if "ask_wishes" in legal:
            return "ask_wishes"
        if belief["searched"] != 1:
            return "search"
        return "no_match" if belief["nothing_found"] else "tell_details"
    if "answer" in legal:
        return "answer"
    if belief["wants_table"] and not belief["booked"]:
        return "ask_table" if "ask_table" in legal else "book"
    return "anything_else"
