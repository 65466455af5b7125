"""The environment of `textgym/PostEditing-v0`."""

from typing import ClassVar

from textgym.envs.text_env import TextEnv
from textgym.tasks.post_editing import PostEditingTask


class PostEditingEnv(TextEnv):
    """Revise a faulty translation over several messages, guided by a noisy estimate of its quality.

        Revise the German translation. Answer with the whole revision; a last line STOP hands it in.
        Source: The dog sleeps today.
        Draft: Das Hund Hund schläft heute.
        Estimate: 3 of 5
        > Das Hund schläft heute.
        Estimate: 4 of 5
        Messages left: 4
        > Der Hund schläft heute.
        > STOP

    The draft is a reference with errors drawn from the episode's seed: words repeated, swapped or dropped, a
    placeholder lost, determiners and auxiliaries in the wrong form, nouns and adjectives that mean something else.

    ## Action space

    `UnicodeText(16384)`: the whole new text. A last line `STOP` hands it in; `STOP` alone hands in the text as it
    is. A message without text leaves the text. Of the text only the first 4 x (characters of the draft) + 200
    characters are read.

    ## Observation space

    `UnicodeText(65536)`: first the request with source, draft and estimate, then `"Estimate: N of 5"` and the
    messages left; the empty string at the end. An estimate is made of the chrF / 100 of the text plus normal noise
    of standard deviation 0.05, against the thresholds 0.5, 0.7, 0.85 and 0.95. The noise depends on the
    episode's seed and the text, so that asking again with the same text tells nothing new; no word of the
    reference is ever shown.

    ## Rewards

    0 until the end, then chrF / 100 of the last text or of the draft, whichever is better, less 0.02 for each
    message after the first; at least 0. A draft that is left alone earns its own chrF / 100, the reference in one
    message 1.

    ## Episode end

    Terminated by `STOP`, or by the fifth message. Never truncated.

    ## Info

    At reset and after each step: `conversation`, `example` (with the references, and in its `data` the `draft` and
    the kinds of its `errors`) and `turn_ended` (True). At the end also `metrics`: of the last text those of
    `textgym/Translation-v0`; `draft_chrf`; `improvement` (chrf less draft_chrf);
    `hter` (edits from the draft to the last text in % of its words, by sacrebleu's TER); `turns`.

    ## Version history

    - v0: first version.

    Args:
        source: As for `textgym/Translation-v0`. Wrong forms and wrong words are made in German, French and Spanish.
        split: `"train"`, `"validation"` or `"test"`.
        language: As for `textgym/Translation-v0`.
        identify_language: As for `textgym/Translation-v0`.
        difficulty: Of generated sentences and their drafts, in [0, 1]: from one error that the draft itself shows
            to several of all kinds, in a long one at up to one in three words. Drafts of other sources each have their own, drawn evenly from [0, 1].
        render_mode: `"ansi"`, `"html"` or None.
    """

    family: ClassVar[str] = "PostEditing"

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
        task = PostEditingTask(source, language=language, identify_language=identify_language)
        super().__init__(task, split=split, difficulty=difficulty, render_mode=render_mode)
