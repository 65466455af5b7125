"""Building an expression by productions of a grammar, to do what examples show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np

from textgym.data.base import SPLITS, Split, draw_from_split
from textgym.data.expressions.derivation import Derivation
from textgym.data.expressions.grammar import ANNOTATIONS, KINDS, PRODUCTIONS, SIGNATURE, Kind
from textgym.data.expressions.targets import MAX_BUDGET, ExpressionTargets
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.code.execution import Outcome, outcomes
from textgym.tasks.code.facts import facts
from textgym.tasks.code.goal import Goal, Row
from textgym.tasks.code.problem import Problem, literal_cases
from textgym.tasks.code.signature import SIGNATURE_SIZE, signature
from textgym.tasks.decision import DecisionStep, DecisionTask

#: Of a state, in `CodeGrammarTask.vector`: whether `x` may be used; productions left and used, by the largest budget; the
#: share of the examples in which the expression can still be right (`Goal.met`); whether facts were looked at.
STATE_FEATURES = ("bound", "left", "used", "met", "looked_at")
#: Of each production there, zeros if it is not legal: the largest share of the goal's rows that are right with it when plain
#: parts fill all that is then missing (`textgym.tasks.code.facts`), and whether that is all.
PRODUCTION_FEATURES = ("share", "meets_all")

_PLACES = 3
_MANY = 4


@dataclass(frozen=True)
class Draft:
    """Where an episode stands.

    Args:
        visible: Examples, which the agent sees, as in an interactive session.
        hidden: Cases, which it does not see.
        kind: Of the expression.
        derivation: What was derived so far.
    """

    visible: str
    hidden: str
    kind: Kind
    derivation: Derivation

    @property
    def program(self) -> str:
        """The function that returns the expression."""
        return f"{SIGNATURE}\n    return {self.derivation.text}\n"


class CodeGrammarTask(DecisionTask[Draft]):
    """Derive an expression from the left, one production at a time; the sandbox judges it when it is complete.

    The reward is the share of hidden cases that the expression passes.

    Args:
        source: `"generated"`, the only one.

    Raises:
        UnknownName: If there is no such source.
    """

    finite = False
    actions = len(PRODUCTIONS)
    vector_size = (
        SIGNATURE_SIZE
        + 4 * len(KINDS)
        + len(STATE_FEATURES)
        + _PLACES
        + (2 + len(PRODUCTION_FEATURES)) * len(PRODUCTIONS)
    )
    max_steps = MAX_BUDGET

    def __init__(self, source: str = "generated") -> None:
        if source != "generated":
            raise UnknownName(f"unknown source {source!r} of expressions; the only one is 'generated'")
        self.source = source

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new target; expressions that do the same for fixed arguments are in one split."""
        record = draw_from_split(ExpressionTargets(), rng, split, difficulty)
        fields = record.fields
        data = {
            "kind": fields["kind"],
            "budget": int(fields["budget"]),
            "visible": fields["visible"],
            "hidden": fields["hidden"],
            "productions": [int(number) for number in fields["productions"].split()],
            "difficulty": float(difficulty),
        }
        example = Example(record.id, "", (fields["expression"],), record.group, data=data)
        return replace(example, prompt=self.features(self.start(example)))

    def fingerprint(self) -> str:
        """Changes when the generator gives other targets or cases."""
        return _fingerprint()

    def start(self, example: Example) -> Draft:
        """One hole."""
        data = example.data
        return Draft(
            data["visible"], data["hidden"], data["kind"], Derivation.begin(data["kind"], data["budget"])
        )

    def demonstration(self, example: Example) -> tuple[int, ...]:
        """The actions that derive the reference; they are legal and earn 1."""
        return tuple(example.data["productions"])

    def step(self, state: Draft, action: int) -> DecisionStep[Draft]:
        """Fill the first hole.

        Raises:
            SandboxUnavailable: If the expression is complete and programs cannot be run here.
        """
        return self.steps([(state, action)])[0]

    def steps(self, batch: Sequence[tuple[Draft, int]]) -> list[DecisionStep[Draft]]:
        """The same for several episodes; all expressions that are complete are run at once."""
        after = [replace(state, derivation=state.derivation.then(action)) for state, action in batch]
        complete = [draft for draft in after if draft.derivation.is_complete]
        judged = iter(outcomes([(Problem("", "f", draft.hidden), draft.program) for draft in complete]))
        return [
            _last(draft, next(judged)) if draft.derivation.is_complete else DecisionStep(draft, 0.0)
            for draft in after
        ]

    def mask(self, state: Draft) -> np.ndarray:
        """The productions of the first hole's kind that leave no more holes than the budget can fill."""
        return state.derivation.legal

    def features(self, state: Draft) -> str:
        """The examples, the expression with its holes, and the productions left."""
        return "\n".join(
            [
                f"Write f(xs: list[int], n: int) -> {ANNOTATIONS[state.kind]}:",
                state.visible,
                f"return {state.derivation.text}",
                f"Productions left: {state.derivation.left}.",
            ]
        )

    def vector(self, state: Draft) -> np.ndarray:
        """What the first hole should give, and what each production meets of it, by the visible examples: the signature
        of the goal (`textgym.tasks.code.goal`), with a stretch for each kind; kinds of the expression, of the goal and of
        the first hole; open holes of each kind (by 4); `STATE_FEATURES`; the place within the production above; which
        production is above, and which above that, one number for each; and `PRODUCTION_FEATURES` of each production.
        Zeros for a goal when the expression is complete.
        """
        derivation = state.derivation
        first = derivation.holes[0] if derivation.holes else None
        above = first.above if first else ()
        kinds = [hole.kind for hole in derivation.holes]
        goal = Goal.of(state.kind, _cases(state.visible), derivation.productions) if first else None
        shares = facts(goal, derivation.legal) if goal else None
        parts = [
            _signed(goal) if goal else np.zeros(SIGNATURE_SIZE),
            _one(KINDS.index(state.kind), len(KINDS)),
            _one(KINDS.index(goal.kind) if goal else None, len(KINDS)),
            _one(KINDS.index(first.kind) if first else None, len(KINDS)),
            [min(kinds.count(kind) / _MANY, 1.0) for kind in KINDS],
            [float(first is not None and first.bound), derivation.left / MAX_BUDGET],
            [len(derivation.productions) / MAX_BUDGET, goal.met if goal else 0.0, float(shares is not None)],
            _one(above[0][1] if above else None, _PLACES),
            _one(above[0][0] if above else None, self.actions),
            _one(above[1][0] if len(above) > 1 else None, self.actions),
            _of_productions(shares),
        ]
        return np.concatenate(parts).astype(np.float32)

    def action_name(self, state: Draft, action: int) -> str:
        """The production with the kinds of its parts, such as `"(int + int)"`."""
        production = PRODUCTIONS[action]
        return production.text.format(*production.takes)


def _last(draft: Draft, outcome: Outcome) -> DecisionStep[Draft]:
    metrics = {
        "passed": outcome.metrics["passed"],
        "passed_share": outcome.share,
        "productions": float(len(draft.derivation.productions)),
    }
    return DecisionStep(draft, outcome.share, True, metrics)


def _one(place: int | None, size: int) -> np.ndarray:
    """1 at a place, 0 elsewhere; all 0 without a place."""
    row = np.zeros(size, np.float32)
    if place is not None:
        row[place] = 1.0
    return row


def _signed(goal: Goal) -> np.ndarray:
    """The signature of a goal, by values that can be kept: most steps leave the goal as it is."""
    wanted = map(tuple, goal.wanted) if goal.kind == "list" else goal.wanted
    return _signature(
        goal.kind, tuple((tuple(xs), n, y) for (xs, n, _), y in zip(goal.envs, wanted, strict=True))
    )


@lru_cache(maxsize=1024)
def _signature(kind: Kind, cases: tuple[tuple[tuple[int, ...], int, Any], ...]) -> np.ndarray:
    return signature(kind, [(list(xs), n, list(y) if kind == "list" else y) for xs, n, y in cases])


def _of_productions(shares: np.ndarray | None) -> np.ndarray:
    """`PRODUCTION_FEATURES` of each production in turn."""
    shares = np.zeros(len(PRODUCTIONS)) if shares is None else shares
    return np.stack([shares, shares == 1], axis=1).ravel()


@lru_cache(maxsize=1024)
def _cases(visible: str) -> tuple[Row, ...]:
    return tuple(
        ((case.args[0], case.args[1], None), case.expected) for case in literal_cases(visible, "f") or ()
    )


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    rng, task, digest = np.random.default_rng(0), CodeGrammarTask(), sha256()
    for split in SPLITS:
        for difficulty in (0.0, 0.5, 1.0):
            digest.update(repr(task.generate(rng, split, difficulty).to_json()).encode())
    return digest.hexdigest()[:16]
