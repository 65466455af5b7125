"""The environment of `textgym/QueryFocusedSummarization-v0`."""

from typing import ClassVar

from textgym.envs.text_env import TextEnv
from textgym.tasks.query_focused_summarization import QueryFocusedSummarizationTask


class QueryFocusedSummarizationEnv(TextEnv):
    """Summarize what a text says to a query, in one message of limited length.

    ## Action space

    `UnicodeText(16384)`: the answer. Only its first `max_words` words count; the rest is cut off before scoring.

    ## Observation space

    `UnicodeText(65536)`. The first observation is the query and the text:
    `"Answer the query in at most {n} words: {query}\\n{text}"`. Generated queries are one to three questions about the
    event that the text reports; those of `aclsum` are `"What is the {aspect}?"` for the aspects challenge, approach
    and outcome. The last observation is the empty string.

    ## Rewards

    The mean of the F-measures of ROUGE-1, ROUGE-2 and ROUGE-L of the counted words against the reference (by
    rouge-score, with stemming), in [0, 1].

    ## Episode end

    Terminated after the agent's one message. Never truncated.

    ## Info

    At reset and after the step: `conversation` (all messages), `example` (with the reference) and
    `turn_ended` (True). At the end also `metrics`: `rouge1`, `rouge2`, `rougeL` in [0, 1], `chrf` in [0, 100], `words`
    (length of the whole reply), and for generated reports `fact_recall` (share of the asked facts that the counted
    words state), `unasked_facts` (the same of the report's other key facts) and `hallucination` (share of names,
    numbers and the report's nouns among the counted words that are not in the report; 0 when there are none).

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"` (event reports with questions), `"aclsum"` (scientific papers), `"jsonl:PATH"` or
            `"hf:NAME"` with the fields `source`, `query` and `target`.
        split: `"train"`, `"validation"` or `"test"`.
        max_words: How many words count; None takes 30 for generated and aclsum, else 60.
        difficulty: Of generated reports, in [0, 1]: number of questions and of background sentences, variety of
            wording and order.
        render_mode: `"ansi"`, `"html"` or None.
    """

    family: ClassVar[str] = "QueryFocusedSummarization"

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        max_words: int | None = None,
        difficulty: float = 0.5,
        render_mode: str | None = None,
    ) -> None:
        task = QueryFocusedSummarizationTask(source, max_words=max_words)
        super().__init__(task, split=split, difficulty=difficulty, render_mode=render_mode)
