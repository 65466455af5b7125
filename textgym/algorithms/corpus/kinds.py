"""Every kind of training text by name: where it comes from and how much of it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from textgym.algorithms.corpus.copying import copying
from textgym.algorithms.corpus.documentation import documentation
from textgym.algorithms.corpus.documents import Document, exchange
from textgym.data.base import Split
from textgym.tasks.base import Task
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.dialogue.expert import expert_conversation
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.post_editing import PostEditingTask
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask

#: Languages of the catalogues: those of the generated translations, and neighbours that share words with them.
CATALOGUE_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pt_BR", "ca", "gl", "ro", "nb", "da", "sv")

Draw = Callable[[np.random.Generator, Split], Document]


@dataclass(frozen=True)
class Kind:
    """One kind of text.

    Args:
        name: Its name.
        share: Its part of the training tokens; the shares of all kinds sum to 1.
        licence: Licence of the text.
        finite: Gives all documents of a split, in order; None for generated kinds.
        draw: Draws one document of a split; None for finite kinds.
    """

    name: str
    share: float
    licence: str
    finite: Callable[[Split], Iterator[Document]] | None = None
    draw: Draw | None = None

    def sample(self, split: Split, number: int, *, seed: int) -> list[Document]:
        """Documents of a split: generated anew, or picked at random (all of them if there are fewer)."""
        rng = np.random.default_rng([seed, _number(self.name), ("train", "validation", "test").index(split)])
        if self.draw is not None:
            return [self.draw(rng, split) for _ in range(number)]
        assert self.finite is not None
        documents = list(self.finite(split))
        return [documents[i] for i in rng.permutation(len(documents))[:number]]


def generated_stream(kind: Kind, seed: int) -> Iterator[Document]:
    """Endless training documents of a generated kind; the i-th depends on the seed and i alone."""
    assert kind.draw is not None
    for index in count():
        yield kind.draw(np.random.default_rng([seed, _number(kind.name), 100 + index]), "train")


def _number(name: str) -> int:
    return [kind.name for kind in KINDS].index(name)


def _examples(name: str, *tasks: Callable[[], Task]) -> Callable[[Split], Iterator[Document]]:
    def documents(split: Split) -> Iterator[Document]:
        for make in tasks:
            for example in make().examples(split):
                yield exchange(name, example)

    return documents


def _translation(rng: np.random.Generator, split: Split) -> Document:
    language = ("de", "fr", "es")[rng.integers(3)]
    task = TranslationTask("generated", language=language)
    return exchange("translation_generated", task.generate(rng, split, rng.random()))


def _drawn(name: str, task: Task) -> Draw:
    return lambda rng, split: exchange(name, task.generate(rng, split, rng.random()))


def _dialogue(rng: np.random.Generator, split: Split) -> Document:
    example = DialogueTask().generate(rng, split, rng.random())
    return Document("dialogue", example.group, expert_conversation(example))


KINDS = (
    Kind("translation_generated", 0.18, "Apache-2.0 (generated)", draw=_translation),
    Kind(
        "translation_catalogue",
        0.04,
        "BSD-3-Clause",
        finite=_examples(
            "translation_catalogue",
            *(lambda code=code: TranslationTask(f"django:{code}") for code in CATALOGUE_LANGUAGES),
        ),
    ),
    Kind(
        "summary_generated",
        0.07,
        "Apache-2.0 (generated)",
        draw=_drawn("summary_generated", SummarizationTask()),
    ),
    Kind("docstring", 0.04, "PSF-2.0", finite=_examples("docstring", lambda: SummarizationTask("stdlib"))),
    Kind("aclsum", 0.03, "MIT", finite=_examples("aclsum", lambda: SummarizationTask("aclsum"))),
    Kind("dialogue", 0.10, "Apache-2.0 (generated)", draw=_dialogue),
    Kind("small_talk", 0.04, "Apache-2.0 (generated)", draw=_drawn("small_talk", ChitChatTask())),
    Kind("chitchat", 0.10, "MIT", finite=_examples("chitchat", lambda: ChitChatTask("chitchat"))),
    Kind("documentation", 0.21, "see the list of packages", finite=documentation),
    Kind("copying", 0.08, "Apache-2.0 (generated)", draw=copying),
    Kind(
        "code_generated", 0.08, "Apache-2.0 (generated)", draw=_drawn("code_generated", CodeGenerationTask())
    ),
    Kind("post_editing", 0.03, "Apache-2.0 (generated)", draw=_drawn("post_editing", PostEditingTask())),
)
