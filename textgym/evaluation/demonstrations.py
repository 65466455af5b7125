"""What an expert does in an environment, for imitation and supervised fine-tuning."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from textgym.data.base import check_split
from textgym.envs.decision_env import DecisionEnv
from textgym.envs.text_env import TextEnv
from textgym.errors import InvalidValue, check_integer
from textgym.evaluation.example_order import example_indices
from textgym.evaluation.experts import Expert, expert_of
from textgym.protocols import Conversation, Message
from textgym.registration import make_env, text_id
from textgym.wrappers.choice import ChoiceView
from textgym.wrappers.tokens import TokensView


@dataclass(frozen=True, eq=False)
class Demonstration:
    """One episode of an expert.

    `env.reset(options={"index": index})` of an environment made with the same arguments, then the actions, gives the
    same observations and rewards.

    Args:
        env_id: Id of the environment; the name of its class where it has none.
        example_id: Id of the example that was asked.
        split: Split of the example.
        index: Number of the example: the reset option.
        expert: Who it was.
        messages: The whole conversation. A decision is the state as a language model reads it, and the name of the
            action.
        observations: As the environment gave them, one more than actions.
        actions: Messages, token ids or decisions.
        rewards: One for each action.
        terminated: Whether the task ended.
        truncated: Whether the episode was cut off.
        metrics: The task's metrics; empty if it was cut off.
    """

    env_id: str
    example_id: str
    split: str
    index: int
    expert: str
    messages: Conversation = field(repr=False)
    observations: tuple[Any, ...] = field(repr=False)
    actions: tuple[Any, ...] = field(repr=False)
    rewards: tuple[float, ...] = field(repr=False)
    terminated: bool
    truncated: bool
    metrics: Mapping[str, float]

    @property
    def return_(self) -> float:
        """Undiscounted sum of rewards."""
        return sum(self.rewards)

    def row(self) -> dict[str, Any]:
        """The demonstration as JSON values, in the columns that trainers of `trl` and `datasets` know.

        Returns:
            `messages`, the whole conversation; `prompt`, its first message, and `completion`, the others, as lists of
            `{"role", "content"}`; `reward`, the return; `metrics`; `id` of the example; `env_id`, `split`, `index` and
            `expert`; and for numbered actions `actions`.
        """
        messages = [dict(message) for message in self.messages]
        numbers = {} if self.actions and isinstance(self.actions[0], str) else {"actions": list(self.actions)}
        return {
            "id": self.example_id,
            "env_id": self.env_id,
            "split": self.split,
            "index": self.index,
            "expert": self.expert,
            "prompt": messages[:1],
            "completion": messages[1:],
            "messages": messages,
            "reward": self.return_,
            "metrics": dict(self.metrics),
            **numbers,
        }


def demonstrations(
    env: str | gym.Env,
    number: int,
    *,
    seed: int = 0,
    split: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    repeats: bool = False,
) -> Iterator[Demonstration]:
    """Play an expert, episode by episode.

    The i-th episode asks the i-th example of an order that depends on the seed alone, as in `evaluate`. Who the expert
    is, and whether it knows the references, says `textgym.evaluation.experts`. A reply that exceeds the budget of a
    token view is cut as an agent's would be.

    Args:
        env: A text, decision or tokens id; or such an environment, with its wrappers.
        number: Number of episodes, at least 1.
        seed: Seed of the order, at least 0.
        split: `"train"` (the default), `"validation"` or `"test"`; only with an id.
        env_kwargs: Constructor arguments of the environment, such as `{"source": "django:de"}`; only with an id.
        repeats: Allow more episodes than a finite source has examples.

    Returns:
        The demonstrations, each played when it is asked for. The arguments are checked at once.

    Raises:
        ValueError: If an argument is out of range, the examples do not suffice, an example has no reference where the
            expert needs one, or there is no expert for the environment.
        SandboxUnavailable: If programs cannot be run.
    """
    check_integer("number", number, least=1)
    check_integer("seed", seed, least=0)
    made = make_demonstrated(env, split=split, env_kwargs=env_kwargs)
    inner: TextEnv | DecisionEnv = made.unwrapped  # type: ignore[assignment]
    expert = expert_of(inner.task)
    order = example_indices(inner.task, inner.split, episodes=number, seed=seed, repeats=repeats)
    return (_play(made, expert, index) for index in order)


def make_demonstrated(
    env: str | gym.Env, *, split: str | None = None, env_kwargs: Mapping[str, Any] | None = None
) -> gym.Env:
    """The environment that an expert can play, made by its id or as it is given.

    Raises:
        ValueError: If it is neither a text nor a decision environment nor a token view, or does not take the arguments.
    """
    if isinstance(env, str):
        kwargs = dict(env_kwargs or {})
        if "split" in kwargs:
            raise InvalidValue("pass split=... beside env_kwargs, not inside")
        env = make_env(env, split=check_split(split or "train"), disable_env_checker=True, **kwargs)
    elif split is not None or env_kwargs:
        raise InvalidValue(
            "split and env_kwargs go with an id; an environment has its own. Make it with them instead."
        )
    name = env.spec.id if env.spec else type(env).__name__
    if not isinstance(env.unwrapped, TextEnv | DecisionEnv):
        raise InvalidValue(
            f"no expert is known for {name!r}: it is no text or decision environment of textgym"
        )
    if _layer(env, ChoiceView):
        raise InvalidValue(
            f"no expert is known for {name!r}: its candidates need not hold what an expert would say. Take "
            f"{text_id(name)!r}, or its token view."
        )
    return env


def _play(env: gym.Env, expert: Expert, index: int) -> Demonstration:
    inner: Any = env.unwrapped
    view = _layer(env, TokensView)
    observation, info = env.reset(options={"index": index})
    conversation: Conversation = info.get("conversation", ())
    observations, actions, rewards = [observation], [], []
    terminated = truncated = False
    while not (terminated or truncated):
        chosen = expert.act(inner, conversation)
        if isinstance(inner, DecisionEnv):
            said = Message(role="assistant", content=inner.played_name(chosen))
            conversation = (*conversation, *inner.conversation, said)
        for action in _token_ids(view, chosen) if view else [chosen]:
            observation, reward, terminated, truncated, info = env.step(action)
            observations.append(observation)
            actions.append(action)
            rewards.append(float(reward))
        conversation = info.get("conversation", conversation)
    return Demonstration(
        env_id=env.spec.id if env.spec else type(inner).__name__,
        example_id=inner.example.id,
        split=inner.split,
        index=index,
        expert=expert.name,
        messages=conversation,
        observations=tuple(observations),
        actions=tuple(actions),
        rewards=tuple(rewards),
        terminated=terminated,
        truncated=truncated,
        metrics={name: float(value) for name, value in info.get("metrics", {}).items()},
    )


def _token_ids(view: TokensView, reply: str) -> Iterable[int]:
    """The ids of one turn: the last one ends it, by its value or as the last of the budget."""
    ids = [*view.tokenizer.encode(reply), view.tokenizer.end_of_turn_id]
    return ids[: view.settings.max_new_tokens]


def _layer(env: gym.Env, kind: type) -> Any:
    while isinstance(env, gym.Wrapper):
        if isinstance(env, kind):
            return env
        env = env.env
    return None
