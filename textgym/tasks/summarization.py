"""Summarization: state the gist of a text in few words."""

import json

from textgym.data.base import Record
from textgym.data.event_reports import CHOICE_WORDS, EventReports
from textgym.errors import check_integer, check_text
from textgym.metrics.chrf import sentence_chrf
from textgym.metrics.facts import fact_recall, hallucination
from textgym.metrics.rouge import has_tokens, rouge
from textgym.metrics.words import count_words, first_words
from textgym.protocols import Example
from textgym.tasks.single_turn import SingleTurnTask

PROMPT = "Summarize in at most {n} words:\n{text}"
ASPECT_PROMPT = "Summarize the {aspect} in at most {n} words:\n{text}"
DOCSTRING_PROMPT = "Write the first line of the docstring:\n{text}"
#: Default length limits in words, by source; they leave room for every reference of these sources.
WORDS = {"generated": 30, "aclsum": 30, "stdlib": 20}
#: Default length limit for other sources.
OTHER_WORDS = 60


class SummarizationTask(SingleTurnTask):
    """Summarize a text in one message.

    Only the first `max_words` words of the reply count: the rest is cut off before scoring. The reward is
    the mean of the F-measures of ROUGE-1, ROUGE-2 and ROUGE-L against the reference, with stemming, in
    [0, 1].

    Metrics: `rouge1`, `rouge2`, `rougeL` in [0, 1]; `chrf` in [0, 100], which is not part of the reward; `words`,
    the length of the whole reply in words; and for
    generated reports `fact_recall`, the share of key facts that the counted words state, and `hallucination`, the
    share of facts among the counted words that are not in the report.

    Args:
        source: `"generated"` (event reports with known key facts), `"aclsum"` (papers, one aspect each),
            `"stdlib"` (a Python function and the first line of its docstring), `"jsonl:PATH"` or `"hf:NAME"`
            with the fields `source` and `target`, and optionally `aspect` (what the summary is to be about).
        max_words: How many words of the reply count, at least 1; None takes the source's default (`WORDS`).

    Raises:
        InvalidValue: If `max_words` is no integer of at least 1.
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, or a reference has no token that ROUGE can count.
    """

    def __init__(self, source: str = "generated", *, max_words: int | None = None) -> None:
        check_text("source", source)
        if max_words is None:
            max_words = WORDS.get(source, OTHER_WORDS)
        self.max_words = check_integer("max_words", max_words, least=1)
        self._target = "summary" if source == "aclsum" else "target"
        super().__init__(source, generators=(EventReports(),), fields=("source", self._target))
        self._check_records()

    def check(self, record: Record) -> None:
        """A record needs a reference that ROUGE can count."""
        what = "a letter a-z or a digit, since ROUGE counts nothing else"
        self._require(record, self._target, has_tokens, what=what)

    def example(self, record: Record) -> Example:
        """Prompt and reference of a record; `data["facts"]` holds the key facts of a generated one."""
        fields = record.fields
        template = DOCSTRING_PROMPT if self.source == "stdlib" else PROMPT
        if "aspect" in fields:
            template = ASPECT_PROMPT.replace("{aspect}", fields["aspect"])
        prompt = template.replace("{n}", str(self.max_words)).replace("{text}", fields["source"])
        data = {"facts": json.loads(fields["facts"])} if self.generated else {}
        return Example(record.id, prompt, (fields[self._target],), record.group, data=data)

    def score(self, example: Example, reply: str) -> tuple[float, dict[str, float]]:
        """Mean ROUGE of the counted words, and the metrics."""
        return score_summary(example, reply, self.max_words)


def score_summary(example: Example, reply: str, max_words: int) -> tuple[float, dict[str, float]]:
    """Mean ROUGE of the first words of a reply, and the metrics of `SummarizationTask`.

    Args:
        example: With a prompt of one line and the text, the references, and in `data["facts"]` key facts of a
            generated text.
        reply: The summary.
        max_words: How many of its words count.
    """
    counted = first_words(reply, max_words)
    scores = rouge(counted, example.references)
    metrics = {
        "rouge1": scores.rouge1,
        "rouge2": scores.rouge2,
        "rougeL": scores.rougeL,
        "chrf": sentence_chrf(counted, example.references),
        "words": float(count_words(reply)),
    }
    if "facts" in example.data:
        metrics["fact_recall"] = fact_recall(counted, example.data["facts"])
        text = example.prompt.partition("\n")[2]
        metrics["hallucination"] = hallucination(counted, text, nouns=CHOICE_WORDS)
    return scores.mean, metrics
