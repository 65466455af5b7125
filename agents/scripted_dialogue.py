"""A scripted agent for textgym/Dialogue-v0: asks, searches, offers, answers and books by fixed rules.

It reads the messages and nothing else:

    textgym evaluate agents/scripted_dialogue.py textgym/Dialogue-v0
"""

from textgym.protocols import Agent, as_agent
from textgym.tasks.dialogue.expert import expert_reply


def make_agent() -> Agent:
    """The agent; it keeps no memory of its own."""
    return as_agent(expert_reply, whole=True)
