"""The goal-oriented dialogue as numbered decisions: the world of `DialogueTask`, without words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textgym.data.base import Split
from textgym.errors import UnknownName
from textgym.protocols import Example
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.tasks.dialogue.acts import AgentAct
from textgym.tasks.dialogue.belief import FULL, SUMMARY, Belief
from textgym.tasks.dialogue.database import draw_database
from textgym.tasks.dialogue.goal import Goal
from textgym.tasks.dialogue.moves import MOVE_NAMES, MOVES
from textgym.tasks.dialogue.replies import agent_text
from textgym.tasks.dialogue.simulator import MAX_TURNS, opening, step
from textgym.tasks.dialogue.state import State, episode_score
from textgym.tasks.dialogue.task import DialogueTask

BELIEFS = {"full": FULL, "summary": SUMMARY}


@dataclass(frozen=True)
class ActsState:
    """Where an episode stands.

    Args:
        seed: Seed of the world.
        world: The user's side; the agent does not see it.
        belief: The agent's side.
    """

    seed: int
    world: State
    belief: Belief


class DialogueActsTask(DecisionTask[ActsState]):
    """Goal-oriented dialogue with a simulated user: examples, user, database and reward of `DialogueTask`.

    An action is a move: a message whose content comes from what the agent knows. What user and database say is
    heard as acts, without misunderstanding.

    Args:
        source: As for `DialogueTask`.
        belief: `"full"` or `"summary"`: what `vector` holds.

    Raises:
        UnknownName: If there is no such source or belief.
    """

    finite = False
    actions = len(MOVES)
    max_steps = MAX_TURNS

    def __init__(self, source: str = "generated", *, belief: str = "full") -> None:
        if belief not in BELIEFS:
            raise UnknownName(f"belief must be one of {', '.join(BELIEFS)}, got {belief!r}")
        self._texts = DialogueTask(source)
        self.source, self.belief = source, belief
        self.vector_size = len(BELIEFS[belief])

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """As `DialogueTask` does."""
        return self._texts.generate(rng, split, difficulty)

    def fingerprint(self) -> str:
        """That of `DialogueTask`."""
        return self._texts.fingerprint()

    def start(self, example: Example) -> ActsState:
        """The user has said the first wishes."""
        world, answer = opening(Goal.from_json(example.data["goal"]))
        return ActsState(example.seed, world, Belief.opening(answer))

    def step(self, state: ActsState, action: int) -> DecisionStep[ActsState]:
        """Say it, and hear what database and user answer."""
        move, acts = MOVE_NAMES[action], self.acts(state, action)
        database = draw_database(state.seed)
        world, results, answer = step(database, state.world, acts)
        after = ActsState(state.seed, world, state.belief.after(move, acts, results, answer))
        if not world.over:
            return DecisionStep(after, 0.0)
        reward, metrics = episode_score(database, world)
        return DecisionStep(after, reward, True, metrics)

    def mask(self, state: ActsState) -> np.ndarray:
        """Moves for which the notes give content."""
        notes = state.belief.notes
        return np.array([bool(move(notes)) for move in MOVES.values()], np.bool_)

    def features(self, state: ActsState) -> str:
        """See `Belief.text`."""
        return state.belief.text()

    def vector(self, state: ActsState) -> np.ndarray:
        """`Belief.full` or `Belief.summary`."""
        belief = state.belief
        return np.array(belief.full() if self.belief == "full" else belief.summary(), np.float32)

    def action_name(self, state: ActsState, action: int) -> str:
        """The move and its words, such as `"ask_area: Which area do you prefer?"`."""
        return f"{MOVE_NAMES[action]}: {agent_text(self.acts(state, action)).replace(chr(10), ' ')}"

    def acts(self, state: ActsState, action: int) -> Sequence[AgentAct]:
        """The message of an action, in acts."""
        return MOVES[MOVE_NAMES[action]](state.belief.notes)
