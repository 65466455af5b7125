"""Concedes step by step for textgym/Negotiation-v0, where it costs itself least and helps the partner most.

It sees what every agent sees; the rule is that of the demonstrations, `textgym.tasks.negotiation.expert`:

    textgym evaluate agents/negotiation_concession.py textgym/Negotiation-v0
"""

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.negotiation.expert import expert_action


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(expert_action)
