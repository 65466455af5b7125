"""Help a user to find a restaurant, a train or a hotel and book it: examples and judge."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

import numpy as np

from textgym.data.base import SPLITS, Split, draw_from_split
from textgym.errors import UnknownName
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.goal import Goal, draw_goal
from textgym.tasks.dialogue.parser import READ_LIMIT, parse
from textgym.tasks.dialogue.scene import Scene
from textgym.tasks.dialogue.simulator import MAX_TURNS, opening, step
from textgym.tasks.dialogue.speech import Speech, Utterance, Words
from textgym.tasks.dialogue.state import episode_score
from textgym.tasks.dialogue.wording import database_text


@dataclass(frozen=True)
class World:
    """A user with a goal, before a task turns it into an example.

    Args:
        seed: Seed of the episode.
        goal: What the user wants.
        group: Key of the prompt group.
    """

    seed: int
    goal: Goal
    group: str

    def example(self, prompt: str, difficulty: float) -> Example:
        """An example of it, with the first message as the agent gets it."""
        return Example(
            id=f"generated/{self.seed}",
            prompt=prompt,
            group=self.group,
            seed=self.seed,
            data={"goal": self.goal.to_json(), "difficulty": float(difficulty)},
        )


@dataclass(frozen=True)
class GoalGenerator:
    """Draws goals, each with the seed of its world.

    Args:
        scene: What users and databases are like.
    """

    scene: Scene = field(default_factory=Scene)
    name = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> World:
        """One goal; `difficulty` in [0, 1]."""
        seed = int(rng.integers(2**53))
        database = self.scene.draw_database(seed)
        goal = draw_goal(rng, database, difficulty, self.scene.goal_change)
        return World(seed, goal, goal.group)


class DialogueTask(Task):
    """Goal-oriented dialogue with a simulated user over a database.

    The reward comes at the end: 1 - 0.02 x turns if the user got something that meets the wishes in force at the end,
    true answers to all questions and, where wanted, the booking; else 0. Metrics: `success` (0 or 1), `inform_rate`
    (share of requested slots that the user noted correctly) and `turns` (agent messages).

    Args:
        source: `"generated"`, the only one.
        domain: See `Scene`.
        database: See `Scene`.
        goal_change: See `Scene`.
        noise: See `Scene`.
        words: Puts the user's messages into other words; None for those of the domain.

    Raises:
        UnknownName: If there is no such source, domain or kind of database.
        InvalidValue: If a number is not in [0, 1], or the folder of a database is not there.
        MalformedData: If its files cannot be read.
    """

    finite = False
    max_turns = MAX_TURNS

    def __init__(
        self,
        source: str = "generated",
        *,
        domain: str = "restaurant",
        database: str = "generated",
        goal_change: float | None = None,
        noise: float = 0.0,
        words: Words | None = None,
    ) -> None:
        if source != "generated":
            raise UnknownName(
                f"unknown dialogue source {source!r}; the only one is 'generated' "
                "(real conversations are the sources of textgym/ChitChat-v0)"
            )
        self._scene = Scene(domain, database, goal_change, noise)
        self._speech = Speech(self._scene, words)
        self.source, self.domain, self.database = source, domain, database
        self.goal_change, self.noise = goal_change, noise
        self.user = words.name if words else "template"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DialogueTask) and self._speech == other._speech

    def __hash__(self) -> int:
        return hash((DialogueTask, self._speech))

    @property
    def scene(self) -> Scene:
        """What users and databases are like."""
        return self._scene

    @property
    def domain_table(self) -> Domain:
        """Slots, values and words of the domain."""
        return self._scene.table

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new world and user; splits share no goal."""
        world = draw_from_split(GoalGenerator(self._scene), rng, split, difficulty)
        return world.example(self._speech([Utterance(world.seed, *opening(world.goal))])[0], difficulty)

    def fingerprint(self) -> str:
        """Changes when the generator gives other worlds, goals or first messages in the domain's words."""
        return _fingerprint(self._scene)

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> Sequence[Turn]:
        """Answer by replaying the agent's messages; the environment's own messages are not read."""
        heard = [self._replayed(example, conversation) for example, conversation in batch]
        spoken = [u for u in heard if not u.state.over and u.answer]
        texts = iter(self._speech(spoken))
        return [self._turn(u, next(texts) if not u.state.over and u.answer else "") for u in heard]

    def _replayed(self, example: Example, conversation: Conversation) -> Utterance:
        said = tuple(m["content"][:READ_LIMIT] for m in conversation if m["role"] == "assistant")
        if not said:
            raise ValueError("the conversation holds no assistant message; judge answers the newest one")
        return _replay(self._scene, example.seed, json.dumps(dict(example.data["goal"])), said)

    def _turn(self, utterance: Utterance, speech: str) -> Turn:
        state = utterance.state
        if state.over:
            reward, metrics = episode_score(self._scene.draw_database(utterance.seed), state)
            return Turn(None, reward, True, metrics)
        found = [database_text(utterance.results, self.domain_table)] if utterance.results else []
        return Turn("\n".join([*found, *([speech] if utterance.answer else [])]), 0.0, False)


# One entry for each prefix of a running episode.
@lru_cache(maxsize=4096)
def _replay(scene: Scene, seed: int, goal: str, said: tuple[str, ...]) -> Utterance:
    """What happened after the agent's messages, from the cached prefix where there is one."""
    if not said:
        return Utterance(seed, *opening(Goal.from_json(json.loads(goal))))
    before = _replay(scene, seed, goal, said[:-1])
    if before.state.over:
        return before
    database = scene.draw_database(seed)
    state, results, answer = step(database, before.state, parse(said[-1], database))
    return Utterance(seed, state, answer, results)


@lru_cache(maxsize=64)
def _fingerprint(scene: Scene) -> str:
    rng, digest = np.random.default_rng(0), sha256()
    task = DialogueTask(
        domain=scene.domain, database=scene.database, goal_change=scene.goal_change, noise=scene.noise
    )
    for split in SPLITS:
        for difficulty in (0.0, 0.5, 1.0):
            example = task.generate(rng, split, difficulty)
            world = [(e.name, dict(e.slots)) for e in scene.draw_database(example.seed).entities]
            digest.update(json.dumps([example.to_json(), world], sort_keys=True).encode())
    return digest.hexdigest()[:16]
