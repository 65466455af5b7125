"""Candidate replies for the choice view, from the messages alone."""

from collections.abc import Sequence
from zlib import crc32

from textgym.protocols import Conversation
from textgym.tasks.dialogue.acts import AgentAct, AnythingElse, Bye, NoMatch, Request, Search
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.moves import (
    answer,
    ask_table,
    ask_wishes,
    book,
    offer_found,
    search,
    tell_details,
)
from textgym.tasks.dialogue.notebook import Notebook, take_notes
from textgym.tasks.dialogue.replies import agent_text

MIN_TEMPLATES = 8
"""The least number of candidates that `template_replies` gives."""


def template_replies(conversation: Conversation, domain: Domain | None = None) -> list[str]:
    """What an agent could say now.

    The candidates stand in a fixed order of kinds, whatever is wise: questions for all missing slots, the
    search for the wishes so far, "no match", an offer, the answer to open questions, all details, the questions
    for a table, the booking; then the second restaurant found, and what is hardly ever right. Kinds that
    the conversation gives no content for are left out. One of the first eight is always a sensible next step.

    Args:
        conversation: All messages so far, the environment's newest one last.
        domain: What is spoken of; None to find it out.

    Returns:
        At least `MIN_TEMPLATES` texts, no two the same.
    """
    notebook = take_notes(conversation, domain)
    variant = crc32(conversation[-1]["content"].encode("utf-8", "replace"))
    moves = [*_likely(notebook), *_unlikely(notebook)]
    return list(dict.fromkeys(agent_text(acts, variant, notebook.domain) for acts in moves if acts))


def _likely(n: Notebook) -> list[Sequence[AgentAct]]:
    nothing_found = n.searched is not None and n.total == 0
    return [
        ask_wishes(n),
        search(n),
        [NoMatch()] if nothing_found else [],
        offer_found(0, n),
        answer(n),
        tell_details(n),
        ask_table(n),
        book(n),
    ]


def _unlikely(n: Notebook) -> list[Sequence[AgentAct]]:
    return [
        offer_found(1, n),
        *([Request(slot)] for slot in n.missing),
        [AnythingElse()],
        [Bye()],
        [NoMatch()],
        [Search(())],
        *([Request(slot)] for slot in (*n.domain.booking, *n.domain.values)),
    ]
