"""Searches for the smallest expression that does what the visible examples of textgym/CodeGrammar-v0 show.

    textgym evaluate agents/code_grammar_search.py textgym/CodeGrammar-v0

Expressions are tried from small to large, each put together from smaller ones; of those that give the same in all
examples the first is kept, so that only the others are built on (observational equivalence: Albarghouthi et al., 2013,
Recursive program synthesis; Udupa et al., 2013, TRANSIT). The first that does what all examples show is derived; where
the limit comes first, the one that does so in most. What a comprehension says of its items is tried up to a size of 3, and
the two branches of a conditional expression are taken to be free of errors in every example.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from textgym import DecisionAgent, Request
from textgym.data.expressions.derivation import value_of, values_of
from textgym.data.expressions.drawing import all_expressions, shares
from textgym.data.expressions.grammar import PRODUCTIONS, Env, Kind, Production
from textgym.tasks.code.specification import Specification

LIMIT = 20_000
"""Of expressions tried; enough for some of each kind."""
_LARGEST_BODY = 3


@dataclass
class Search:
    """One search.

    Args:
        asked: What is looked for.
        limit: Of expressions tried.
    """

    asked: Specification
    limit: int
    kept: dict[tuple[Kind, int], list[tuple[list[int], list[Any]]]] = field(default_factory=dict)
    seen: set[tuple[Kind, str]] = field(default_factory=set)
    tried: int = 0

    def run(self) -> list[int]:
        """Productions of the best expression, of the smallest among equals."""
        best: list[int] = []
        passed = -1
        for kind, expression, values in self._expressions():
            if kind == self.asked.kind and self.asked.passed(values) > passed:
                best, passed = expression, self.asked.passed(values)
                if passed == len(values):
                    break
        return best

    def _expressions(self) -> Iterator[tuple[Kind, list[int], list[Any]]]:
        """Expressions from small to large, no two of which give the same in all examples, and what they give."""
        for size in range(1, self.asked.left + 1):
            for number, production in enumerate(PRODUCTIONS):
                if production.is_bound:
                    continue
                new = self.kept.setdefault((production.gives, size), [])
                for parts, values in self._candidates(number, production, size):
                    if self.tried == self.limit:
                        return
                    self.tried += 1
                    key = production.gives, repr(values)
                    if None in values or key in self.seen:
                        continue
                    self.seen.add(key)
                    new.append((parts, values))
                    yield production.gives, parts, values

    def _candidates(
        self, number: int, production: Production, size: int
    ) -> Iterator[tuple[list[int], list[Any]]]:
        for sizes in shares(production.takes, size - 1):
            if production.binds is not None:
                yield from self._comprehensions(number, production, sizes)
                continue
            for parts in self._choices(production.takes, sizes):
                expression = [number, *(i for part, _ in parts for i in part)]
                columns = [values for _, values in parts]
                yield (
                    expression,
                    [
                        _value(production, env, [column[i] for column in columns])
                        for i, env in enumerate(self.asked.envs)
                    ],
                )

    def _comprehensions(
        self, number: int, production: Production, sizes: Sequence[int]
    ) -> Iterator[tuple[list[int], list[Any]]]:
        bound = production.binds or 0
        body_size, list_size = sizes[bound], sizes[1 - bound]
        if body_size > _LARGEST_BODY:
            return
        for items, _ in self.kept.get(("list", list_size), []):
            for body in all_expressions(production.takes[bound], body_size, bound=True):
                expression = [number, *body, *items] if bound == 0 else [number, *items, *body]
                yield expression, values_of(expression, self.asked.envs)

    def _choices(
        self, kinds: Sequence[Kind], sizes: Sequence[int]
    ) -> Iterator[list[tuple[list[int], list[Any]]]]:
        if not kinds:
            yield []
            return
        for first in self.kept.get((kinds[0], sizes[0]), []):
            for rest in self._choices(kinds[1:], sizes[1:]):
                yield [first, *rest]


def _value(production: Production, env: Env, parts: Sequence[Any]) -> Any:
    return value_of(lambda env: production.meaning(env, *((lambda _, v=value: v) for value in parts)), env)


class SearchAgent:
    """Searches at the first turn of an episode and derives what it found.

    Args:
        limit: Of expressions tried.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._plans: dict[int, list[int]] = {}

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        return [self._next(request) for request in requests]

    def end(self, episodes: Sequence[int]) -> None:
        for episode in episodes:
            self._plans.pop(episode, None)

    def _next(self, request: Request) -> int:
        if request.turn == 0:
            asked = Specification.of(request.conversation[-1]["content"])
            self._plans[request.episode] = Search(asked, self._limit).run()
        return self._plans[request.episode][request.turn]


def make_agent() -> DecisionAgent:
    return SearchAgent()
