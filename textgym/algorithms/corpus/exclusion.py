"""Training documents without the validation and test texts of any source."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice

import numpy as np

from textgym.algorithms.corpus.documents import Document
from textgym.algorithms.corpus.kinds import CATALOGUE_LANGUAGES, KINDS, Kind, generated_stream
from textgym.data.held_out import HeldOutFilter
from textgym.data.sources import load_source

#: Shortest chat utterance that is searched for inside other texts, in bytes: shorter ones are common phrases.
CHAT_MIN_BYTES = 60
#: Packages of the documentation whose functions with examples are in a validation or test split too.
DOCTEST_PACKAGES = ("stdlib", "networkx", "sklearn", "nltk", "django", "pandas", "scipy")
#: Finite sources whose validation and test records stay out of the training text.
HELD_OUT_SOURCES = (
    *(f"django:{code}" for code in CATALOGUE_LANGUAGES),
    "stdlib",
    "aclsum",
    "chitchat",
    *(f"doctest:{package}" for package in DOCTEST_PACKAGES),
)
#: Fields that name something instead of being text.
_LABELS = frozenset({"language", "aspect", "entry_point", "tests"})
_BATCH = 512


@lru_cache(maxsize=1)
def held_out_filters() -> tuple[HeldOutFilter, ...]:
    """Filters over the prompts and references of validation and test of all finite sources."""
    texts = [t for source in HELD_OUT_SOURCES if source != "chitchat" for t in _held_out_texts(source)]
    return (
        HeldOutFilter(texts),
        HeldOutFilter(_held_out_texts("chitchat"), min_bytes=CHAT_MIN_BYTES),
    )


def repeats_held_out(documents: Iterable[Document]) -> np.ndarray:
    """Whether each document repeats a held-out text, shape (B,), bool."""
    documents = list(documents)
    owner = np.repeat(np.arange(len(documents)), [len(d.texts()) for d in documents])
    texts = [text for document in documents for text in document.texts()]
    repeated = np.zeros(len(documents), bool)
    for is_repeated in held_out_filters():
        repeated[owner[is_repeated(texts)]] = True
    return repeated


@cache
def finite_documents(kind: Kind) -> tuple[tuple[Document, ...], int]:
    """The training documents of a finite kind that repeat no held-out text, and the number of the others."""
    assert kind.finite is not None
    documents = list(kind.finite("train"))
    repeated = repeats_held_out(documents)
    kept = tuple(d for d, is_repeated in zip(documents, repeated, strict=True) if not is_repeated)
    return kept, int(repeated.sum())


def training_stream(kind: Kind, *, seed: int) -> Iterator[tuple[Document, int]]:
    """Endless training documents of a kind, each with the number of the documents that were left out before it.

    Finite kinds come in a new order in every epoch.
    """
    if kind.finite is None:
        yield from _kept(generated_stream(kind, seed))
        return
    documents, excluded = finite_documents(kind)
    rng = np.random.default_rng([seed, len(kind.name), KINDS.index(kind)])
    while True:
        for index in rng.permutation(len(documents)):
            yield documents[index], excluded


def _kept(documents: Iterator[Document]) -> Iterator[tuple[Document, int]]:
    excluded = 0
    while batch := list(islice(documents, _BATCH)):
        for document, repeated in zip(batch, repeats_held_out(batch), strict=True):
            excluded += int(repeated)
            if not repeated:
                yield document, excluded


def _held_out_texts(source: str) -> list[str]:
    corpus = load_source(source, fields=())
    records = [record for split in ("validation", "test") for record in corpus.records(split)]
    texts = [text for record in records for key, text in record.fields.items() if key not in _LABELS]
    return [part for text in texts for part in _parts(source, text)]


def _parts(source: str, text: str) -> list[str]:
    """What another text may repeat of a text: utterances of a chat, paragraphs of a program."""
    if source == "chitchat":
        return [line.removeprefix("A: ").removeprefix("B: ") for line in text.splitlines()]
    return text.split("\n\n") if source.startswith("doctest:") else [text]
