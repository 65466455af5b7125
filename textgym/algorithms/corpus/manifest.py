"""What the shipped language model was trained on: hashes, counts and versions, as JSON."""

import platform
from importlib.metadata import version
from itertools import islice
from typing import Any

from textgym.algorithms.corpus.documentation import PACKAGES
from textgym.algorithms.corpus.documents import content_hash
from textgym.algorithms.corpus.exclusion import HELD_OUT_SOURCES, finite_documents, training_stream
from textgym.algorithms.corpus.kinds import KINDS, Kind
from textgym.algorithms.corpus.rows import Rows, Usage
from textgym.data.base import fingerprint
from textgym.data.sources import load_source

#: Documents of a generated kind that stand for it in the hashes.
SAMPLE = 200


def manifest(rows: Rows, *, seed: int) -> dict[str, Any]:
    """Description of the training text.

    Args:
        rows: What `training_rows` gave.
        seed: The seed that it was given.

    Returns:
        JSON values: `tokens`, `packages` (versions), `held_out` (for each source the hashes of validation and
        test, which the training text does not contain) and `kinds` (hash, licence, share, and what was read).
    """
    return {
        "seed": seed,
        "tokens": int(rows.ids.size),
        "packages": package_versions(),
        "held_out": {source: held_out_hashes(source) for source in HELD_OUT_SOURCES},
        "kinds": {
            kind.name: _described(kind, rows.usage[kind.name], seed)
            for kind in KINDS
            if kind.name in rows.usage
        },
    }


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that carry text."""
    names = (*PACKAGES, "aclsum", "chitchat-dataset")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def held_out_hashes(source: str) -> dict[str, str]:
    """Hashes of the validation and test records of a finite source."""
    corpus = load_source(source, fields=())
    return {split: fingerprint(corpus.records(split)) for split in ("validation", "test")}


def kind_hash(kind: Kind, *, seed: int) -> str:
    """Hash of all training documents of a finite kind, or of the first `SAMPLE` of a generated one."""
    if kind.finite is not None:
        return content_hash(finite_documents(kind)[0])
    return content_hash(document for document, _ in islice(training_stream(kind, seed=seed), SAMPLE))


def _described(kind: Kind, usage: Usage, seed: int) -> dict[str, Any]:
    available = {} if kind.finite is None else {"available_documents": len(finite_documents(kind)[0])}
    return {
        "hash": kind_hash(kind, seed=seed),
        "licence": kind.licence,
        "share": kind.share,
        **available,
        "read_documents": usage.documents,
        "read_tokens": usage.tokens,
        "excluded_documents": usage.excluded,
    }
