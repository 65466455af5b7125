"""Users who are hard to understand: in words they hesitate, slip and misspell; in acts they are misheard.

What the user means is never touched, so that the same messages of an agent earn the same at every level of noise.

With `noise` in [0, 1], in words:

- half as often as `noise` says, a sentence that would be direct is worded indirectly, where the domain can;
- with probability 0.3 `noise` a wish is first told with a wrong value, which the user takes back: "No, I mean ...";
- with probability 0.5 `noise` a sentence begins with a filler;
- with probability 0.15 `noise` a word of at least five letters is misspelt: a letter is lost, doubled, or changes place
  with the next one.

And in acts, each of them by itself: it is lost with probability 0.1 `noise` and misheard with probability 0.1 `noise`.
A misheard wish or change has another value of its slot, a misheard question or indifference another slot, another
act is heard as `Unclear`. Goodbyes are always understood.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from textgym.tasks.dialogue.acts import Bye, Change, DontCare, Inform, Request, Unclear, UserAct
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.lexicon import CORRECTION, FILLERS, SPELLED
from textgym.tasks.dialogue.wording import opening_sentences, sentence

_SLIP, _FILLER, _TYPO, _LOST, _MISHEARD = 0.3, 0.5, 0.15, 0.1, 0.1


def noisy_sentences(
    acts: Sequence[UserAct],
    rng: np.random.Generator,
    domain: Domain,
    *,
    indirect: float,
    noise: float,
    opening: bool,
) -> list[str]:
    """The sentences of a message, with indirect wordings and slips.

    Args:
        acts: What is meant.
        rng: Chooses the wording.
        domain: What is spoken of.
        indirect: Probability of an indirect wording without noise, in [0, 1].
        noise: In [0, 1].
        opening: Whether it is the user's first message.
    """
    if noise == 0.0:
        plain = [] if opening else [sentence(a, rng, domain, indirect=indirect) for a in acts]
        return plain or opening_sentences(acts, rng, domain, indirect=indirect)
    indirect += (1.0 - indirect) * 0.5 * noise
    said = [_slip(act, rng, domain) if rng.random() < _SLIP * noise else act for act in acts]
    if opening:
        texts = opening_sentences(said, rng, domain, indirect=indirect)
        return texts + [_correction(a, domain) for a, slipped in zip(acts, said, strict=True) if a != slipped]
    sentences: list[str] = []
    for act, slipped in zip(acts, said, strict=True):
        sentences.append(sentence(slipped, rng, domain, indirect=indirect))
        if slipped != act:
            sentences.append(_correction(act, domain))
    return sentences


def blurred(sentences: Sequence[str], rng: np.random.Generator, noise: float) -> str:
    """The sentences as one line, with fillers and misspelt words."""
    if noise == 0.0:
        return " ".join(sentences)
    hesitant = [_hesitant(text, rng) if rng.random() < _FILLER * noise else text for text in sentences]
    words = " ".join(hesitant).split(" ")
    return " ".join(_misspelt(w, rng) if rng.random() < _TYPO * noise else w for w in words)


def misheard(
    acts: Sequence[UserAct], rng: np.random.Generator, domain: Domain, noise: float
) -> tuple[UserAct, ...]:
    """What of the user's acts is recognised, and as what."""
    heard: list[UserAct] = []
    for act in acts:
        luck = float(rng.random())
        if isinstance(act, Bye) or luck >= (_LOST + _MISHEARD) * noise:
            heard.append(act)
        elif luck >= _LOST * noise:
            heard.append(_mistake(act, rng, domain))
    return tuple(dict.fromkeys(heard))


def _mistake(act: UserAct, rng: np.random.Generator, domain: Domain) -> UserAct:
    match act:
        case Inform(slot, value) | Change(slot, value):
            values = domain.values.get(slot) or domain.booking[slot]
            return replace(act, value=_other(values, value, rng))
        case Request(slot):
            return Request(_other(domain.answers, slot, rng))
        case DontCare(slot):
            return DontCare(_other(domain.searchable, slot, rng))
    return Unclear()


def _correction(act: UserAct, domain: Domain) -> str:
    assert isinstance(act, Inform)  # only wishes slip
    value = domain.show(act.slot, act.value)
    return CORRECTION.format(v=domain.user.changed[act.slot].format(v=value))


def _slip(act: UserAct, rng: np.random.Generator, domain: Domain) -> UserAct:
    """A wish that can be searched for, with a wrong value; any other act as it is."""
    if isinstance(act, Inform) and act.slot in domain.values:
        return replace(act, value=_other(domain.values[act.slot], act.value, rng))
    return act


def _other(options: Sequence[str], value: str, rng: np.random.Generator) -> str:
    others = [option for option in options if option != value] or [value]
    return others[int(rng.integers(len(others)))]


def _hesitant(text: str, rng: np.random.Generator) -> str:
    begins = text if text.startswith("I ") else text[0].lower() + text[1:]
    return FILLERS[int(rng.integers(len(FILLERS)))] + begins


def _misspelt(word: str, rng: np.random.Generator) -> str:
    letters = word.rstrip(".,!?:")
    if len(letters) < SPELLED or not letters.isalpha():
        return word
    place, kind = int(rng.integers(1, len(letters) - 1)), int(rng.integers(3))
    a, b, rest = letters[:place], letters[place], letters[place + 1 :]
    changed = (a + rest, a + b + b + rest, a + rest[0] + b + rest[1:])[kind]
    return changed + word[len(letters) :]
