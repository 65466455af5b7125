"""Query-focused summarization: answer a query from a text in few words."""

import json

from textgym.data.base import Record
from textgym.data.event_questions import EventQuestions
from textgym.errors import check_integer, check_text
from textgym.metrics.facts import fact_recall
from textgym.metrics.rouge import has_tokens
from textgym.metrics.words import first_words
from textgym.protocols import Example
from textgym.tasks.single_turn import SingleTurnTask
from textgym.tasks.summarization import OTHER_WORDS, WORDS, score_summary

PROMPT = "Answer the query in at most {n} words: {query}\n{text}"
#: The query of a record that names an aspect of a paper.
ASPECT_QUERY = "What is the {aspect}?"


class QueryFocusedSummarizationTask(SingleTurnTask):
    """Summarize what a text says to a query, in one message.

    Only the first `max_words` words of the reply count: the rest is cut off before scoring. The reward is that of
    `SummarizationTask`: the mean of the F-measures of ROUGE-1, ROUGE-2 and ROUGE-L against the reference, in [0, 1].

    Metrics: those of `SummarizationTask`; for generated reports `fact_recall` is the share of the asked facts that
    the counted words state, `unasked_facts` that of the report's other key facts, and `hallucination` the share of
    facts among the counted words that are not in the report.

    Args:
        source: `"generated"` (event reports with questions about some of their key facts), `"aclsum"` (papers; the
            query asks for the challenge, the approach or the outcome), `"jsonl:PATH"` or `"hf:NAME"` with the
            fields `source`, `query` and `target`.
        max_words: How many words of the reply count, at least 1; None takes 30 for generated and aclsum, else 60.

    Raises:
        InvalidValue: If `max_words` is no integer of at least 1.
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, a query is empty, or a reference has no token that ROUGE can
            count.
    """

    def __init__(self, source: str = "generated", *, max_words: int | None = None) -> None:
        check_text("source", source)
        if max_words is None:
            max_words = WORDS.get(source, OTHER_WORDS)
        self.max_words = check_integer("max_words", max_words, least=1)
        self._query, self._target = ("aspect", "summary") if source == "aclsum" else ("query", "target")
        super().__init__(source, generators=(EventQuestions(),), fields=("source", self._query, self._target))
        self._check_records()

    def check(self, record: Record) -> None:
        """A record needs a query, and a target that ROUGE can count."""
        self._require(record, self._query, lambda text: bool(text.strip()), what="a query")
        self._require(
            record, self._target, has_tokens, what="a letter a-z or a digit, since ROUGE counts nothing else"
        )

    def example(self, record: Record) -> Example:
        """Prompt and reference of a record; `data` of a generated one holds the `facts` asked for and `unasked`."""
        fields = record.fields
        query = " ".join(fields[self._query].split())
        if self._query == "aspect":
            query = ASPECT_QUERY.replace("{aspect}", query)
        prompt = PROMPT.format(n=self.max_words, query=query, text=fields["source"])
        data = {name: json.loads(fields[name]) for name in ("facts", "unasked")} if self.generated else {}
        return Example(record.id, prompt, (fields[self._target],), record.group, data=data)

    def score(self, example: Example, reply: str) -> tuple[float, dict[str, float]]:
        """Mean ROUGE of the counted words, and the metrics."""
        reward, metrics = score_summary(example, reply, self.max_words)
        if "unasked" in example.data:
            counted = first_words(reply, self.max_words)
            metrics["unasked_facts"] = fact_recall(counted, example.data["unasked"])
        return reward, metrics
