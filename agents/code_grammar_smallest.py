"""The best of the smallest expressions for textgym/CodeGrammar-v0: names, numbers, single comparisons.

Of those with the fewest productions that give the kind that is asked for, it derives the one that does what most of the
visible examples show, the first among equals. What it earns is what partial credit is worth without a search:

    textgym evaluate agents/code_grammar_smallest.py textgym/CodeGrammar-v0
"""

from collections.abc import Sequence

import numpy as np

from textgym import DecisionAgent, Request
from textgym.data.expressions.derivation import values_of
from textgym.data.expressions.drawing import all_expressions
from textgym.data.expressions.grammar import FEWEST
from textgym.tasks.code.specification import Specification


class SmallestExpression:
    """Decides anew at each turn, with the same result."""

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        return [best_of_smallest(r.conversation[-1]["content"])[r.turn] for r in requests]


def best_of_smallest(features: str) -> list[int]:
    """The productions of the expression for the text of a state."""
    asked = Specification.of(features)
    choices = all_expressions(asked.kind, FEWEST[asked.kind])
    return max(choices, key=lambda expression: asked.passed(values_of(expression, asked.envs)))


def make_agent() -> DecisionAgent:
    return SmallestExpression()
