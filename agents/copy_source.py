"""Copies from the prompt: the whole source, its lead where a length limit is given, or the last line of a talk.

A strong simple baseline of summarization, and what a translation that leaves everything untranslated scores.
"""

import re

from textgym import Agent, as_agent

_LIMIT = re.compile(r"at most (\d+) words")
_SPEAKER = re.compile(r"[AB]: ")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def copy_source(message: str) -> str:
    """The message without its instruction line, reduced to its lead or to its last line."""
    instruction, _, source = message.partition("\n")
    source = source or instruction
    if _SPEAKER.match(source):
        return _SPEAKER.sub("", source.splitlines()[-1], count=1)
    limit = _LIMIT.search(instruction)
    return lead(source, int(limit[1])) if limit else source


def lead(text: str, words: int) -> str:
    """As many whole sentences from the start as fit, at least one, cut at the limit."""
    taken: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        if taken and len(taken) + len(sentence.split()) > words:
            break
        taken += sentence.split()
    return " ".join(taken[:words])


def make_agent() -> Agent:
    return as_agent(copy_source)
