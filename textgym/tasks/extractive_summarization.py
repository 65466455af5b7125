"""Extractive summarization: pick sentences of a text under a word budget."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from textgym.data.base import Split
from textgym.errors import check_integer
from textgym.metrics.facts import fact_recall
from textgym.metrics.rouge import rouge_l, rouge_tokens
from textgym.metrics.rouge_counter import Ngram, RougeCounter, ngrams
from textgym.metrics.sentences import sentences
from textgym.metrics.text_rank import shared_words, text_rank
from textgym.metrics.words import count_words
from textgym.protocols import Example
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.tasks.summarization import SummarizationTask

#: What `vector` says of each sentence, in this order; all in [0, 1].
SENTENCE_FEATURES = (
    "present",
    "picked",
    "fits",
    "words",  # its share of the budget, at most 1
    "position",  # 0 for the first sentence, 1 for the last
    "rank",  # TextRank by that of the most central sentence
    "digits",  # share of its words that hold a digit
    "capitals",  # share of its words after the first that begin with a capital
    "repeats",  # largest share of its tokens that one picked sentence holds
)
#: What follows them.
GLOBAL_FEATURES = ("budget_used", "picked_share")


@dataclass(frozen=True, eq=False)
class Document:
    """A text cut into the sentences that can be picked, with what does not change during an episode.

    Args:
        example: Where it comes from.
        sentences: The first sentences of the text.
        budget: Most words of a summary.
    """

    example: Example
    sentences: tuple[str, ...]
    budget: int

    @cached_property
    def words(self) -> np.ndarray:
        """Words of each sentence, int (m,)."""
        return np.array([count_words(s) for s in self.sentences], np.int64)

    @cached_property
    def tokens(self) -> tuple[tuple[str, ...], ...]:
        """What ROUGE counts in each sentence."""
        return tuple(rouge_tokens(s) for s in self.sentences)

    @cached_property
    def fixed_features(self) -> np.ndarray:
        """`SENTENCE_FEATURES` of each sentence when nothing is picked; float32 (m, F)."""
        table = np.zeros((len(self.sentences), len(SENTENCE_FEATURES)), np.float32)
        if not len(table):
            return table
        ranks = text_rank(self.tokens)
        table[:, 0] = 1.0
        table[:, 3] = np.minimum(self.words / self.budget, 1.0)
        table[:, 4] = np.linspace(0.0, 1.0, len(table))
        table[:, 5] = ranks / ranks.max()
        words = [s.split() for s in self.sentences]
        table[:, 6] = [_share(w, _has_digit) for w in words]
        table[:, 7] = [_share([x[0] for x in w[1:]], str.isupper) for w in words]
        return table

    @cached_property
    def repeats(self) -> np.ndarray:
        """Share of the distinct tokens of sentence i that sentence j holds; float32 (m, m)."""
        shared = shared_words(self.tokens)
        return (shared / np.maximum(shared.diagonal(), 1.0)[:, None]).astype(np.float32)

    @cached_property
    def unigrams(self) -> tuple[Sequence[Ngram], ...]:
        """The tokens of each sentence, as n-grams."""
        return tuple(ngrams(tokens, 1) for tokens in self.tokens)


@dataclass(frozen=True, eq=False)
class Selection:
    """A state: the sentences picked so far.

    Args:
        document: The text.
        picked: Numbers of the picked sentences, ascending: the summary keeps the order of the text.
        words: Their words.
        counters: Of ROUGE-1 and ROUGE-2.
    """

    document: Document
    picked: tuple[int, ...]
    words: int
    counters: tuple[RougeCounter, RougeCounter]

    @cached_property
    def fitting(self) -> np.ndarray:
        """Which sentences are not picked and fit the rest of the budget: bool (m,), never written to."""
        fitting = self.document.words <= self.document.budget - self.words
        if self.picked:
            fitting[list(self.picked)] = False
        return fitting

    @property
    def summary(self) -> str:
        """The picked sentences as one text."""
        return " ".join(self.document.sentences[i] for i in self.picked)

    @cached_property
    def score(self) -> float:
        """Mean of ROUGE-1 and ROUGE-2 F of the summary, in [0, 1]."""
        return (self.counters[0].fmeasure + self.counters[1].fmeasure) / 2


class ExtractiveSummarizationTask(DecisionTask[Selection]):
    """Pick sentences until stopping or until no other sentence fits the budget.

    Action i < `max_sentences` picks sentence i, the last action stops. The reward of a pick is what it adds to
    the mean of ROUGE-1 and ROUGE-2 F of the summary, which can be negative; the return is that mean at the end.

    Metrics: `rouge1`, `rouge2`, `rougeL` in [0, 1], `words` and `sentences` of the summary, and for generated
    reports `fact_recall`, the share of key facts that the summary states.

    Args:
        source: As for `SummarizationTask`.
        max_words: The budget; None takes the source's default there.
        max_sentences: How many sentences of a text can be picked, counted from its beginning; at least 1.

    Raises:
        InvalidValue: If `max_sentences` is no integer or below 1.
    """

    def __init__(
        self, source: str = "generated", *, max_words: int | None = None, max_sentences: int = 16
    ) -> None:
        max_sentences = check_integer("max_sentences", max_sentences, least=1)
        self._texts = SummarizationTask(source, max_words=max_words)
        self.source, self.finite = self._texts.source, self._texts.finite
        self.max_words, self.max_sentences = self._texts.max_words, max_sentences
        self.actions = max_sentences + 1
        self.vector_size = max_sentences * len(SENTENCE_FEATURES) + len(GLOBAL_FEATURES)
        self.max_steps = max_sentences + 1

    @property
    def stop(self) -> int:
        """The action that ends the episode."""
        return self.max_sentences

    def examples(self, split: Split) -> Sequence[Example]:
        """Those of `SummarizationTask`."""
        return self._texts.examples(split)

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """As `SummarizationTask` does."""
        return self._texts.generate(rng, split, difficulty)

    def fingerprint(self) -> str:
        """That of `SummarizationTask`."""
        return self._texts.fingerprint()

    def start(self, example: Example) -> Selection:
        """Nothing picked."""
        # The first line of a prompt is the request, the others are the text.
        text = example.prompt.partition("\n")[2]
        document = Document(example, sentences(text)[: self.max_sentences], self.max_words)
        references = [rouge_tokens(reference) for reference in example.references]
        counters = (RougeCounter.empty(references, 1), RougeCounter.empty(references, 2))
        return Selection(document, (), 0, counters)

    def step(self, state: Selection, action: int) -> DecisionStep[Selection]:
        """Pick a sentence, or stop."""
        if action == self.stop:
            return DecisionStep(state, 0.0, True, _metrics(state))
        picked = _pick(state, action)
        over = not picked.fitting.any()
        metrics = _metrics(picked) if over else {}
        return DecisionStep(picked, picked.score - state.score, over, metrics)

    def mask(self, state: Selection) -> np.ndarray:
        """Sentences that are not picked and fit the rest of the budget, and stopping."""
        mask = np.zeros(self.actions, np.bool_)
        mask[: len(state.fitting)] = state.fitting
        mask[self.stop] = True
        return mask

    def features(self, state: Selection) -> str:
        """The request, the numbered sentences with a star at the picked ones, and the rest of the budget."""
        document = state.document
        request = document.example.prompt.partition("\n")[0]
        stars = ["*" if i in state.picked else "" for i in range(len(document.sentences))]
        lines = [
            f"{i + 1}{star}. {s}" for i, (s, star) in enumerate(zip(document.sentences, stars, strict=True))
        ]
        chosen = " ".join(str(i + 1) for i in state.picked) or "none"
        return "\n".join([request, *lines, f"Picked: {chosen}. Words left: {document.budget - state.words}."])

    def vector(self, state: Selection) -> np.ndarray:
        """`SENTENCE_FEATURES` of each of `max_sentences` sentences in turn, then `GLOBAL_FEATURES`."""
        document, picked = state.document, list(state.picked)
        vector = np.zeros(self.vector_size, np.float32)
        size, width = document.fixed_features.shape
        table = vector[: size * width].reshape(size, width)
        table[:] = document.fixed_features
        table[:, 2] = state.fitting
        if picked:
            table[picked, 1] = 1.0
            table[:, 8] = document.repeats[:, picked].max(1)
        vector[-2] = state.words / document.budget
        vector[-1] = len(picked) / self.max_sentences
        return vector

    def action_name(self, state: Selection, action: int) -> str:
        """`"3. <the sentence>"`, or `"stop"`."""
        return "stop" if action == self.stop else f"{action + 1}. {state.document.sentences[action]}"


def _pick(state: Selection, sentence: int) -> Selection:
    tokens = state.document.tokens
    before = [i for i in state.picked if i < sentence]
    after = [i for i in state.picked if i > sentence]
    # Only the bigrams where the sentence is put in change: those of its neighbours that have tokens.
    left = next((tokens[i][-1:] for i in reversed(before) if tokens[i]), ())
    right = next((tokens[i][:1] for i in after if tokens[i]), ())
    own = tokens[sentence]
    first, second = state.counters
    first = first.change(added=state.document.unigrams[sentence])
    second = second.change(added=ngrams((*left, *own, *right), 2), removed=ngrams((*left, *right), 2))
    words = state.words + int(state.document.words[sentence])
    return Selection(state.document, (*before, sentence, *after), words, (first, second))


def _metrics(state: Selection) -> Mapping[str, float]:
    example, summary = state.document.example, state.summary
    metrics = {
        "rouge1": state.counters[0].fmeasure,
        "rouge2": state.counters[1].fmeasure,
        "rougeL": rouge_l(summary, example.references),
        "words": float(state.words),
        "sentences": float(len(state.picked)),
    }
    if "facts" in example.data:
        metrics["fact_recall"] = fact_recall(summary, example.data["facts"])
    return metrics


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(map(str.isdigit, word))


def _share(words: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, words)) / len(words) if words else 0.0
