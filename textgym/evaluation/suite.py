"""Frozen suites: which ids, arguments, episodes and seeds make up a score.

What to write into the file of a new suite, whose tasks may begin with any fingerprint:

python -m textgym.evaluation.suite FILE.toml
"""

import hashlib
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from textgym.errors import MalformedData, UnknownName
from textgym.evaluation.text_ids import make_text_env

SUITES_FOLDER = Path(__file__).parent / "suites"


@dataclass(frozen=True)
class SuiteTask:
    """One row of a suite.

    Args:
        name: Short name, unique within the suite.
        env_id: The text id.
        episodes: Number of episodes.
        seed: Seed of the evaluation.
        fingerprint: Fingerprint of the task's examples.
        split: Split of the examples.
        env_kwargs: Constructor arguments of the environment.
    """

    name: str
    env_id: str
    episodes: int
    seed: int
    fingerprint: str
    split: str = "test"
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)

    def current_fingerprint(self) -> str:
        """The fingerprint that the environment has now."""
        env = make_text_env(self.env_id, split=self.split, env_kwargs=self.env_kwargs)
        return env.unwrapped.task.fingerprint()  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Suite:
    """A named list of tasks; the score is the mean of the tasks' mean returns.

    Args:
        name: Name with version, such as `"quick-v1"`.
        tasks: At least one, with different names.
    """

    name: str
    tasks: tuple[SuiteTask, ...]

    def __post_init__(self) -> None:
        names = [task.name for task in self.tasks]
        if not names or len(set(names)) < len(names):
            raise MalformedData(f"suite {self.name!r} needs tasks with different names, got {names}")

    @property
    def hash(self) -> str:
        """8 hex digits that change with any field of any task."""
        rows = [asdict(task) for task in self.tasks]
        return hashlib.sha256(json.dumps([self.name, rows], sort_keys=True).encode()).hexdigest()[:8]

    def verify(self) -> None:
        """Check that the environments still ask what the suite froze.

        Raises:
            MalformedData: If a fingerprint differs.
        """
        for task in self.tasks:
            if (now := task.current_fingerprint()) != task.fingerprint:
                raise MalformedData(
                    f"task {task.name!r} of suite {self.name!r} was frozen with examples {task.fingerprint}, this "
                    f"version has {now}; install the version of textgym that the suite belongs to"
                )


def suite_names() -> list[str]:
    """Names of the shipped suites."""
    return sorted(file.stem for file in SUITES_FOLDER.glob("*.toml"))


def load_suite(name: str | Path) -> Suite:
    """Read a suite.

    Args:
        name: Name of a shipped suite, or path of a TOML file.

    Returns:
        The suite, as it is written; `verify` compares it with the environments.

    Raises:
        UnknownName: If there is no such suite.
        MalformedData: If the file is no suite.
    """
    file = SUITES_FOLDER / f"{name}.toml"
    if not file.is_file():
        file = Path(name)
    if not file.is_file():
        raise UnknownName(
            f"unknown suite {str(name)!r}; choose one of {', '.join(suite_names())} or pass a TOML file"
        )
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        return Suite(content["name"], tuple(SuiteTask(**row) for row in content["tasks"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise MalformedData(f"{file} is no suite: {error}") from error


def main(name: str = "quick-v1") -> None:
    """Print the fingerprint that each task of a suite has now."""
    for task in load_suite(name).tasks:
        print(f'{task.name}: fingerprint = "{task.current_fingerprint()}"')


if __name__ == "__main__":
    main(*sys.argv[1:])
