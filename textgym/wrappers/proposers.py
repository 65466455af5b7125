"""Where the candidates of the choice view come from."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from textgym.envs.text_env import TextEnv
from textgym.errors import InvalidValue, UnknownName
from textgym.protocols import Conversation, Example, Proposer
from textgym.tasks.base import Task
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.dialogue.templates import template_replies
from textgym.tasks.draft_fixes import candidate_revisions
from textgym.tasks.post_editing import PostEditingTask
from textgym.wrappers.adaptation import Source, adapt, common_words
from textgym.wrappers.code_proposers import edits, one_liners
from textgym.wrappers.mending import Mending

# Generated tasks have no training corpus: so many drawn training examples are searched, and counted in for mending.
_DRAWN, _COUNTED = 2000, 8000
# Adapted answers are often the same; at most this many for each candidate asked for are made.
_MADE = 5
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Retrieval:
    """References of the training examples whose prompts are nearest by TF-IDF of character 2- to 4-grams.

    Only examples with the prompt's own instruction (its first line) count, and none of the prompt's own group,
    so that training prompts find no better candidates than held-out ones do.

    Args:
        examples: Training examples; those without references are left out.
        key: The part of a prompt that is compared; by default all of it.

    Raises:
        ValueError: If no example has a reference.
    """

    def __init__(self, examples: Sequence[Example], *, key: Callable[[str], str] = str) -> None:
        self.examples = [e for e in examples if e.references]
        if not self.examples:
            raise InvalidValue(
                "retrieval needs training examples with references and this task has none; choose another proposer, "
                "such as 'dialogue' or 'code'"
            )
        self._group_of = {e.prompt: e.group for e in self.examples}
        self._instructions = np.array([_instruction(e.prompt) for e in self.examples])
        self._key = key
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        self._matrix = self._vectorizer.fit_transform([key(e.prompt) for e in self.examples]).T.tocsr()
        self._nearest = lru_cache(maxsize=16_384)(self._search)

    def __call__(
        self, conversations: Sequence[Conversation], k: int, seeds: Sequence[int]
    ) -> list[list[str]]:
        """The `k` nearest distinct references, nearest first."""
        return [list(self._nearest(c[0]["content"], k)) for c in conversations]

    def nearest(self, prompt: str) -> Iterator[tuple[Example, float]]:
        """The training examples that count for a prompt, nearest first, each with its likeness in [0, 1].

        If none has the prompt's instruction it is one that has not, with likeness -1.

        Raises:
            ValueError: If all are of the prompt's own group.
        """
        scores = np.asarray(
            (self._vectorizer.transform([self._key(prompt)]) @ self._matrix).todense()
        ).ravel()
        scores[self._instructions != _instruction(prompt)] = -1.0
        own_group = self._group_of.get(prompt)
        others = (i for i in np.argsort(-scores, kind="stable") if self.examples[i].group != own_group)
        first = next(others, None)
        if first is None:
            raise InvalidValue(
                "all training examples are of the prompt's own group; retrieval needs others too"
            )
        yield self.examples[first], float(scores[first])
        for i in others:
            if scores[i] < 0:
                return
            yield self.examples[i], float(scores[i])

    def _search(self, prompt: str, k: int) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for example, _ in self.nearest(prompt):
            found.setdefault(example.references[0])
            if len(found) == k:
                break
        return tuple(found)


class Adapted:
    """References that retrieval finds, made over for the prompt's own text by analogy; see `adapt`.

    The text of a prompt is what stands under its instruction line. Words of more than half of the training texts are
    left as they are.

    Args:
        retrieval: Finds the references.
    """

    def __init__(self, retrieval: Retrieval) -> None:
        self._retrieval = retrieval
        self._common = common_words([_text(example.prompt) for example in retrieval.examples])
        self._made = lru_cache(maxsize=16_384)(self._make)

    def __call__(
        self, conversations: Sequence[Conversation], k: int, seeds: Sequence[int]
    ) -> list[list[str]]:
        """Up to `k` distinct adapted references of the nearest examples, the most promising first.

        What an answer promises is the likeness of its example times 1 + the sureness of its adaptation.
        """
        return [list(self._made(c[0]["content"], k)) for c in conversations]

    def _make(self, prompt: str, k: int) -> tuple[str, ...]:
        here = Source(_text(prompt))
        promise: dict[str, float] = {}
        for example, likeness in islice(self._retrieval.nearest(prompt), _MADE * k):
            made = adapt(example.references[0], Source(_text(example.prompt)), here, common=self._common)
            promised = likeness * (1 + made.sureness)
            promise[made.text] = max(promised, promise.get(made.text, promised))
            if len(promise) == k:
                break
        return tuple(sorted(promise, key=promise.__getitem__, reverse=True))


def lead(conversations: Sequence[Conversation], k: int, seeds: Sequence[int]) -> list[list[str]]:
    """The first 1, 2, ... sentences of the text under the instruction line, then single later sentences."""
    return [_leads(_body(c), k) for c in conversations]


def copy(conversations: Sequence[Conversation], k: int, seeds: Sequence[int]) -> list[list[str]]:
    """The text under the instruction line itself."""
    return [[_body(c)] for c in conversations]


def dialogue(
    conversations: Sequence[Conversation], k: int, seeds: Sequence[int], *, domain: Domain | None = None
) -> list[list[str]]:
    """Templates of the goal-oriented dialogue, filled from the messages."""
    return [template_replies(c, domain)[:k] for c in conversations]


def revisions(conversations: Sequence[Conversation], k: int, seeds: Sequence[int]) -> list[list[str]]:
    """Simple fixes of the text of a post-editing conversation, and handing it in."""
    return [candidate_revisions(c, k, seed) for c, seed in zip(conversations, seeds, strict=True)]


class Joined:
    """Two proposers: the first one's candidates, then the second's.

    Args:
        first: Fills what the second leaves free.
        second: Gives at least `share` of the candidates.
        share: In (0, 1); at least one candidate.
    """

    def __init__(self, first: Proposer, second: Proposer, share: float) -> None:
        self._first, self._second, self._share = first, second, share

    def __call__(
        self, conversations: Sequence[Conversation], k: int, seeds: Sequence[int]
    ) -> list[list[str]]:
        """The first proposer's candidates, then the second's, distinct."""
        extra = max(1, round(k * self._share))
        firsts = self._first(conversations, k - extra, seeds)
        seconds = self._second(conversations, k, seeds)
        return [list(dict.fromkeys([*a, *b]))[:k] for a, b in zip(firsts, seconds, strict=True)]


class OracleProposer:
    """The reference at a random place among another proposer's candidates. For upper bounds and for tests.

    It reads the running example, which no agent or proposer may; no suite uses it.

    Args:
        env: The environment whose example it reads.
        distractors: Gives the other candidates.
    """

    def __init__(self, env: TextEnv, distractors: Proposer) -> None:
        self._env, self._distractors = env, distractors

    def __call__(
        self, conversations: Sequence[Conversation], k: int, seeds: Sequence[int]
    ) -> list[list[str]]:
        """Distractors with the first reference put among them, at a place drawn from the seed."""
        reference = self._env.example.references[0]
        rows = self._distractors(conversations, k, seeds)
        for row, seed in zip(rows, seeds, strict=True):
            row[:] = [text for text in row if text != reference][: k - 1]
            row.insert(int(np.random.default_rng(seed).integers(len(row) + 1)), reference)
        return rows


def named_proposer(name: str, env: TextEnv) -> Proposer:
    """Build a proposer for a text environment.

    Args:
        name: `"retrieval"`, `"adapted"`, `"adapted-last-line"` (of the examples whose last line is most alike),
            `"retrieval+copy"`, `"retrieval+lead"`, `"lead"`, `"dialogue"`, `"retrieval+code"`, `"retrieval+edits"`,
            `"code"`, `"edits"`, `"revisions"`, `"mending"` or `"oracle"`.
        env: The environment; its task gives the training examples.

    Raises:
        UnknownName: If there is no such proposer.
    """
    if name not in _FACTORIES:
        raise UnknownName(
            f"unknown proposer {name!r}; choose one of {', '.join(_FACTORIES)}, or pass a function"
        )
    return _FACTORIES[name](env)


@lru_cache(maxsize=8)
def _retrieval(task: Task) -> Retrieval:
    return Retrieval(_training_examples(task, _DRAWN))


@lru_cache(maxsize=8)
def _mending(task: Task) -> Mending:
    if not isinstance(task, PostEditingTask):
        raise InvalidValue("the proposer 'mending' corrects drafts; use it on textgym/PostEditing-choice-v0")
    return Mending(_training_examples(task, _COUNTED))


def _training_examples(task: Task, drawn: int) -> Sequence[Example]:
    if task.finite:
        return task.examples("train")
    rng = np.random.default_rng(0)
    return [task.generate(rng, "train", d) for d in rng.random(drawn)]


@lru_cache(maxsize=8)
def _adapted(task: Task) -> Adapted:
    return Adapted(_retrieval(task))


@lru_cache(maxsize=8)
def _adapted_last_line(task: Task) -> Adapted:
    return Adapted(Retrieval(_retrieval(task).examples, key=_last_line))


def _dialogue(task: Task) -> Proposer:
    return partial(dialogue, domain=task.domain_table) if isinstance(task, DialogueTask) else dialogue


def _oracle(env: TextEnv) -> Proposer:
    return OracleProposer(env, _retrieval(env.task))


_FACTORIES: dict[str, Callable[[TextEnv], Proposer]] = {
    "retrieval": lambda env: _retrieval(env.task),
    "adapted": lambda env: _adapted(env.task),
    "adapted-last-line": lambda env: _adapted_last_line(env.task),
    "retrieval+copy": lambda env: Joined(_retrieval(env.task), copy, 1 / 8),
    "retrieval+lead": lambda env: Joined(_retrieval(env.task), lead, 1 / 2),
    "lead": lambda env: lead,
    "dialogue": lambda env: _dialogue(env.task),
    "retrieval+code": lambda env: Joined(_retrieval(env.task), one_liners, 1 / 4),
    "retrieval+edits": lambda env: Joined(_retrieval(env.task), edits, 5 / 8),
    "code": lambda env: one_liners,
    "edits": lambda env: edits,
    "revisions": lambda env: revisions,
    "mending": lambda env: _mending(env.task),
    "oracle": _oracle,
}


def _instruction(prompt: str) -> str:
    first, line_end, _ = prompt.partition("\n")
    return first if line_end else ""


def _text(prompt: str) -> str:
    return prompt.partition("\n")[2] or prompt


def _last_line(prompt: str) -> str:
    return prompt.rstrip().rpartition("\n")[2]


def _body(conversation: Conversation) -> str:
    return _text(conversation[0]["content"])


def _leads(text: str, k: int) -> list[str]:
    sentences = [s.strip() for s in _SENTENCE_END.split(text) if s.strip()] or [text]
    leads = [" ".join(sentences[:n]) for n in range(1, k // 2 + 1)]
    return list(dict.fromkeys([*leads, *sentences[1:]]))[:k]
