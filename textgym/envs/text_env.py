"""The one environment of all text tasks."""

from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium as gym

from textgym.data.base import Split
from textgym.envs.asked import (
    check_difficulty,
    check_examples,
    check_made_alike,
    pick_example,
    plain_arguments,
    read_options,
)
from textgym.envs.rendering import check_render_mode, rendered
from textgym.errors import EpisodeOver, InvalidValue, ReplyTooLong
from textgym.protocols import Conversation, Example, Message
from textgym.spaces import UnicodeText
from textgym.tasks.base import Task, Turn

MAX_OBSERVATION = 65_536
MAX_REPLY = 16_384


class TextEnv(gym.Env[str, str]):
    """A text task as a Gymnasium environment: a message in, a message out.

    Subclasses are one small class per id: they build the task from their own constructor arguments and hold
    the manual. Randomness comes from `np_random` alone.

    Args:
        task: What is asked and how it is judged.
        split: `"train"`, `"validation"` or `"test"`.
        difficulty: Difficulty of generated examples, in [0, 1]; survives resets. The attribute of this name may be set:
            it holds from the next reset on, and finite sources ignore it.
        render_mode: `"ansi"`, `"html"` or None.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi", "html"], "render_fps": 1}
    #: Name of the family, the `<Name>` of its ids.
    family: ClassVar[str] = ""

    def __init__(
        self, task: Task, *, split: str = "train", difficulty: float = 0.5, render_mode: str | None = None
    ) -> None:
        self.task = task
        self.split: Split = check_examples(task, split)
        self.difficulty = self._made_difficulty = check_difficulty(difficulty)
        self.render_mode = check_render_mode(render_mode, self.metadata["render_modes"])
        instead = f"textgym/{self.family}-tokens-v0 or textgym/{self.family}-choice-v0" if self.family else ""
        self.observation_space = UnicodeText(MAX_OBSERVATION, use_instead=instead)
        self.action_space = UnicodeText(MAX_REPLY, use_instead=instead)
        self._example: Example | None = None
        self._conversation: Conversation = ()
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: Seed of `np_random`.
            options: For this episode only. `index`: number of the example in its split (for generated tasks
                the number of a fixed stream of examples). `difficulty`: in [0, 1].

        Returns:
            The environment's first message, and info.

        Raises:
            ValueError: If an option is unknown or out of range.
        """
        chosen = read_options(options, self.difficulty)
        super().reset(seed=seed)
        self._example = pick_example(self.task, self.split, self.np_random, chosen)
        if len(self._example.prompt) > MAX_OBSERVATION:
            raise InvalidValue(
                f"example {self._example.id!r} has a prompt of {len(self._example.prompt)} characters; "
                f"at most {MAX_OBSERVATION} fit the observation space. Shorten it or leave it out."
            )
        self._conversation = ({"role": "user", "content": self._example.prompt},)
        self._over = False
        return self.observation, self._info()

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Give the agent's message.

        Raises:
            EpisodeOver: If the episode has ended or has not begun.
            TypeError: If the action is not a string.
            ReplyTooLong: If it exceeds the action space.
        """
        case = self.prepare(action)
        return self.take(case, self.task.judge([case])[0])

    def prepare(self, action: str) -> tuple[Example, Conversation]:
        """The first half of `step`: what the task is to judge. It changes nothing.

        Raises:
            EpisodeOver: As for `step`.
            TypeError: As for `step`.
            ReplyTooLong: As for `step`.
        """
        if self._over or self._example is None:
            raise EpisodeOver("step was called outside an episode; call reset first")
        if not isinstance(action, str):
            raise TypeError(f"the action must be a str, got {type(action).__name__}: {action!r}")
        if len(action) > MAX_REPLY:
            raise ReplyTooLong(f"the reply has {len(action)} characters; at most {MAX_REPLY} are accepted")
        return self._example, (*self._conversation, {"role": "assistant", "content": action})

    def take(
        self, case: tuple[Example, Conversation], turn: Turn
    ) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """The second half of `step`: go on with what the task answered.

        Args:
            case: What `prepare` gave.
            turn: What the task's `judge` gave for it.

        Returns:
            As `step`.
        """
        self._conversation = case[1]
        self._over = turn.terminated
        if turn.reply is not None:
            self._conversation = (*self._conversation, {"role": "user", "content": turn.reply})
        info = self._info()
        if turn.terminated:
            info["metrics"] = dict(turn.metrics)
        return self.observation, float(turn.reward), turn.terminated, False, info

    @property
    def observation(self) -> str:
        """What the agent sees now: the newest environment message, the empty string outside an episode."""
        return "" if self._over else self._conversation[-1]["content"]

    @property
    def example(self) -> Example:
        """The example of the running episode; agents never see it.

        Raises:
            EpisodeOver: Before the first reset.
        """
        if self._example is None:
            raise EpisodeOver("there is no example before the first reset")
        return self._example

    def render(self) -> str | None:
        """The conversation so far as coloured text (`ansi`) or an HTML fragment (`html`)."""
        return None if self.render_mode is None else rendered(self._conversation, self.render_mode)

    def get_state(self) -> dict[str, Any]:
        """The episode and the random state as JSON values."""
        return {
            "made_with": self._made_with(),
            "difficulty": self.difficulty,
            "example": self._example.to_json() if self._example else None,
            "conversation": [dict(m) for m in self._conversation],
            "over": self._over,
            "rng": self.np_random.bit_generator.state,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up a state that `get_state` gave.

        Raises:
            ValueError: If it was taken from an environment with another task or split.
        """
        check_made_alike(state, self._made_with())
        self._example = Example.from_json(state["example"]) if state["example"] else None
        self._conversation = tuple(Message(**m) for m in state["conversation"])
        self._over = state["over"]
        # Snapshots of earlier versions hold none: nothing changed it then.
        self.difficulty = state.get("difficulty", self._made_difficulty)
        self.np_random.bit_generator.state = state["rng"]

    def _made_with(self) -> dict[str, Any]:
        return {"split": self.split, "difficulty": self._made_difficulty, **plain_arguments(self.task)}

    def _info(self) -> dict[str, Any]:
        # Copies: Gymnasium's checks refuse infos that share a mutable object with an earlier one.
        conversation = tuple(message.copy() for message in self._conversation)
        return {"conversation": conversation, "example": self._example, "turn_ended": True}
