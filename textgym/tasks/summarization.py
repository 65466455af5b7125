"""Summarization: state the gist of a text in few words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textgym.data.base import SPLITS, Record, Source, Split, draw_from_split, fingerprint
from textgym.data.event_reports import EventReports
from textgym.data.sources import load_source
from textgym.errors import MalformedData
from textgym.metrics.facts import fact_recall
from textgym.metrics.rouge import has_tokens, rouge
from textgym.metrics.words import first_words
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn

PROMPT = "Summarize in at most {n} words:\n{text}"
ASPECT_PROMPT = "Summarize the {aspect} in at most {n} words:\n{text}"
DOCSTRING_PROMPT = "Write the first line of the docstring:\n{text}"
#: Length limits in words, by source; they leave room for almost every reference (other sources: `OTHER_WORDS`).
WORDS = {"generated": 30, "aclsum": 40, "stdlib": 25}
OTHER_WORDS = 60
#: Fixed draws that stand for a generator in the fingerprint.
_FINGERPRINT_DRAWS = 60


class SummarizationTask(Task):
    """Summarize a text in one message.

    Only the first `max_words` words of the reply count: the rest is cut off before scoring. The reward is
    the mean of the F-measures of ROUGE-1, ROUGE-2 and ROUGE-L against the reference, with stemming, in
    [0, 1].

    Metrics: `rouge1`, `rouge2`, `rougeL` in [0, 1]; `words`, the length of the whole reply; and for
    generated reports `fact_recall`, the share of key facts that the counted words state.

    Args:
        source: `"generated"` (event reports with known key facts), `"aclsum"` (papers, one aspect each),
            `"stdlib"` (a Python function and the first line of its docstring), `"jsonl:PATH"` or `"hf:NAME"`
            with the fields `source` and `target`.
        max_words: How many words of the reply count, at least 1; None takes the source's default (`WORDS`).

    Raises:
        ValueError: If `max_words` is below 1.
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, or a reference has no token that ROUGE can count.
    """

    def __init__(self, source: str = "generated", *, max_words: int | None = None) -> None:
        if max_words is not None and max_words < 1:
            raise ValueError(f"max_words must be at least 1, got {max_words}")
        self.source = source
        self.finite = source != "generated"
        self.max_words = max_words or WORDS.get(source, OTHER_WORDS)
        self._generator = EventReports()
        self._corpus = _load(source) if self.finite else None
        self._examples: dict[Split, tuple[Example, ...]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"source": self.source, "max_words": self.max_words}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(state["source"], max_words=state["max_words"])

    def examples(self, split: Split) -> Sequence[Example]:
        """All examples of a split, in the source's order."""
        if self._corpus is None:
            return super().examples(split)
        if split not in self._examples:
            self._examples[split] = tuple(self._example(r) for r in self._corpus.records(split))
        return self._examples[split]

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new event report."""
        if self.finite:
            return super().generate(rng, split, difficulty)
        return self._example(draw_from_split(self._generator, rng, split, difficulty))

    def fingerprint(self) -> str:
        """Hash of all examples, or of fixed draws of the generator."""
        if self.finite:
            examples = [e for split in SPLITS for e in self.examples(split)]
        else:
            rng = np.random.default_rng(0)
            steps = np.linspace(0, 1, _FINGERPRINT_DRAWS)
            examples = [self._example(self._generator.draw(rng, float(d))) for d in steps]
        rows = [Record(e.id, e.group, {"prompt": e.prompt, "target": e.references[0]}) for e in examples]
        return fingerprint(rows)

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> list[Turn]:
        """Score the reply of each conversation; every episode ends here."""
        return [self._turn(example, conversation[-1]["content"]) for example, conversation in batch]

    def _turn(self, example: Example, reply: str) -> Turn:
        counted = first_words(reply, self.max_words)
        scores = rouge(counted, example.references)
        metrics = {
            "rouge1": scores.rouge1,
            "rouge2": scores.rouge2,
            "rougeL": scores.rougeL,
            "words": float(len(reply.split())),
        }
        if "facts" in example.data:
            metrics["fact_recall"] = fact_recall(counted, example.data["facts"])
        return Turn(reply=None, reward=scores.mean, terminated=True, metrics=metrics)

    def _example(self, record: Record) -> Example:
        fields = record.fields
        template = DOCSTRING_PROMPT if self.source == "stdlib" else PROMPT
        if "aspect" in fields:
            template = ASPECT_PROMPT.replace("{aspect}", fields["aspect"])
        prompt = template.replace("{n}", str(self.max_words), 1).replace("{text}", fields["source"], 1)
        data = {"facts": json.loads(fields["facts"])} if not self.finite else {}
        reference = fields[_target_field(self.source)]
        return Example(record.id, prompt, (reference,), record.group, data=data)


def _target_field(source: str) -> str:
    return "summary" if source == "aclsum" else "target"


def _load(source: str) -> Source:
    field = _target_field(source)
    corpus = load_source(source, fields=("source", field))
    for split in SPLITS:
        for record in corpus.records(split):
            if not has_tokens(record.fields[field]):
                raise MalformedData(
                    f"{source}: the {field} of record {record.id!r} has no letter a-z and no digit, and ROUGE "
                    f"counts nothing else: {record.fields[field]!r}. Leave the record out."
                )
    return corpus
