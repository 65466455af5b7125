"""A person in the agent's seat."""

from collections.abc import Callable, Mapping
from typing import Any

from textgym.envs.decision_env import DecisionEnv
from textgym.errors import ReplyTooLong
from textgym.evaluation.text_ids import make_played_env


def play(
    env_id: str,
    *,
    read: Callable[[], str],
    write: Callable[[str], None],
    seed: int,
    split: str = "test",
    env_kwargs: Mapping[str, Any] | None = None,
) -> float | None:
    """Play one episode with replies that a person types, or with legal actions that a person picks by number.

    Args:
        env_id: A text or decision id.
        read: Returns one typed line; raises `EOFError` or `KeyboardInterrupt` when the person leaves. A line
            that ends with a backslash is continued by the next one.
        write: Shows a text.
        seed: Seed of the episode.
        split: Split of the examples.
        env_kwargs: Constructor arguments of the environment.

    Returns:
        The return of the episode, or None if the person left before its end.
    """
    env = make_played_env(env_id, split=split, env_kwargs=env_kwargs)
    inner = env.unwrapped
    observation, info = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        try:
            if isinstance(inner, DecisionEnv):
                write(f"{inner.conversation[0]['content']}\n")
                reply = _picked(inner.action_names(), read, write)
            else:
                write(f"{observation}\n")
                reply = _reply(read)
        except (EOFError, KeyboardInterrupt):
            write("\nleft before the end of the episode")
            return None
        try:
            observation, reward, terminated, truncated, info = env.step(reply)
        except ReplyTooLong as error:
            write(str(error))
            continue
        total, over = total + float(reward), terminated or truncated
    write(_summary(total, info))
    return total


def _picked(names: Mapping[int, str], read: Callable[[], str], write: Callable[[str], None]) -> int:
    write("\n".join(f"[{action}] {name}" for action, name in names.items()))
    while True:
        line = read().strip()
        if line.isdecimal() and int(line) in names:
            return int(line)
        write(f"type one of the numbers {', '.join(map(str, names))}")


def _reply(read: Callable[[], str]) -> str:
    lines = [read()]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1][:-1]
        lines.append(read())
    return "\n".join(lines)


def _summary(total: float, info: Mapping[str, Any]) -> str:
    metrics = "".join(f"\n  {name}: {value:.4g}" for name, value in info.get("metrics", {}).items())
    references = "".join(f"\nreference: {text}" for text in info["example"].references)
    return f"return: {total:.4f}{metrics}{references}"
