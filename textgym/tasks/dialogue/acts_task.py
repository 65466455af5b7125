"""The goal-oriented dialogue as numbered decisions: the world of `DialogueTask`, without words."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from textgym.data.base import Split, draw_from_split
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.tasks.dialogue.acts import AgentAct, UserAct
from textgym.tasks.dialogue.belief import SUMMARY, Belief, full_names, spoken
from textgym.tasks.dialogue.database import Database
from textgym.tasks.dialogue.goal import Goal
from textgym.tasks.dialogue.moves import MOVES, moves, with_content
from textgym.tasks.dialogue.noise import misheard
from textgym.tasks.dialogue.replies import agent_text
from textgym.tasks.dialogue.simulator import MAX_TURNS, opening, step
from textgym.tasks.dialogue.state import State, episode_score
from textgym.tasks.dialogue.task import DialogueTask, GoalGenerator

BELIEFS = ("full", "summary")


class ActsState(NamedTuple):
    """Where an episode stands.

    Args:
        database: What is searched and booked; the agent sees what it finds.
        world: The user's side; the agent does not see it.
        belief: The agent's side.
    """

    database: Database
    world: State
    belief: Belief


class DialogueActsTask(DecisionTask[ActsState]):
    """Goal-oriented dialogue with a simulated user: examples, user, database and reward of `DialogueTask`.

    An action is a move: a message whose content comes from what the agent knows. What user and database say is
    heard as acts; with `noise` some acts of the user are lost or misheard (`textgym.tasks.dialogue.noise`), which
    changes what the agent knows and not what the user meant.

    Args:
        source: As for `DialogueTask`.
        belief: `"full"` or `"summary"`: what `vector` holds.
        domain: As for `DialogueTask`; the moves and the length of a full belief depend on it.
        database: As for `DialogueTask`.
        goal_change: As for `DialogueTask`.
        noise: In [0, 1].

    Raises:
        UnknownName: If there is no such source, belief, domain or kind of database.
        InvalidValue: As for `DialogueTask`.
        MalformedData: As for `DialogueTask`.
    """

    finite = False
    actions = len(MOVES)
    max_steps = MAX_TURNS

    def __init__(
        self,
        source: str = "generated",
        *,
        belief: str = "full",
        domain: str = "restaurant",
        database: str = "generated",
        goal_change: float | None = None,
        noise: float = 0.0,
    ) -> None:
        if belief not in BELIEFS:
            raise UnknownName(f"belief must be one of {', '.join(BELIEFS)}, got {belief!r}")
        self._texts = DialogueTask(
            source, domain=domain, database=database, goal_change=goal_change, noise=noise
        )
        self.source, self.belief = source, belief
        self.domain, self.database, self.goal_change, self.noise = domain, database, goal_change, noise
        named = moves(self._texts.domain_table)
        self._names, self._moves = tuple(named), tuple(named.values())
        self.actions = len(self._names)
        self.vector_size = len(full_names(self._texts.domain_table) if belief == "full" else SUMMARY)

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """The world that `DialogueTask` gives; the prompt is what the user says first, in acts."""
        world = draw_from_split(GoalGenerator(self._texts.scene), rng, split, difficulty)
        said = self._heard(world.seed, *opening(world.goal))
        return world.example(spoken(said, self._texts.domain_table), difficulty)

    def fingerprint(self) -> str:
        """That of `DialogueTask`: of worlds and goals, whatever is heard of them."""
        return self._texts.fingerprint()

    def start(self, example: Example) -> ActsState:
        """The user has said the first wishes."""
        world, answer = opening(Goal.from_json(example.data["goal"]))
        heard = self._heard(example.seed, world, answer)
        database = self._texts.scene.draw_database(example.seed)
        return ActsState(database, world, Belief.opening(heard, self._texts.domain_table))

    def step(self, state: ActsState, action: int) -> DecisionStep[ActsState]:
        """Say it, and hear what database and user answer."""
        move, acts = self._names[action], self.acts(state, action)
        database = state.database
        world, results, answer = step(database, state.world, acts)
        heard = self._heard(database.seed, world, answer)
        after = ActsState(database, world, state.belief.after(move, acts, results, heard))
        if not world.over:
            return DecisionStep(after, 0.0)
        reward, metrics = episode_score(database, world)
        return DecisionStep(after, reward, True, metrics)

    def mask(self, state: ActsState) -> np.ndarray:
        """Moves for which the notes give content."""
        return np.array(with_content(state.belief.notes), np.bool_)

    def features(self, state: ActsState) -> str:
        """See `Belief.text`."""
        return state.belief.text()

    def vector(self, state: ActsState) -> np.ndarray:
        """`Belief.full` or `Belief.summary`."""
        belief = state.belief
        return np.array(belief.full() if self.belief == "full" else belief.summary(), np.float32)

    def action_name(self, state: ActsState, action: int) -> str:
        """The move and its words, such as `"ask_area: Which area do you prefer?"`."""
        text = agent_text(self.acts(state, action), domain=self._texts.domain_table)
        return f"{self._names[action]}: {text.replace(chr(10), ' ')}"

    def acts(self, state: ActsState, action: int) -> Sequence[AgentAct]:
        """The message of an action, in acts."""
        return self._moves[action](state.belief.notes)

    def _heard(self, seed: int, world: State, answer: Sequence[UserAct]) -> tuple[UserAct, ...]:
        """What of the user's acts is recognised; a function of the episode and the turn."""
        if self.noise == 0.0:
            return tuple(answer)
        rng = np.random.default_rng([seed, 3, world.turns])
        return misheard(answer, rng, self._texts.domain_table, self.noise)
