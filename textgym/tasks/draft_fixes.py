"""Fixes of a faulty translation that need no knowledge of the language: what the text and its source show."""

import numpy as np

from textgym.data.catalogues import placeholders
from textgym.protocols import Conversation
from textgym.tasks.post_editing import STOP, read_prompt, read_revision

_MARKS = ".,?!:;"


def drop_repeats(text: str) -> str:
    """The text with each word that is repeated at once said once, whatever its case and punctuation."""
    kept: list[str] = []
    for word in text.split():
        if kept and _bare(kept[-1]) == _bare(word):
            # The later one carries the punctuation, the earlier one the capital letter.
            tail = word[len(word.rstrip(_MARKS)) :]
            kept[-1] = kept[-1].rstrip(_MARKS) + tail
        else:
            kept.append(word)
    return " ".join(kept)


def restore_placeholders(source: str, text: str) -> str:
    """The text with the placeholders that it lacks, each where it stands in the source by share of the words."""
    lost = placeholders(source) - placeholders(text)
    words, original = text.split(), source.split()
    for placeholder in lost.elements():
        place = next((i for i, word in enumerate(original) if placeholder in word), 0)
        words.insert(min(round(place / max(len(original), 1) * (len(words) + 1)), len(words)), placeholder)
    return " ".join(words)


def match_end(source: str, text: str) -> str:
    """The text with the source's mark at its end and with its kind of first letter."""
    mark = source[-1:] if source[-1:] in ".?!" else ""
    text = text.rstrip(".?! ") + mark if mark and text[-1:] != mark else text
    return text[:1].upper() + text[1:] if source[:1].isupper() else text


def fixed(source: str, text: str) -> str:
    """All fixes of this module."""
    return match_end(source, restore_placeholders(source, drop_repeats(text)))


def source_and_text(conversation: Conversation) -> tuple[str, str] | None:
    """The source of a post-editing conversation and the newest text, the draft at first; None for any other."""
    found = read_prompt(conversation[0]["content"])
    if found is None:
        return None
    source, draft = found
    said = [read_revision(m["content"], draft).text for m in conversation if m["role"] == "assistant"]
    return source, next((text for text in reversed(said) if text is not None), draft)


def candidate_revisions(conversation: Conversation, k: int, seed: int) -> list[str]:
    """Messages worth sending in a post-editing conversation; the text itself in any other.

    Args:
        conversation: The messages so far.
        k: At most so many, at least 1.
        seed: Source of randomness.

    Returns:
        Distinct messages: handing the text in, the fixes of this module with and without going on, then random
        swaps and omissions of words.
    """
    found = source_and_text(conversation)
    if found is None:
        return [conversation[0]["content"]]
    source, text = found
    whole = fixed(source, text)
    offered = [STOP, f"{whole}\n{STOP}", whole, drop_repeats(text), restore_placeholders(source, text)]
    words, rng = text.split(), np.random.default_rng(seed)
    for i in rng.permutation(len(words))[:k]:
        swapped = [*words[:i], *words[i : i + 2][::-1], *words[i + 2 :]]
        offered += [" ".join(swapped), " ".join([*words[:i], *words[i + 1 :]])]
    return list(dict.fromkeys(offer for offer in offered if offer))[:k]


def _bare(word: str) -> str:
    return word.rstrip(_MARKS).casefold()
