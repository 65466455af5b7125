"""Demonstrations as files and data sets of other libraries."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from textgym.errors import InvalidValue, require
from textgym.evaluation.demonstrations import Demonstration
from textgym.evaluation.whole_file import check_writable, json_text, write_whole
from textgym.registration import text_id
from textgym.spaces import UnicodeText


def write_jsonl(demonstrations: Iterable[Demonstration], path: Path | str) -> list[Demonstration]:
    """Write one row a line, the whole file or nothing; `datasets.load_dataset("json", ...)` reads it.

    Args:
        demonstrations: What to write; an iterator is played to its end.
        path: The file; its folder is made if it does not exist.

    Returns:
        The demonstrations.

    Raises:
        InvalidValue: Before any is played, if the file could not be written.
    """
    path = Path(path)
    check_writable(path)
    played = list(demonstrations)
    write_whole(path, "".join(json_text(d.row(), indent=None) for d in played))
    return played


def to_dataset(demonstrations: Iterable[Demonstration]) -> Any:
    """A `datasets.Dataset` of the rows; demonstrations of one kind of environment have the same columns.

    Raises:
        MissingExtra: If `datasets` is not installed.
    """
    datasets = require("datasets", extra="hf")
    return datasets.Dataset.from_list([demonstration.row() for demonstration in demonstrations])


def to_minari(demonstrations: Iterable[Demonstration], dataset_id: str, *, env: gym.Env) -> Any:
    """A Minari data set, in the folder that Minari keeps (`MINARI_DATASETS_PATH`), in its Arrow format.

    Minari stores arrays and no Unicode strings, so it takes decisions, as vectors or tokens, and token views, but no
    texts. The reset options of an episode are stored with it.

    Args:
        demonstrations: Of that environment.
        dataset_id: Minari's name of the new data set, such as `"textgym/negotiation/expert-v0"`.
        env: The environment, as in `demonstrations`; the data set holds its spaces and spec.

    Returns:
        The `minari.MinariDataset`.

    Raises:
        InvalidValue: If the environment speaks text, or there are no demonstrations.
        MissingExtra: If `minari` is not installed.
        ValueError: If Minari refuses the name, or has a data set of that name.
    """
    minari = require("minari", extra="minari")
    name = env.spec.id if env.spec else type(env.unwrapped).__name__
    if isinstance(env.observation_space, UnicodeText):
        raise InvalidValue(
            f"Minari cannot store the texts of {name!r}; demonstrate its token view, "
            f"{text_id(name).replace('-v', '-tokens-v')!r}, or write rows with write_jsonl or to_dataset"
        )
    played = list(demonstrations)
    if not played:
        raise InvalidValue("there must be at least 1 demonstration, got none")
    buffers = [_buffer(minari, number, demonstration, env) for number, demonstration in enumerate(played)]
    with warnings.catch_warnings():
        # It recommends an e-mail address and a link to the code that made it.
        warnings.filterwarnings("ignore", "`(author_email|code_permalink)` is set to None", UserWarning)
        warnings.filterwarnings("ignore", "`eval_env` is set to None", UserWarning)
        return minari.create_dataset_from_buffers(
            dataset_id,
            buffers,
            env=env,
            algorithm_name=played[0].expert,
            author="textgym",
            description=f"Demonstrations in {name}, {played[0].split} split, by: {played[0].expert}.",
            data_format="arrow",
        )


def _buffer(minari: Any, number: int, demonstration: Demonstration, env: gym.Env) -> Any:
    steps = len(demonstration.actions)
    return minari.data_collector.EpisodeBuffer(
        id=number,
        options={"index": demonstration.index},
        observations=_stacked(env.observation_space, demonstration.observations),
        actions=np.array(demonstration.actions, np.int64),
        rewards=list(demonstration.rewards),
        terminations=[False] * (steps - 1) + [demonstration.terminated],
        truncations=[False] * (steps - 1) + [demonstration.truncated],
    )


def _stacked(space: spaces.Space, observations: Sequence[Any]) -> Any:
    if isinstance(space, spaces.Dict):
        return {name: np.stack([o[name] for o in observations]) for name in space}
    return np.stack(observations)
