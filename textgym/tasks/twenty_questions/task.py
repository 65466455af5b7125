"""Twenty questions over a generated world of things: ask about attributes, guess, in as few questions as possible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

import numpy as np

from textgym.data.base import SPLITS, Split, draw_from_split
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.tasks.twenty_questions.world import MOST_THINGS, QUESTIONS, World, WorldGenerator

MOST_QUESTIONS = 20
"""Guesses included."""


@dataclass(frozen=True, eq=False)
class Inquiry:
    """Where an episode stands.

    Args:
        world: What the agent sees.
        target: The thing that is looked for; the agent does not see it.
        possible: Things that no answer has ruled out, bool (m,).
        asked: Actions with their answers, in order.
        gains: Expected information of each, in bits, and the largest that was to be had.
    """

    world: World
    target: int
    possible: np.ndarray
    asked: tuple[tuple[int, bool], ...] = ()
    gains: tuple[tuple[float, float], ...] = ()


class TwentyQuestionsTask(DecisionTask[Inquiry]):
    """Find the thing that is looked for.

    The right guess as the t-th question gives 1 - (t - 1) / 20, everything else 0. Information is that of a
    uniform belief over the things that are still possible.

    Args:
        source: `"generated"`, the only one.

    Raises:
        UnknownName: If there is no such source.
    """

    finite = False
    actions = len(QUESTIONS) + MOST_THINGS
    vector_size = 2 * len(QUESTIONS) + MOST_THINGS + 2
    max_steps = MOST_QUESTIONS

    def __init__(self, source: str = "generated") -> None:
        if source != "generated":
            raise UnknownName(f"unknown source {source!r} of twenty questions; the only one is 'generated'")
        self.source = source

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new world and target; splits share no world."""
        record = draw_from_split(WorldGenerator(), rng, split, difficulty)
        rows = [row.split() for row in record.fields["world"].split(";")]
        world = _world(rows)
        prompt = f"I think of one of these things. Which?\n{world.describe(range(len(rows)))}"
        return Example(
            id=record.id,
            prompt=prompt,
            group=record.group,
            seed=int(record.fields["seed"]),
            data={"things": rows, "difficulty": float(difficulty)},
        )

    def fingerprint(self) -> str:
        """Changes when the generator gives other worlds."""
        return _fingerprint()

    def start(self, example: Example) -> Inquiry:
        """Everything is possible; the target comes from the example's seed."""
        world = _world(example.data["things"])
        target = int(np.random.default_rng(example.seed).integers(len(world.names)))
        return Inquiry(world, target, np.ones(len(world.names), np.bool_))

    def step(self, state: Inquiry, action: int) -> DecisionStep[Inquiry]:
        """Ask or guess."""
        yes = bool(state.world.answers[action, state.target])
        expected = information(state)
        best = float(expected[self.mask(state)].max())
        after = replace(
            state,
            possible=state.possible & (state.world.answers[action] == yes),
            asked=(*state.asked, (action, yes)),
            gains=(*state.gains, (float(expected[action]), best)),
        )
        found = yes and action >= len(QUESTIONS)
        if not found and len(after.asked) < MOST_QUESTIONS:
            return DecisionStep(after, 0.0)
        reward = 1.0 - (len(after.asked) - 1) / MOST_QUESTIONS if found else 0.0
        return DecisionStep(after, reward, True, _metrics(after, found=found))

    def mask(self, state: Inquiry) -> np.ndarray:
        """What was not asked, about values that some thing has; every thing that was not guessed."""
        mask = state.world.askable.copy()
        mask[[action for action, _ in state.asked]] = False
        return mask

    def features(self, state: Inquiry) -> str:
        """The things that are still possible, the answers, and how many questions are left."""
        possible = np.flatnonzero(state.possible).tolist()
        asked = [
            f"{self.action_name(state, action)} {'yes' if yes else 'no'}." for action, yes in state.asked
        ]
        left = MOST_QUESTIONS - len(state.asked)
        return "\n".join(
            [
                f"Still possible: {state.world.describe(possible)}.",
                f"Asked: {' '.join(asked) or 'nothing.'}",
                f"Questions left: {left}.",
            ]
        )

    def vector(self, state: Inquiry) -> np.ndarray:
        """Of each question the share of possible things with yes, and its answer (1, -1, or 0 if not asked); of each
        thing 1 if possible, -1 if ruled out, 0 if there is none; possible things by 20, questions by 20.
        """
        vector = np.zeros(self.vector_size, np.float32)
        size, things = len(QUESTIONS), len(state.possible)
        vector[:size] = _yes_shares(state)[:size]
        for action, yes in state.asked:
            if action < size:
                vector[size + action] = 1.0 if yes else -1.0
        vector[2 * size : 2 * size + things] = np.where(state.possible, 1.0, -1.0)
        vector[-2] = state.possible.sum() / MOST_THINGS
        vector[-1] = len(state.asked) / MOST_QUESTIONS
        return vector

    def action_name(self, state: Inquiry, action: int) -> str:
        """`"colour: red?"`, or `"the lamp?"`."""
        if action < len(QUESTIONS):
            return "{}: {}?".format(*QUESTIONS[action])
        return f"the {state.world.names[action - len(QUESTIONS)]}?"


def information(state: Inquiry) -> np.ndarray:
    """Expected information of the answer to each action in bits, float32 (n,): the entropy of yes and no."""
    return binary_entropy(_yes_shares(state))


def _yes_shares(state: Inquiry) -> np.ndarray:
    """Share of the possible things for which the answer to each action is yes, float32 (n,)."""
    # The target is possible always, so the sum is at least 1.
    return state.world.counts @ state.possible / np.count_nonzero(state.possible)


def binary_entropy(share: np.ndarray) -> np.ndarray:
    """Entropy in bits of an answer that is yes with probability `share`."""
    # x log x is 0 at 0, where the logarithm is not.
    yes, no = np.maximum(share, 1e-30), np.maximum(1 - share, 1e-30)
    return -(share * np.log2(yes) + (1 - share) * np.log2(no))


def _metrics(state: Inquiry, *, found: bool) -> dict[str, float]:
    count = len(state.asked)
    shares = [gain / best if best > 0 else 1.0 for gain, best in state.gains]
    return {
        "success": float(found),
        "questions": float(count),
        "guesses": float(sum(action >= len(QUESTIONS) for action, _ in state.asked)),
        "bits": float(np.log2(len(state.possible) / state.possible.sum())),
        "bits_per_question": sum(gain for gain, _ in state.gains) / count,
        "gain_share": sum(shares) / count,
    }


def _world(rows: Sequence[Sequence[str]]) -> World:
    return World(tuple(row[0] for row in rows), tuple(tuple(row[1:]) for row in rows))


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    rng, task, digest = np.random.default_rng(0), TwentyQuestionsTask(), sha256()
    for split in SPLITS:
        for difficulty in (0.0, 0.5, 1.0):
            example = task.generate(rng, split, difficulty)
            digest.update(repr((example.to_json(), task.start(example).target)).encode())
    return digest.hexdigest()[:16]
