"""Help a user to find a restaurant and book a table: examples and judge."""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import numpy as np

from textgym.data.base import SPLITS, Record, Split, draw_from_split
from textgym.errors import UnknownName
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn
from textgym.tasks.dialogue.acts import DatabaseAct, UserAct
from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.goal import Goal, draw_goal
from textgym.tasks.dialogue.parser import READ_LIMIT, parse
from textgym.tasks.dialogue.simulator import MAX_TURNS, opening, step
from textgym.tasks.dialogue.state import State, episode_score
from textgym.tasks.dialogue.wording import database_text, opening_text, user_text


class GoalGenerator:
    """Draws goals, each with the seed of its world."""

    name = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One goal as a record; `difficulty` in [0, 1]."""
        seed = int(rng.integers(2**53))
        goal = draw_goal(rng, draw_database(seed), difficulty)
        fields = {"seed": str(seed), "goal": json.dumps(goal.to_json())}
        return Record(f"generated/{seed}", goal.group, fields)


class DialogueTask(Task):
    """Goal-oriented dialogue with a simulated user over a generated database.

    The reward comes at the end: 1 - 0.02 x turns if the user got a restaurant that meets the wishes, true
    answers to all questions and, where wanted, the table; else 0. Metrics: `success` (0 or 1), `inform_rate`
    (share of requested slots that the user noted correctly) and `turns` (agent messages).

    Args:
        source: `"generated"`, the only one.

    Raises:
        UnknownName: If there is no such source.
    """

    finite = False
    max_turns = MAX_TURNS

    def __init__(self, source: str = "generated") -> None:
        if source != "generated":
            raise UnknownName(
                f"unknown dialogue source {source!r}; the only one is 'generated' "
                "(real conversations are the sources of textgym/ChitChat-v0)"
            )
        self.source = source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DialogueTask)

    def __hash__(self) -> int:
        return hash(DialogueTask)

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new world and user; splits share no goal."""
        record = draw_from_split(GoalGenerator(), rng, split, difficulty)
        seed, goal = int(record.fields["seed"]), json.loads(record.fields["goal"])
        return Example(
            id=record.id,
            prompt=_opening(seed, record.fields["goal"])[1],
            group=record.group,
            seed=seed,
            data={"goal": goal, "difficulty": float(difficulty)},
        )

    def fingerprint(self) -> str:
        """Changes when the generator gives other worlds, goals or first messages."""
        return _fingerprint()

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> Sequence[Turn]:
        """Answer by replaying the agent's messages; the environment's own messages are not read."""
        return [self._judge(example, conversation) for example, conversation in batch]

    def _judge(self, example: Example, conversation: Conversation) -> Turn:
        said = tuple(m["content"][:READ_LIMIT] for m in conversation if m["role"] == "assistant")
        if not said:
            raise ValueError("the conversation holds no assistant message; judge answers the newest one")
        goal = json.dumps(dict(example.data["goal"]))
        state, text = _replay(example.seed, goal, said)
        if not state.over:
            return Turn(text, 0.0, False)
        reward, metrics = episode_score(draw_database(example.seed), state)
        return Turn(None, reward, True, metrics)


# One entry for each prefix of a running episode; an entry holds at most a turn's text of READ_LIMIT characters.
@lru_cache(maxsize=4096)
def _replay(seed: int, goal: str, said: tuple[str, ...]) -> tuple[State, str]:
    """The state and the environment's text after the agent's messages, from the cached prefix where there is one."""
    if not said:
        return _opening(seed, goal)
    state, text = _replay(seed, goal, said[:-1])
    if state.over:
        return state, text
    database = draw_database(seed)
    state, results, answer = step(database, state, parse(said[-1], database))
    return state, _text(seed, state, results, answer)


def _opening(seed: int, goal: str) -> tuple[State, str]:
    state, acts = opening(Goal.from_json(json.loads(goal)))
    return state, opening_text(acts, _wording_rng(seed, state), indirect=state.goal.indirect)


def _text(seed: int, state: State, results: Sequence[DatabaseAct], answer: Sequence[UserAct]) -> str:
    parts = [database_text(results)] if results else []
    if answer:
        parts.append(user_text(answer, _wording_rng(seed, state), indirect=state.goal.indirect))
    return "\n".join(parts)


def _wording_rng(seed: int, state: State) -> np.random.Generator:
    return np.random.default_rng([seed, 2, state.turns])


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    rng, task, digest = np.random.default_rng(0), DialogueTask(), sha256()
    for split in SPLITS:
        for difficulty in (0.0, 0.5, 1.0):
            example = task.generate(rng, split, difficulty)
            world = [(e.name, dict(e.slots)) for e in draw_database(example.seed).entities]
            digest.update(json.dumps([example.to_json(), world], sort_keys=True).encode())
    return digest.hexdigest()[:16]
