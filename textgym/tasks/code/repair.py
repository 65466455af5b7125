"""Code repair: see what fails, and try again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from textgym.data.base import Split
from textgym.errors import MalformedData
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn
from textgym.tasks.code.execution import Attempt, Outcome, outcomes
from textgym.tasks.code.feedback import reports
from textgym.tasks.code.generation import CodeGenerationTask, attempt
from textgym.tasks.code.problem import Problem

MAX_TURNS = 3
PROMPT = "Repair the Python function:\n{prompt}\nThis program is wrong:\n```python\n{broken}```"
FAILING = "\nIt fails these examples:\n{failing}"


class CodeRepairTask(Task):
    """Repair a function in at most three messages, each a whole program.

    The first message holds what is asked and, where the source has one, a program with a mistake. After each attempt
    that does not pass all hidden cases the agent is told which examples of the prompt fail, with what was returned or the
    traceback; of the hidden cases it hears only that some fail.

    Let s be the share of hidden cases that the given program passes (0 if none is given) and b the best share so far,
    that of the given program included. The return is (b - s) / (1 - s), in [0, 1]: 0 for giving the program back, 1 for
    passing everything. Each attempt is paid what it adds to that.

    Metrics at the end: `passed` and `passed_share`, of the best attempt; `start_share`, of the given program; `turns`
    (messages); and of the last attempt `load_error`, `timeout` and `crashed`, 0 or 1.

    Args:
        source: As for `CodeGenerationTask`. Generated functions, and records with a field `broken`, come with a wrong
            program; others are to be written from nothing.

    Raises:
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, or its tests are none; when the examples of a split are first asked
            for, if a program that is to be repaired passes its tests.
        SandboxUnavailable: For `doctest:` sources, if programs cannot be run here.
    """

    max_turns = MAX_TURNS

    def __init__(self, source: str = "generated") -> None:
        self.source = source
        self._writing = CodeGenerationTask(source, broken=True)
        self.finite = self._writing.finite

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CodeRepairTask) and self._writing == other._writing

    def __hash__(self) -> int:
        return hash((CodeRepairTask, self._writing))

    def examples(self, split: Split) -> Sequence[Example]:
        """All examples of a split, in the source's order; the programs to be repaired are run once."""
        return _opened_examples(self, split) if self.finite else super().examples(split)

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new function with a wrong program."""
        return opened(self._writing.generate(rng, split, difficulty))

    def fingerprint(self) -> str:
        """Changes when the functions, their tests or the wrong programs change."""
        return self._writing.fingerprint()

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> list[Turn]:
        """Answer the newest message of each conversation; the environment's own messages are not read."""
        repairs = [_Repair.of(example, conversation) for example, conversation in batch]
        attempts = [a for repair in repairs for a in repair.attempts]
        known = dict(zip(attempts, outcomes(attempts), strict=True))
        running = [repair for repair in repairs if not repair.is_over(known)]
        texts = iter(reports([repair.attempts[-1] for repair in running]))
        return [
            repair.last_turn(known) if repair not in running else repair.turn(known, next(texts))
            for repair in repairs
        ]


@dataclass(frozen=True, eq=False)
class _Repair:
    """One conversation: the given program if there is one, and the agent's."""

    name: str
    problem: Problem
    attempts: tuple[Attempt, ...]

    @classmethod
    def of(cls, example: Example, conversation: Conversation) -> "_Repair":
        said = [m["content"] for m in conversation if m["role"] == "assistant"]
        if not said:
            raise ValueError("the conversation holds no assistant message; judge answers the newest one")
        problem = Problem.of(example)
        # Read like a reply, or giving it back might be another program: one that has the imports of the prompt.
        given = [attempt(example, problem.broken)] if problem.broken else []
        return cls(example.id, problem, (*given, *(attempt(example, reply) for reply in said)))

    @property
    def turns(self) -> int:
        return len(self.attempts) - bool(self.problem.broken)

    def start(self, known: dict[Attempt, Outcome]) -> float:
        share = known[self.attempts[0]].share if self.problem.broken else 0.0
        if share == 1.0:
            raise _nothing_to_repair(self.name)
        return share

    def gained(self, known: dict[Attempt, Outcome], attempts: Sequence[Attempt]) -> float:
        start = self.start(known)
        best = max((known[a].share for a in attempts), default=start)
        return max(best - start, 0.0) / (1.0 - start)

    def reward(self, known: dict[Attempt, Outcome]) -> float:
        return self.gained(known, self.attempts) - self.gained(known, self.attempts[:-1])

    def is_over(self, known: dict[Attempt, Outcome]) -> bool:
        return known[self.attempts[-1]].share == 1.0 or self.turns >= MAX_TURNS

    def turn(self, known: dict[Attempt, Outcome], report: str) -> Turn:
        return Turn(report, self.reward(known), False)

    def last_turn(self, known: dict[Attempt, Outcome]) -> Turn:
        own = self.attempts[len(self.attempts) - self.turns :]
        best = max(known[a].share for a in own)
        metrics = {
            **known[self.attempts[-1]].metrics,
            "passed": float(best == 1.0),
            "passed_share": best,
            "start_share": self.start(known),
            "turns": float(self.turns),
        }
        return Turn(None, self.reward(known), True, metrics)


def opened(example: Example) -> Example:
    """The example with the first message of a repair, if it has a wrong program."""
    problem = Problem.of(example)
    if not problem.broken:
        return example
    text = PROMPT.replace("{prompt}", problem.prompt).replace("{broken}", problem.broken.rstrip("\n") + "\n")
    if failing := example.data.get("failing"):
        text += FAILING.replace("{failing}", failing)
    return replace(example, prompt=text)


@lru_cache(maxsize=16)
def _opened_examples(task: CodeRepairTask, split: Split) -> Sequence[Example]:
    examples = task._writing.examples(split)
    given = [example for example in examples if example.data.get("broken")]
    found = outcomes([attempt(example, example.data["broken"]) for example in given])
    for example, outcome in zip(given, found, strict=True):
        if outcome.share == 1.0:
            raise _nothing_to_repair(f"{task.source}: record {example.id!r}")
    return tuple(opened(example) for example in examples)


def _nothing_to_repair(where: str) -> MalformedData:
    return MalformedData(f"{where}: the program to be repaired passes all its tests. Leave the record out.")
