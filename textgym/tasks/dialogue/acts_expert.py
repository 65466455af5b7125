"""An honest policy at the level of acts, after `expert.py`: it follows changes of wishes."""

from collections.abc import Callable

import numpy as np

from textgym.tasks.dialogue.belief import domain_of_full, full_names
from textgym.tasks.dialogue.moves import moves

Rule = Callable[[dict[str, float], set[str]], str]
"""From the entries of `Belief.full` by name and the names of the legal moves to one of these."""


def expert_action(vector: np.ndarray, mask: np.ndarray) -> int:
    """The expert's action in a state, from what the agent knows.

    It searches again whenever a wish has changed, says so when nothing fits, and offers with all details at once,
    which saves the turn in which most users would ask for them.

    Args:
        vector: `Belief.full` of the state, (d,).
        mask: Which actions are legal, bool (n,).

    Returns:
        A legal action.
    """
    return decide(_move, vector, mask)


def decide(rule: Rule, vector: np.ndarray, mask: np.ndarray) -> int:
    """The action that a rule takes in a state of any domain; the arguments are those of `expert_action`."""
    domain = domain_of_full(len(vector))
    belief, names = dict(zip(full_names(domain), vector, strict=True)), list(moves(domain))
    legal = {name for name, allowed in zip(names, mask, strict=True) if allowed}
    return names.index(rule(belief, legal))


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
