"""Hands the draft in as it is: what textgym/PostEditing-v0 pays for doing nothing.

textgym evaluate agents/keep_draft.py textgym/PostEditing-v0
"""

from textgym import Agent, as_agent
from textgym.tasks.post_editing import STOP


def make_agent() -> Agent:
    """The agent; it does not read."""
    return as_agent(lambda message: STOP)
