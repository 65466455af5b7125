"""The environment of `textgym/ExtractiveSummarization-v0`."""

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.observers import DecisionSettings
from textgym.tasks.extractive_summarization import ExtractiveSummarizationTask


class ExtractiveSummarizationEnv(DecisionEnv):
    """Pick the sentences of a text that make the best summary within a budget of words.

    ## Action space

    `Discrete(max_sentences + 1)`: action i picks sentence i of the text (from 0), the last action stops.
    `action_masks()` says which are legal: sentences that are not picked and fit the rest of the budget, and
    stopping. An illegal action a is played as the (a mod k)-th of the k legal ones.

    ## Observation space

    `observation="vector"`: `Box(-1, 1, (9 max_sentences + 2,), float32)`, all in [0, 1]. Nine numbers for each
    sentence: present, picked, fits, words by the budget, position, TextRank by the largest, share of words with a
    digit, share of capitalised words, largest share of its tokens that a picked sentence holds; then the used
    share of the budget and the number of picks by `max_sentences`.

    `observation="tokens"`: `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`, the ids of a prompt with the
    request, the numbered sentences (a star marks the picked ones), and the words left.

    ## Rewards

    What a pick adds to the mean of the F-measures of ROUGE-1 and ROUGE-2 of the summary against the reference (by
    rouge-score, with stemming); it can be negative. Stopping gives 0. The undiscounted return is that mean for
    the final summary, in [0, 1]. The summary keeps the order of the text.

    ## Episode end

    Terminated by stopping, or when no other sentence fits. Truncated only when a state, shown as tokens, takes
    more than L.

    ## Info

    At reset and at the end `example` (with the reference). At the end also `metrics`: `rouge1`, `rouge2`, `rougeL`
    in [0, 1], `words` and `sentences` of the summary, `illegal_actions`, and for generated reports `fact_recall`
    (share of the key facts that the summary states). Otherwise empty.

    ## Version history

    - v0: first version.

    Args:
        source: As for `textgym/Summarization-v0`: `"generated"`, `"aclsum"`, `"stdlib"` (lines of code as
            sentences), `"jsonl:PATH"` or `"hf:NAME"`.
        split: `"train"`, `"validation"` or `"test"`.
        max_words: The budget; None takes 30 for generated and aclsum, 20 for stdlib, else 60.
        max_sentences: Sentences beyond so many cannot be picked; 16 hold every generated report, papers need more.
        difficulty: Of generated reports, in [0, 1], see `textgym/Summarization-v0`.
        observation: `"vector"` or `"tokens"`.
        tokenizer: Of tokens, such as `"tiny"`.
        context_length: Length L, in tokens.
        render_mode: `"ansi"`, `"html"` or None.
    """

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        max_words: int | None = None,
        max_sentences: int = 16,
        difficulty: float = 0.5,
        observation: str = "vector",
        tokenizer: str = "tiny",
        context_length: int = 512,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            ExtractiveSummarizationTask(source, max_words=max_words, max_sentences=max_sentences),
            split=split,
            difficulty=difficulty,
            settings=DecisionSettings(observation, tokenizer=tokenizer, context_length=context_length),
            render_mode=render_mode,
        )
