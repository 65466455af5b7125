"""Play an agent on an environment id and record every episode."""

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from typing import Any, Literal

import gymnasium as gym
from rich.console import Console
from rich.progress import track

from textgym.data.base import check_split
from textgym.errors import (
    AgentMisfit,
    AgentUnavailable,
    InvalidValue,
    MissingExtra,
    SandboxUnavailable,
    check_integer,
)
from textgym.evaluation.example_order import agent_seed, example_indices
from textgym.evaluation.records import Record, Result
from textgym.evaluation.seats import Seat, check_fit, seat_of
from textgym.evaluation.text_ids import make_played_env
from textgym.protocols import Agent, Conversation, DecisionAgent, Example, Request
from textgym.tasks.base import ExampleSource

OnError = Literal["score", "raise"]


def evaluate(
    agent: Agent | DecisionAgent,
    env_id: str,
    *,
    episodes: int,
    seed: int,
    split: str = "test",
    env_kwargs: Mapping[str, Any] | None = None,
    batch_size: int = 32,
    on_error: OnError = "score",
    repeats: bool = False,
    progress: bool = False,
) -> Result:
    """Play an agent and record every episode.

    The i-th episode asks the i-th example of an order that depends on the seed alone
    (`textgym.evaluation.example_order`), so two agents with one seed meet the same examples. `batch_size`
    episodes are open at a time and the agent is asked for all of them at once; a finished one is replaced by
    the next.

    Args:
        agent: Text in, text out; or for a decision id, numbers out.
        env_id: A text id, such as `"textgym/Translation-v0"`, or a decision id, whose states are shown as vectors.
        episodes: Number of episodes, at least 1.
        seed: Seed of the order and of the agent's randomness, at least 0.
        split: `"train"`, `"validation"` or `"test"`.
        env_kwargs: Constructor arguments of the environment, such as `{"source": "django:de"}`.
        batch_size: Number of episodes open at a time, at least 1.
        on_error: What an exception of the agent, or a reply that is no string or too long (no action), does. `"score"`
            gives the episode the task's smallest return and records the error; a batch that raises is asked
            again in halves, so that one bad episode does not take others along. An agent that returns an
            exception in place of a reply fails that episode alone, without being asked again. `"raise"` stops. `AgentMisfit`,
            `AgentUnavailable`, `MissingExtra` and `SandboxUnavailable` always stop.
        repeats: Allow more episodes than a finite source has examples.
        progress: Show a progress bar on standard error.

    Returns:
        Records and their statistics.

    Raises:
        ValueError: If the id is neither a text nor a decision id, an argument is out of range, or the examples do
            not suffice.
        AgentUnavailable: If what the agent needs, such as its server, is not there.
        MissingExtra: If a package that the agent needs is not installed.
        SandboxUnavailable: If programs cannot be run.
        AgentMisfit: If the agent does not fit the id's kind, or a model its sizes.
        TypeError: With `on_error="raise"`, if a reply is not a string or an action no integer.
        ReplyTooLong: With `on_error="raise"`, if a reply exceeds the action space.
    """
    _check(episodes=episodes, seed=seed, batch_size=batch_size, on_error=on_error)
    kwargs = dict(env_kwargs or {})
    envs = [make_played_env(env_id, split=split, env_kwargs=kwargs)]
    check_fit(agent, envs[0], env_id)
    task: ExampleSource = envs[0].unwrapped.task  # type: ignore[attr-defined]
    order = example_indices(task, check_split(split), episodes=episodes, seed=seed, repeats=repeats)
    envs += [_sibling(envs[0]) for _ in range(min(batch_size, episodes) - 1)]
    runner = _Runner(
        agent, seat_of(envs[0]), envs, order, seed, lowest=task.return_range[0], on_error=on_error
    )
    finished = runner.play()
    if progress:
        finished = track(finished, description=env_id, total=episodes, console=Console(stderr=True))
    records = tuple(sorted(finished, key=lambda record: record.episode))
    for env in envs:
        env.close()
    corpus = task.corpus_scores([runner.asked[r.episode] for r in records], [r.replies for r in records])
    return Result(env_id, kwargs, split, seed, task.fingerprint(), version("textgym"), records, corpus)


@dataclass
class _Episode:
    number: int
    seed: int
    env: gym.Env
    example: Example
    conversation: Conversation
    return_: float = 0.0
    replies: list[str] = field(default_factory=list)
    metrics: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    over: bool = False
    wall_s: float = 0.0

    @property
    def request(self) -> Request:
        return Request(self.conversation, self.number, len(self.replies), self.seed)

    @property
    def record(self) -> Record:
        return Record(
            episode=self.number,
            example_id=self.example.id,
            group=self.example.group or self.example.id,
            seed=self.seed,
            return_=self.return_,
            turns=len(self.replies),
            metrics=dict(self.metrics),
            replies=tuple(self.replies),
            error=self.error,
            wall_s=self.wall_s,
        )


@dataclass
class _Runner:
    agent: Any
    seat: Seat
    envs: list[gym.Env]
    order: list[int]
    seed: int
    lowest: float
    on_error: OnError
    asked: dict[int, Example] = field(default_factory=dict)

    def play(self) -> Iterator[Record]:
        waiting = iter(range(len(self.order)))
        idle = list(self.envs)
        running: list[_Episode] = []
        while True:
            started = list(islice(waiting, len(idle)))
            running += [self._start(number, idle.pop()) for number in started]
            if not running:
                return
            for episode, reply in zip(running, self._ask(running), strict=True):
                self._take(episode, reply)
            over = [episode for episode in running if episode.over]
            running = [episode for episode in running if not episode.over]
            idle += [episode.env for episode in over]
            if over and hasattr(self.agent, "end"):
                self.agent.end([episode.number for episode in over])
            yield from (episode.record for episode in over)

    def _start(self, number: int, env: gym.Env) -> _Episode:
        seed = agent_seed(self.seed, number)
        _, info = env.reset(seed=seed, options={"index": self.order[number]})
        self.asked[number] = info["example"]
        if hasattr(self.agent, "meet"):
            self.agent.meet(number, info["example"])
        return _Episode(number, seed, env, info["example"], self.seat.conversation(env, info))

    def _ask(self, episodes: Sequence[_Episode]) -> Sequence[Any]:
        started = time.perf_counter()
        try:
            replies = self._answers(episodes)
        except Exception as error:
            if self._stops(error):
                raise
            if len(episodes) > 1:
                middle = len(episodes) // 2
                return [*self._ask(episodes[:middle]), *self._ask(episodes[middle:])]
            replies = [error]
        for episode in episodes:
            episode.wall_s += (time.perf_counter() - started) / len(episodes)
        return replies

    def _answers(self, episodes: Sequence[_Episode]) -> list[Any]:
        requests = [episode.request for episode in episodes]
        replies = self.seat.ask(self.agent, [episode.env for episode in episodes], requests)
        if isinstance(replies, str) or len(replies) != len(requests):
            count = "one string" if isinstance(replies, str) else f"{len(replies)} replies"
            raise InvalidValue(
                f"act must return one reply for each of the {len(requests)} requests, got {count}"
            )
        return list(replies)

    def _take(self, episode: _Episode, reply: Any) -> None:
        problem = reply if isinstance(reply, Exception) else self.seat.problem(episode.env, reply)
        if problem is not None:
            if self._stops(problem):
                raise problem
            episode.error = f"{type(problem).__name__}: {problem}"
            episode.return_, episode.over = self.lowest, True
            return
        text, (_, reward, terminated, truncated, info) = self.seat.take(episode.env, reply)
        episode.replies.append(text)
        episode.return_ += float(reward)
        episode.conversation = self.seat.conversation(episode.env, info)
        episode.over = terminated or truncated
        if episode.over:
            episode.metrics = {name: float(value) for name, value in info.get("metrics", {}).items()}

    def _stops(self, error: Exception) -> bool:
        return self.on_error == "raise" or isinstance(
            error, AgentMisfit | AgentUnavailable | MissingExtra | SandboxUnavailable
        )


def _sibling(env: gym.Env) -> gym.Env:
    # Layer by layer, so that all environments share the task: its corpus can take seconds to load.
    clone = copy.copy(env)
    if isinstance(clone, gym.Wrapper):
        clone.env = _sibling(clone.env)
    return clone


def _check(*, episodes: int, seed: int, batch_size: int, on_error: str) -> None:
    for name, value, least in (("episodes", episodes, 1), ("seed", seed, 0), ("batch_size", batch_size, 1)):
        check_integer(name, value, least=least)
    if on_error not in ("score", "raise"):
        raise InvalidValue(f"on_error must be 'score' or 'raise', got {on_error!r}")
