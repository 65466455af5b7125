"""Post-editing: revise a faulty translation until it is good enough."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from unicodedata import normalize

import numpy as np

from textgym.data.base import Split
from textgym.data.draft_errors import make_draft
from textgym.data.language_names import language_name
from textgym.metrics.chrf import sentence_chrf
from textgym.metrics.edit_rate import edit_rate
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Task, Turn
from textgym.tasks.translation import TranslationTask

MAX_TURNS = 5
TURN_COST = 0.02
"""What each agent message after the first takes off the reward."""
STOP = "STOP"
ESTIMATE_NOISE = 0.05
"""Standard deviation of the noise of a quality estimate, in units of chrF / 100."""
ESTIMATE_EDGES = (0.5, 0.7, 0.85, 0.95)
"""Noisy chrF / 100 from which an estimate is 2, 3, 4 and 5."""
_PROMPT = re.compile(r"Revise .*?\nSource: (.*)\nDraft: (.*?)\nEstimate: \d of 5", re.DOTALL)


@dataclass(frozen=True)
class Revision:
    """An agent message.

    Args:
        text: The new text, None where the old one stays.
        stop: Whether it hands the text in.
    """

    text: str | None
    stop: bool


class PostEditingTask(Task):
    """Revise a translation with errors of known kinds, see a noisy estimate of its quality, stop when satisfied.

    A message is the whole new text; a last line `STOP` hands it in, alone it hands in the text as it is. A message
    without text leaves the text. The reward comes at the end: the chrF / 100 of the last text or of the draft,
    whichever is better, less 0.02 for each message after the first. Texts are read, drafted and compared in Unicode's
    NFC.

    A quality estimate is 1 to 5: chrF / 100 of the text plus normal noise of standard deviation 0.05, against the
    thresholds 0.5, 0.7, 0.85 and 0.95. The noise depends on the example's seed and the text alone, so asking again
    tells nothing new. So an estimate says at most which of five ranges the text is probably in.

    Metrics: those of `TranslationTask`, of the last text; `draft_chrf`; `improvement`, chrF over the draft's, may be
    negative; `hter`, edits from the draft to the last text in % of its words; `turns`, agent messages.

    Args:
        source: As for `TranslationTask`.
        language: As for `TranslationTask`.
        identify_language: As for `TranslationTask`.

    Raises:
        UnknownName: If there is no such source or language, or it is to be identified and cannot be.
    """

    max_turns = MAX_TURNS

    def __init__(
        self, source: str = "generated", *, language: str | None = None, identify_language: bool = False
    ) -> None:
        self._sentences = TranslationTask(source, language=language, identify_language=identify_language)
        self.source, self.finite = self._sentences.source, self._sentences.finite
        self.language = self._sentences.language

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PostEditingTask) and self._sentences == other._sentences

    def __hash__(self) -> int:
        return hash((PostEditingTask, self._sentences))

    def examples(self, split: Split) -> Sequence[Example]:
        """Those of `TranslationTask`, each with a draft whose difficulty is drawn from its id."""
        return _examples(self, split)

    def build_examples(self, split: Split) -> tuple[Example, ...]:
        """What `examples` returns, made anew; equal tasks share one result."""
        made = []
        for example in self._sentences.examples(split):
            seed = int(sha256(example.id.encode()).hexdigest()[:12], 16)
            made.append(_with_draft(example, seed, float(np.random.default_rng([seed, 0]).random())))
        return tuple(made)

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A sentence of `TranslationTask` with a draft; `difficulty` is that of both, or where sentences have none, that of
        the draft is drawn.
        """
        example = self._sentences.generate(rng, split, difficulty)
        if not self._sentences.generated:
            difficulty = float(rng.random())
        return _with_draft(example, int(rng.integers(2**48)), difficulty)

    def fingerprint(self) -> str:
        """Changes when sentences or drafts change."""
        rows = [self._sentences.fingerprint()]
        rng = np.random.default_rng(0)
        if self.finite:
            rows += [example.prompt for example in self.examples("test")]
        else:
            rows += [self.generate(rng, "test", d).prompt for d in np.linspace(0, 1, 20)]
        return sha256("\n".join(rows).encode()).hexdigest()[:16]

    def corpus_scores(
        self, examples: Sequence[Example], replies: Sequence[Sequence[str]]
    ) -> Mapping[str, float]:
        """Corpus BLEU and chrF of the last texts."""
        texts = [[_last_text(r, e.data["draft"])] for e, r in zip(examples, replies, strict=True)]
        return self._sentences.corpus_scores(examples, texts)

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> list[Turn]:
        """Estimate the newest text, or score it where the episode ends."""
        return [self._judge(example, conversation) for example, conversation in batch]

    def _judge(self, example: Example, conversation: Conversation) -> Turn:
        draft = normalize("NFC", example.data["draft"])
        said = [m["content"] for m in conversation if m["role"] == "assistant"]
        if not said:
            raise ValueError("the conversation holds no assistant message; judge answers the newest one")
        text, left = _last_text(said, draft), MAX_TURNS - len(said)
        if not read_revision(said[-1], draft).stop and left > 0:
            estimate = estimate_quality(example, text)
            return Turn(f"Estimate: {estimate} of 5\nMessages left: {left}", 0.0, False)
        quality, metrics = self._sentences.score(example, text)
        before = sentence_chrf(draft, _normal(example.references))
        metrics |= {
            "draft_chrf": before,
            "improvement": metrics["chrf"] - before,
            "hter": edit_rate(draft, text),
            "turns": float(len(said)),
        }
        reward = max(quality, before / 100) - TURN_COST * (len(said) - 1)
        return Turn(None, min(max(reward, 0.0), 1.0), True, metrics)


def read_revision(message: str, draft: str) -> Revision:
    """What a message says, in NFC. Of its text only the first 4 x (characters of the draft) + 200 are read."""
    draft, message = normalize("NFC", draft), normalize("NFC", message)
    before, _, last = message.rstrip().rpartition("\n")
    stop = last.strip() == STOP
    text = (before if stop else message)[: 4 * len(draft) + 200].strip()
    return Revision(text or None, stop)


def read_prompt(prompt: str) -> tuple[str, str] | None:
    """Source and draft of the first message, as agents see it; None for another prompt."""
    found = _PROMPT.fullmatch(prompt)
    return None if found is None else (found[1], found[2])


def estimate_quality(example: Example, text: str) -> int:
    """The noisy estimate of a text, 1 to 5; a function of the example's seed and references and of the text."""
    words = normalize("NFC", " ".join(text.split()))
    digest = int(sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16], 16)
    noise = np.random.default_rng([example.seed, digest]).normal(0.0, ESTIMATE_NOISE)
    noisy = sentence_chrf(words, _normal(example.references)) / 100 + noise
    return 1 + int(np.searchsorted(ESTIMATE_EDGES, noisy, side="right"))


def _last_text(messages: Sequence[str], draft: str) -> str:
    texts = (read_revision(message, draft).text for message in reversed(messages))
    return next((text for text in texts if text is not None), draft)


def _normal(texts: Sequence[str]) -> list[str]:
    return [normalize("NFC", text) for text in texts]


def _with_draft(example: Example, seed: int, difficulty: float) -> Example:
    language = example.data["language"]
    rng = np.random.default_rng([seed, 1])
    references = _normal(example.references)
    draft, kinds = make_draft(references[0], rng, language=language, difficulty=difficulty)
    if draft in references:  # another reference: its words in another order
        draft, kinds = f"{draft} {draft.split()[-1]}", (*kinds, "repeated")
    data = {**example.data, "draft": draft, "errors": kinds}
    example = replace(example, seed=seed, data=data)
    prompt = (
        f"Revise the {language_name(language)} translation. Answer with the whole revision; a last line {STOP} hands "
        f"it in.\nSource: {example.data['source']}\nDraft: {draft}\nEstimate: {estimate_quality(example, draft)} of 5"
    )
    return replace(example, prompt=prompt)


@lru_cache(maxsize=32)
def _examples(task: PostEditingTask, split: Split) -> tuple[Example, ...]:
    return task.build_examples(split)
