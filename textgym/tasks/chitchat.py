"""Chit-chat: say the next thing in a conversation between two people."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textgym.data.base import SPLITS, Record, Split, draw_from_split, fingerprint
from textgym.data.small_talk import SmallTalk
from textgym.data.sources import load_source
from textgym.metrics.chrf import sentence_chrf
from textgym.metrics.facts import fact_recall
from textgym.metrics.rouge import rouge
from textgym.metrics.words import distinct_share, first_words
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn

PROMPT = "Continue the conversation:\n{context}"
#: How many words of a reply count by default; the references of `chitchat` have at most 200 characters.
WORDS = 60
#: Fixed draws that stand for a generator in the fingerprint.
_FINGERPRINT_DRAWS = 60


class ChitChatTask(Task):
    """Continue a conversation by one utterance, without a speaker's label.

    Only the first `max_words` words of the reply count: the rest is cut off before scoring. The reward is
    chrF / 100 against what the person (or the generator) said next, in [0, 1]. This is a stand-in until a
    learned reward takes its place: most good replies share little with the one reference, so that a low
    reward does not mean a bad reply on real conversations. Generated small talk asks for what was said
    before, and there the reference is close to the only good reply.

    Metrics: `chrf` in [0, 100]; `rougeL` and `distinct` (share of different words) in [0, 1]; `words`, the
    length of the whole reply; and for generated conversations `fact_recall`, the share of the asked facts
    that the counted words state.

    Args:
        source: `"generated"` (small talk of invented people), `"chitchat"` (real conversations),
            `"jsonl:PATH"` or `"hf:NAME"` with the fields `context` and `target`.
        max_words: How many words of the reply count, at least 1.

    Raises:
        ValueError: If `max_words` is below 1.
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field.
    """

    def __init__(self, source: str = "generated", *, max_words: int = WORDS) -> None:
        if max_words < 1:
            raise ValueError(f"max_words must be at least 1, got {max_words}")
        self.source = source
        self.finite = source != "generated"
        self.max_words = max_words
        self._generator = SmallTalk()
        self._corpus = load_source(source, fields=("context", "target")) if self.finite else None
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
        """A new conversation of small talk."""
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
        chrf = sentence_chrf(counted, example.references)
        metrics = {
            "chrf": chrf,
            "rougeL": rouge(counted, example.references).rougeL,
            "distinct": distinct_share(reply),
            "words": float(len(reply.split())),
        }
        if "facts" in example.data:
            metrics["fact_recall"] = fact_recall(counted, example.data["facts"])
        return Turn(reply=None, reward=chrf / 100, terminated=True, metrics=metrics)

    def _example(self, record: Record) -> Example:
        prompt = PROMPT.replace("{context}", record.fields["context"], 1)
        data = {} if self.finite else {"facts": json.loads(record.fields["facts"])}
        return Example(record.id, prompt, (record.fields["target"],), record.group, data=data)
