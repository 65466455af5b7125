"""Chit-chat: say the next thing in a conversation between two people."""

import json

from textgym.data.base import Record
from textgym.data.small_talk import SmallTalk
from textgym.errors import check_integer
from textgym.metrics.chrf import sentence_chrf
from textgym.metrics.facts import fact_recall
from textgym.metrics.ngrams import echo_share
from textgym.metrics.rouge import rouge
from textgym.metrics.words import count_words, distinct_share, first_words
from textgym.protocols import Example
from textgym.tasks.single_turn import SingleTurnTask

PROMPT = "Continue the conversation:\n{context}"
#: How many words of a reply count by default; every reference of `chitchat` is shorter.
WORDS = 60


class ChitChatTask(SingleTurnTask):
    """Continue a conversation by one utterance, without a speaker's label.

    Only the first `max_words` words of the reply count: the rest is cut off before scoring. The reward is
    chrF / 100 against what the person (or the generator) said next, in [0, 1]. This is a stand-in until a
    learned reward takes its place: most good replies share little with the one reference, so that a low
    reward does not mean a bad reply on real conversations. Generated small talk asks for what was said
    before, and there the reference is close to the only good reply. For
    learned rewards on real conversations there are `textgym.rewards.LengthPenalty`, `EchoPenalty` and
    `RepetitionPenalty`, to be put beside them in a `WeightedSum`; what generated small talk asks for is often said
    before in a few words, so count an echo there from longer runs on, as `EchoPenalty(8)` does.

    Metrics: `chrf` in [0, 100]; `rougeL`, `distinct` (share of different words) and `echo` (share of the
    reply's word trigrams that stand in the conversation) in [0, 1]; `words`, the length of the whole reply; and
    for generated conversations `fact_recall`, the share of the asked facts that the counted words state.

    Args:
        source: `"generated"` (small talk of invented people), `"chitchat"` (real conversations),
            `"jsonl:PATH"` or `"hf:NAME"` with the fields `context` and `target`.
        max_words: How many words of the reply count, at least 1.

    Raises:
        InvalidValue: If `max_words` is no integer of at least 1.
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, or a target is empty.
    """

    def __init__(self, source: str = "generated", *, max_words: int = WORDS) -> None:
        self.max_words = check_integer("max_words", max_words, least=1)
        super().__init__(source, generators=(SmallTalk(),), fields=("context", "target"))
        self._check_records()

    def check(self, record: Record) -> None:
        """A record needs an utterance to come next."""
        self._require(record, "target", lambda text: bool(text.strip()), what="an utterance")

    def example(self, record: Record) -> Example:
        """Prompt and next utterance of a record; `data["facts"]` holds what a generated one asks for."""
        prompt = PROMPT.replace("{context}", record.fields["context"])
        data = {"facts": json.loads(record.fields["facts"])} if self.generated else {}
        return Example(record.id, prompt, (record.fields["target"],), record.group, data=data)

    def score(self, example: Example, reply: str) -> tuple[float, dict[str, float]]:
        """chrF / 100 of the counted words, and the metrics."""
        counted = first_words(reply, self.max_words)
        chrf = sentence_chrf(counted, example.references)
        metrics = {
            "chrf": chrf,
            "rougeL": rouge(counted, example.references).rougeL,
            "distinct": distinct_share(reply),
            "echo": echo_share(reply, example.prompt),
            "words": float(count_words(reply)),
        }
        if "facts" in example.data:
            metrics["fact_recall"] = fact_recall(counted, example.data["facts"])
        return chrf / 100, metrics
