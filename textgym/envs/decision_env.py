"""The one environment of all decision-level tasks."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import create_empty_array

from textgym.data.base import Split
from textgym.envs.asked import (
    check_difficulty,
    check_examples,
    check_made_alike,
    pick_example,
    plain_arguments,
    read_options,
)
from textgym.envs.observers import DecisionSettings, as_conversation, check_context, make_observer
from textgym.envs.rendering import check_render_mode, rendered
from textgym.errors import ContextTooSmall, EpisodeOver, InvalidValue
from textgym.protocols import Conversation, Example, Message
from textgym.tasks.decision import DecisionStep, DecisionTask, legal_action


class DecisionEnv(gym.Env[Any, int]):
    """A decision-level task as a Gymnasium environment: `Discrete(n)` actions, of which a mask says which are legal.

    Subclasses are one small class per id: they build the task from their own constructor arguments and hold the
    manual. Randomness comes from `np_random` alone.

    An illegal action is played as a legal one, the (action mod k)-th of the k legal ones (`legal_action`), and
    counted in `metrics["illegal_actions"]` at the end of the episode.

    Args:
        task: What the actions lead to.
        split: `"train"`, `"validation"` or `"test"`.
        difficulty: Difficulty of generated examples, in [0, 1]; survives resets. The attribute of this name may be set:
            it holds from the next reset on, and finite sources ignore it.
        settings: How states are shown.
        render_mode: `"ansi"`, `"html"` or None.

    Raises:
        ContextTooSmall: If states are shown as tokens and do not fit.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi", "html"], "render_fps": 1}

    def __init__(
        self,
        task: DecisionTask,
        *,
        split: str,
        difficulty: float,
        settings: DecisionSettings,
        render_mode: str | None,
    ) -> None:
        self.task = task
        self.split: Split = check_examples(task, split)
        self.difficulty = self._made_difficulty = check_difficulty(difficulty)
        self.settings = settings
        self.render_mode = check_render_mode(render_mode, self.metadata["render_modes"])
        if settings.observation == "tokens":
            check_context(task, self.split, self.difficulty, settings)
        self.observer = make_observer(task, settings)
        self.observation_space = self.observer.space
        self.action_space = cast(gym.Space[int], spaces.Discrete(task.actions))
        self._example: Example | None = None
        self._state: Any = None
        # What is legal in the state, once somebody asked; an agent asks before each of its actions, and then `take`.
        self._mask: np.ndarray | None = None
        self._played: list[int] = []
        self._illegal = 0
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: Seed of `np_random`.
            options: For this episode only. `index`: number of the example in its split (for generated tasks
                the number of a fixed stream of examples). `difficulty`: in [0, 1].

        Returns:
            The first observation, and info.

        Raises:
            ValueError: If an option is unknown or out of range.
            ContextTooSmall: If the first state is shown as tokens and does not fit.
        """
        info = self.start(seed=seed, options=options)
        return self.observation, info

    def start(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`reset` without its observation, for callers that look at many rows at once: info.

        This is what to override to do something else at the start of every episode: vector environments call it.
        """
        asked = read_options(options, self.difficulty)
        super().reset(seed=seed)
        self._begin(pick_example(self.task, self.split, self.np_random, asked))
        if not self.observer.fits(self._state):
            self._over = True
            raise ContextTooSmall(
                f"the first state of example {self.example.id!r} takes more than context_length "
                f"{self.settings.context_length} tokens. Raise it."
            )
        return {"example": self._example}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action.

        Raises:
            EpisodeOver: If the episode has ended or has not begun.
            ValueError: If the action is not in [0, n).
        """
        if self._over:
            raise EpisodeOver("step was called outside an episode; call reset first")
        if not self.action_space.contains(action):
            raise InvalidValue(f"the action must be an integer in [0, {self.task.actions}), got {action!r}")
        outcome = self.take(int(action))
        return self.observation, *outcome

    def take(self, action: int) -> tuple[float, bool, bool, dict[str, Any]]:
        """`step` without its checks and its observation, for callers that look at many rows at once.

        Args:
            action: In [0, n); an episode must be running.

        Returns:
            Reward, terminated, truncated, info.
        """
        legal = self.played_as(action)
        return self.follow(action, legal, self.task.step(self._state, legal))

    def played_as(self, action: int) -> int:
        """The legal action that an action in [0, n) is played as; an episode must be running."""
        return legal_action(self._legal, action)

    def follow(
        self, action: int, legal: int, step: DecisionStep[Any]
    ) -> tuple[float, bool, bool, dict[str, Any]]:
        """Take up what an action has led to, for callers that ask the task for many rows at once.

        Args:
            action: As the agent gave it.
            legal: As it is played.
            step: What the task says to that.

        Returns:
            Reward, terminated, truncated, info.
        """
        self._illegal += legal != action
        self._state, self._mask = step.state, None
        self._played.append(legal)
        truncated = not step.terminated and not self.observer.fits(step.state)
        self._over = step.terminated or truncated
        info: dict[str, Any] = {}
        if self._over:
            metrics = {**step.metrics, "illegal_actions": float(self._illegal)}
            info = {"example": self._example, "metrics": metrics}
        return float(step.reward), step.terminated, truncated, info

    def action_masks(self) -> np.ndarray:
        """Which actions are legal: bool (n,); none outside an episode."""
        if self._over:
            return np.zeros(self.task.actions, np.bool_)
        return self._legal.copy()

    @property
    def observation(self) -> Any:
        """What the agent sees now; zeros before the first reset."""
        if self._example is None:
            return create_empty_array(self.observation_space, n=1, fn=np.zeros)
        return self.observer.show(self._state)

    @property
    def state(self) -> Any:
        """The state of the running episode, or the last one.

        Raises:
            EpisodeOver: Before the first reset.
        """
        if self._example is None:
            raise EpisodeOver("there is no state before the first reset")
        return self._state

    @property
    def example(self) -> Example:
        """The example of the running episode; agents never see it.

        Raises:
            EpisodeOver: Before the first reset.
        """
        if self._example is None:
            raise EpisodeOver("there is no example before the first reset")
        return self._example

    @property
    def over(self) -> bool:
        """Whether no episode is running."""
        return self._over

    @property
    def conversation(self) -> Conversation:
        """The state as a language model reads it: one message of the environment."""
        return as_conversation(self.task.features(self.state))

    def action_names(self) -> dict[int, str]:
        """The legal actions as a person reads them; none outside an episode."""
        legal = np.flatnonzero(self.action_masks()).tolist()
        return {action: self.task.action_name(self._state, action) for action in legal}

    def played_name(self, action: int) -> str:
        """The name of what an action in [0, n) is played as in the running episode."""
        return self.task.action_name(self.state, legal_action(self.action_masks(), action))

    def render(self) -> str | None:
        """The first state, the decisions and the present state as coloured text (`ansi`) or HTML (`html`)."""
        return None if self.render_mode is None else rendered(self._story(), self.render_mode)

    def get_state(self) -> dict[str, Any]:
        """The episode, as example and actions, and the random state as JSON values."""
        return {
            "made_with": self._made_with(),
            "difficulty": self.difficulty,
            "example": self._example.to_json() if self._example else None,
            "actions": list(self._played),
            "illegal": self._illegal,
            "over": self._over,
            "rng": self.np_random.bit_generator.state,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up a state that `get_state` gave, by playing its actions again.

        Raises:
            ValueError: If it was taken from an environment with another task, split or kind of observation.
        """
        check_made_alike(state, self._made_with())
        self._example, self._state, self._played = None, None, []
        if state["example"]:
            self._begin(Example.from_json(state["example"]))
        for action in state["actions"]:
            self._state, self._mask = self.task.step(self._state, action).state, None
        self._played, self._illegal, self._over = list(state["actions"]), state["illegal"], state["over"]
        # Snapshots of earlier versions hold none: nothing changed it then.
        self.difficulty = state.get("difficulty", self._made_difficulty)
        self.np_random.bit_generator.state = state["rng"]

    @property
    def _legal(self) -> np.ndarray:
        if self._mask is None:
            self._mask = self.task.mask(self._state)
        return self._mask

    def _begin(self, example: Example) -> None:
        self._state, self._mask = self.task.start(example), None
        self._example, self._played, self._illegal, self._over = example, [], 0, False

    def _story(self) -> Conversation:
        if self._example is None:
            return ()
        state = self.task.start(self._example)
        story = list(as_conversation(self.task.features(state)))
        for action in self._played:
            name = self.task.action_name(state, action)
            story.append(Message(role="assistant", content=name))
            state = self.task.step(state, action).state
        return (*story, *(as_conversation(self.task.features(state)) if self._played else ()))

    def _made_with(self) -> dict[str, Any]:
        own = {"split": self.split, "difficulty": self._made_difficulty, **asdict(self.settings)}
        return {**own, **plain_arguments(self.task)}
