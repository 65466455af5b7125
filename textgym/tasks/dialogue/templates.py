"""Candidate replies for the choice view, from the messages alone."""

from collections.abc import Sequence
from zlib import crc32

from textgym.protocols import Conversation
from textgym.tasks.dialogue.acts import (
    AgentAct,
    AnythingElse,
    Book,
    Bye,
    Inform,
    NoMatch,
    Offer,
    Request,
    Search,
)
from textgym.tasks.dialogue.database import BOOKING, DETAILS, SEARCHABLE, Entity
from textgym.tasks.dialogue.notebook import Notebook, take_notes
from textgym.tasks.dialogue.replies import agent_text

MIN_TEMPLATES = 8
"""The least number of candidates that `template_replies` gives."""


def template_replies(conversation: Conversation) -> list[str]:
    """What an agent could say now.

    The candidates stand in a fixed order of kinds, whatever is wise: questions for all missing slots, the
    search for the wishes so far, "no match", an offer, the answer to open questions, all details, the questions
    for a table, the booking; then the second restaurant found, and what is hardly ever right. Kinds that
    the conversation gives no content for are left out. One of the first eight is always a sensible next step.

    Args:
        conversation: All messages so far, the environment's newest one last.

    Returns:
        At least `MIN_TEMPLATES` texts, no two the same.
    """
    notebook = take_notes(conversation)
    variant = crc32(conversation[-1]["content"].encode("utf-8", "replace"))
    moves = [*_likely(notebook), *_unlikely(notebook)]
    return list(dict.fromkeys(agent_text(acts, variant) for acts in moves if acts))


def _likely(n: Notebook) -> list[Sequence[AgentAct]]:
    considered = n.focus or (n.found[0] if n.found else None)
    moves: list[Sequence[AgentAct]] = [
        [Request(slot) for slot in n.missing],
        [Search(tuple(n.constraints.items()))],
        [NoMatch()] if n.searched is not None and n.total == 0 else [],
        _offer(n.found[0], SEARCHABLE) if n.found else [],
        [Inform(slot, n.facts[slot]) for slot in n.unsaid],
        _offer(considered, DETAILS) if considered else [],
        [Request(slot) for slot in n.missing_for_table] if considered else [],
        [Book(considered.id)] if considered else [],
    ]
    return moves


def _unlikely(n: Notebook) -> list[Sequence[AgentAct]]:
    second = n.found[1] if len(n.found) > 1 else None
    return [
        _offer(second, SEARCHABLE) if second else [],
        *([Request(slot)] for slot in n.missing),
        [AnythingElse()],
        [Bye()],
        [NoMatch()],
        [Search(())],
        *([Request(slot)] for slot in (*BOOKING, *SEARCHABLE)),
    ]


def _offer(entity: Entity, slots: Sequence[str]) -> list[AgentAct]:
    return [Offer(entity.name), *(Inform(slot, entity.slots[slot]) for slot in slots)]
