"""How the user's acts become a message: the domain's templates, a language model's words, and noise on both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from textgym.protocols import Agent, Message, Request
from textgym.tasks.dialogue.acts import DatabaseAct, UserAct
from textgym.tasks.dialogue.noise import blurred, noisy_sentences
from textgym.tasks.dialogue.scene import Scene
from textgym.tasks.dialogue.state import State
from textgym.tasks.dialogue.understanding import heard_domain, read_user
from textgym.tasks.dialogue.wording import DATABASE_MARK, USER_MARK

MAX_CHARACTERS = 400
"""Longest message of a language model that is taken for the user's."""

_ASKED = "Say it differently: {text}"
_SHOWN = (
    (
        "I would like Italian food. It should be cheap.",
        "Could we have some Italian food? Something cheap, please.",
    ),
    ("Great. What is the address?", "Great. Can you tell me the address?"),
)


class Words(Agent, Protocol):
    """An agent that puts what the user means into other words. Hashable, and the same for the same requests."""

    @property
    def name(self) -> str:
        """What to call it, such as `"lm:tiny"`."""
        ...


@dataclass(frozen=True)
class Utterance:
    """What is to be said in one turn of an episode.

    Args:
        seed: Seed of the episode.
        state: Where the episode stands.
        answer: The user's acts.
        results: The database's acts.
    """

    seed: int
    state: State
    answer: tuple[UserAct, ...]
    results: tuple[DatabaseAct, ...] = ()


@dataclass(frozen=True)
class Speech:
    """Puts the user's acts into words.

    Args:
        scene: Domain and noise.
        words: Gives other words for a message; None to leave it. They are taken only if they are one line of at most
            `MAX_CHARACTERS` and are read back as the very acts that they stand for: no slot value may be lost, changed
            or made up. Otherwise the domain's own words are said.
    """

    scene: Scene
    words: Words | None = None

    def __call__(self, utterances: Sequence[Utterance]) -> list[str]:
        """One marked line for each."""
        reworded = self._reworded(utterances)
        return [f"{USER_MARK} {self._said(u, text)}" for u, text in zip(utterances, reworded, strict=True)]

    def _said(self, utterance: Utterance, reworded: str | None) -> str:
        noise, rng = self.scene.noise, self._rng(utterance)
        sentences = self._sentences(utterance, rng, noise) if reworded is None else [reworded]
        return blurred(sentences, rng, noise)

    def _reworded(self, utterances: Sequence[Utterance]) -> list[str | None]:
        """The other words, where they carry what is meant."""
        if self.words is None or not utterances:
            return [None] * len(utterances)
        asked = [self._request(u) for u in utterances]
        said = zip(utterances, self.words.act(asked), strict=True)
        return [
            text.strip() if isinstance(text, str) and self._carries(u, text) else None for u, text in said
        ]

    def _request(self, utterance: Utterance) -> Request:
        plain = " ".join(self._sentences(utterance, self._rng(utterance), 0.0))
        shown = [
            turn
            for text, words in _SHOWN
            for turn in (_asked(text), Message(role="assistant", content=words))
        ]
        return Request((*shown, _asked(plain)), episode=0, turn=utterance.state.turns, seed=utterance.seed)

    def _carries(self, utterance: Utterance, text: str) -> bool:
        table, line = self.scene.table, text.strip()
        if (
            len(line.splitlines()) != 1
            or len(line) > MAX_CHARACTERS
            or USER_MARK in line
            or DATABASE_MARK in line
        ):
            return False
        about = heard_domain(({"role": "user", "content": f"{USER_MARK} {line}"},))
        named = utterance.state.turns > 0 or about.name == table.name
        return named and set(read_user(line, table)) == set(utterance.answer)

    def _sentences(self, utterance: Utterance, rng: np.random.Generator, noise: float) -> list[str]:
        state = utterance.state
        return noisy_sentences(
            utterance.answer,
            rng,
            self.scene.table,
            indirect=state.goal.indirect,
            noise=noise,
            opening=state.turns == 0,
        )

    def _rng(self, utterance: Utterance) -> np.random.Generator:
        return np.random.default_rng([utterance.seed, 2, utterance.state.turns])


def _asked(text: str) -> Message:
    return Message(role="user", content=_ASKED.format(text=text))
