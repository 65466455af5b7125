"""Papers with a summary by an expert for each of three aspects, from the package `aclsum`."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from textgym.data.base import Record, Split
from textgym.data.corpus import Corpus
from textgym.data.installed import package_folder

ASPECTS = ("challenge", "approach", "outcome")
#: The parts of a paper that the summarizers read, in reading order.
SECTIONS = ("abstract", "introduction", "conclusion")

_FILES: dict[Split, str] = {"train": "train.jsonl", "validation": "val.jsonl", "test": "test.jsonl"}


@lru_cache(maxsize=1)
def aclsum_source() -> Corpus:
    """Expert summaries of computational-linguistics papers, one record for each paper and aspect.

    The fields are `source` (the sentences of abstract, introduction and conclusion, joined by spaces as
    the package's own `to_parallel_corpus` does; a few thousand characters), `summary` (one sentence or two)
    and `aspect` (one of `ASPECTS`). The splits are the authors'; the group is the paper.

    Returns:
        The corpus, named `aclsum`.

    Raises:
        MissingExtra: If `aclsum` is not installed.
    """
    folder = package_folder("aclsum") / "dataset"
    return Corpus("aclsum", {split: tuple(_records(folder / file)) for split, file in _FILES.items()})


def _records(path: Path) -> Iterator[Record]:
    # The package's own reader needs one more package and loads the same lines.
    for line in path.read_text(encoding="utf-8").splitlines():
        paper = json.loads(line)
        sentences = [sentence for section in SECTIONS for sentence in paper["sentences"][section]]
        for aspect in ASPECTS:
            fields = {"source": " ".join(sentences), "summary": paper["summary"][aspect], "aspect": aspect}
            yield Record(f"aclsum/{paper['id']}/{aspect}", f"aclsum/{paper['id']}", fields)
