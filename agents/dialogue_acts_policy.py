"""A hand-written policy for textgym/DialogueActs-v0, after `scripted_dialogue.py`: it follows changes of wishes.

It searches again whenever a wish has changed, says so when nothing fits, and offers with all details at once; the rule
is that of the demonstrations, `textgym.tasks.dialogue.acts_expert`:

    textgym evaluate agents/dialogue_acts_policy.py textgym/DialogueActs-v0
"""

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.dialogue.acts_expert import expert_action


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(expert_action)
