"""English sentences with their German, French and Spanish translations, without end."""

import hashlib
from collections.abc import Callable

import numpy as np

from textgym.data.base import Record, group_key
from textgym.data.grammar import english, french, german, spanish
from textgym.data.grammar.drawing import SentenceDrawer
from textgym.data.grammar.tree import Sentence
from textgym.errors import UnknownName

_WORDINGS: dict[str, Callable[[Sentence], str]] = {
    "de": german.word,
    "es": spanish.word,
    "fr": french.word,
}
LANGUAGES = tuple(_WORDINGS)


def wording(language: str) -> Callable[[Sentence], str]:
    """What words a tree in one of `LANGUAGES`."""
    return _WORDINGS[language]


class SynchronousGrammar:
    """Draws English sentences and words the same tree in another language.

    A sentence is drawn as a tree that no language owns; each language words it with its own agreement,
    cases, conjugation and word order. The same random state gives the same English sentence for every
    target language. Names, codes and placeholders are copied as they are.

    Args:
        language: Target language: `"de"`, `"es"` or `"fr"`.

    Raises:
        UnknownName: If there is no grammar for the language.
    """

    name = "generated"

    def __init__(self, language: str = "de") -> None:
        if language not in _WORDINGS:
            raise UnknownName(f"no grammar for language {language!r}; choose one of {', '.join(LANGUAGES)}")
        self.language = language

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One sentence pair.

        Args:
            rng: Source of randomness.
            difficulty: In [0, 1]. At 0 short present-tense statements; then adjectives, past and future,
                negation, modal verbs, questions, codes, and at 1 often subordinate and relative clauses.

        Returns:
            A record with the fields `source`, `target` and `language`.
        """
        tree = SentenceDrawer(rng, difficulty).sentence()
        source, target = english.word(tree), _WORDINGS[self.language](tree)
        digest = hashlib.sha256(source.encode()).hexdigest()[:16]
        fields = {"source": source, "target": target, "language": self.language}
        return Record(f"generated:{self.language}/{digest}", group_key(source), fields)
