"""Asks what tells most for textgym/TwentyQuestions-v0: the question whose answer has the largest entropy.

With 2 ** k things that k attributes tell apart evenly this takes k + 1/2 questions in the mean, the least possible; the
rule is that of the demonstrations, `textgym.tasks.twenty_questions.expert`:

    textgym evaluate agents/twenty_questions_entropy.py textgym/TwentyQuestions-v0
"""

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.twenty_questions.expert import expert_action


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(expert_action)
