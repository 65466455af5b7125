"""Repairs what a draft of textgym/PostEditing-v0 shows without knowing the language, and hands it in.

Repeated words, lost placeholders, the mark at the end:

    textgym evaluate agents/simple_fixes.py textgym/PostEditing-v0
"""

from textgym import Agent, as_agent
from textgym.tasks.draft_fixes import fixed
from textgym.tasks.post_editing import STOP, read_prompt


def make_agent() -> Agent:
    """The agent; it answers every other request with STOP."""
    return as_agent(reply)


def reply(message: str) -> str:
    """The whole answer to a first message."""
    found = read_prompt(message)
    return STOP if found is None else f"{fixed(*found)}\n{STOP}"
