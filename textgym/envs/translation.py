"""The environment of `textgym/Translation-v0`."""

from typing import ClassVar

from textgym.envs.text_env import TextEnv
from textgym.tasks.translation import TranslationTask


class TranslationEnv(TextEnv):
    """Translate an English sentence in one message.

    ## Action space

    `UnicodeText(16384)`: the translation. Space around it is ignored.

    ## Observation space

    `UnicodeText(65536)`. The first observation is `"Translate into {language}:\\n{source}"`, such as
    `"Translate into German:\\nThe dog sleeps."`. The last observation is the empty string.

    ## Rewards

    Sentence chrF / 100 against the best reference (by sacrebleu, with its defaults), in [0, 1], both sides
    in Unicode's NFC. chrF does not
    count spaces: a reply that only leaves them out earns as much, which the metrics `bleu` and `exact` show.

    ## Episode end

    Terminated after the agent's one message. Never truncated.

    ## Info

    At reset and after the step: `conversation` (all messages), `example` (with the references) and
    `turn_ended` (True). At the end also `metrics`: `chrf` and `bleu` in [0, 100], `exact` (0 or 1),
    `placeholders` (share of placeholders such as `%(name)s` and `{0:.2f}` kept, invented ones counted as lost, in
    [0, 1]), `markup` (the same of tags and entities such as `<b>` and `&amp;`) and `length_ratio` (characters of the
    reply by those of the first reference); if asked for, `language` (probability in [0, 1] that the reply is in the
    target language).

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"` (a synchronous grammar), `"django:LANG"` (user-interface sentences translated by
            people, such as `"django:de"`), `"jsonl:PATH"` or `"hf:NAME"` with the fields `source` and `target`.
        split: `"train"`, `"validation"` or `"test"`.
        language: Target language: for generated sentences `"de"` (default), `"es"` or `"fr"`; for `jsonl:` and
            `hf:` a code or English name, or None where the records have a field `language`.
        identify_language: Whether to report the metric `language`; needs the extra `langid`.
        difficulty: Of generated sentences, in [0, 1]: from short statements to subordinate clauses.
        render_mode: `"ansi"`, `"html"` or None.
    """

    family: ClassVar[str] = "Translation"

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        language: str | None = None,
        identify_language: bool = False,
        difficulty: float = 0.5,
        render_mode: str | None = None,
    ) -> None:
        task = TranslationTask(source, language=language, identify_language=identify_language)
        super().__init__(task, split=split, difficulty=difficulty, render_mode=render_mode)
