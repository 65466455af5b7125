"""The environment of `textgym/ChitChat-v0`."""

from typing import ClassVar

from textgym.envs.text_env import TextEnv
from textgym.tasks.chitchat import WORDS, ChitChatTask


class ChitChatEnv(TextEnv):
    """Say the next thing in a conversation between two people.

    ## Action space

    `UnicodeText(16384)`: the next utterance, without a speaker's label. Only its first `max_words` words
    count; the rest is cut off before scoring.

    ## Observation space

    `UnicodeText(65536)`. The first observation is `"Continue the conversation:\\n"` and one line for each
    utterance, which begins with `A: ` or `B: ` in turns, from A. The agent speaks as the one whose turn it is.
    The last observation is the empty string.

    ## Rewards

    Sentence chrF / 100 of the counted words against what was said next (by sacrebleu), in [0, 1]. On real
    conversations this is a weak measure, since one reference stands for all good replies: it is a stand-in
    for a learned reward, such as `EmbeddingSimilarity` with `LengthPenalty` and `EchoPenalty` beside it in a
    `WeightedSum` (`textgym.rewards`).

    ## Episode end

    Terminated after the agent's one message. Never truncated.

    ## Info

    At reset and after the step: `conversation` (all messages), `example` (with the reference) and
    `turn_ended` (True). At the end also `metrics`: `chrf` in [0, 100]; `rougeL`, `distinct` (share of
    different words) and `echo` (share of the reply's word trigrams that stand in the conversation) in [0, 1];
    `words` (length of the whole reply), and for generated conversations `fact_recall` (share of the asked facts
    that the counted words state).

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"` (small talk of invented people, who ask for what was said before), `"chitchat"`
            (real conversations), `"jsonl:PATH"` or `"hf:NAME"` with the fields `context` and `target`.
        split: `"train"`, `"validation"` or `"test"`.
        max_words: How many words of the reply count.
        difficulty: Of generated conversations, in [0, 1]: number of topics and variety of wording.
        render_mode: `"ansi"`, `"html"` or None.
    """

    family: ClassVar[str] = "ChitChat"

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        max_words: int = WORDS,
        difficulty: float = 0.5,
        render_mode: str | None = None,
    ) -> None:
        task = ChitChatTask(source, max_words=max_words)
        super().__init__(task, split=split, difficulty=difficulty, render_mode=render_mode)
