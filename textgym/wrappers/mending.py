"""Candidates for post-editing that mend the text by what was counted in training translations."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from textgym.protocols import Conversation, Example
from textgym.tasks.draft_fixes import source_and_text
from textgym.tasks.draft_mending import Mender
from textgym.tasks.post_editing import STOP, read_prompt


class Mending:
    """The likeliest corrections of the newest text, see `Mender`, each handed in: every further message costs.

    Words are counted in the sentences and references of training examples, apart for each instruction (the first line
    of the prompt: its language). Prompt groups are parted into halves by a hash, and a text is mended by what was counted
    in the other half than its own source's, so that training prompts find no better candidates than held-out ones do.

    Args:
        examples: Training examples. Only those of post-editing count.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        pairs: defaultdict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
        # Of each group its first source, which names it: one that was never met names its own.
        self._first: dict[str, str] = {}
        firsts: dict[str, str] = {}
        for example in examples:
            found = read_prompt(example.prompt)
            if found is not None:
                source = _plain(found[0])
                self._first.setdefault(source, firsts.setdefault(example.group or source, source))
                key = (_instruction(example.prompt), self._half(source))
                pairs[key] += [(found[0], reference) for reference in example.references]
        self._menders = {key: Mender(rows) for key, rows in pairs.items()}
        self._mended = lru_cache(maxsize=16_384)(self._search)

    def __call__(
        self, conversations: Sequence[Conversation], k: int, seeds: Sequence[int]
    ) -> list[list[str]]:
        """At most `k` messages for each: the text itself where nothing was counted for its instruction, and the first
        message of a conversation that is not post-editing.
        """
        return [self._messages(conversation, k) for conversation in conversations]

    def _messages(self, conversation: Conversation, k: int) -> list[str]:
        prompt, found = conversation[0]["content"], source_and_text(conversation)
        if found is None:
            return [prompt]
        return [f"{text}\n{STOP}" for text in self._mended(_instruction(prompt), *found, k)]

    def _search(self, instruction: str, source: str, text: str, k: int) -> tuple[str, ...]:
        mender = self._menders.get((instruction, 1 - self._half(_plain(source))))
        return tuple(mender(source, text, k)) if mender else (text,)

    def _half(self, source: str) -> int:
        return zlib.crc32(self._first.get(source, source).encode("utf-8", "surrogatepass")) & 1


def _instruction(prompt: str) -> str:
    return prompt.partition("\n")[0]


def _plain(source: str) -> str:
    return " ".join(source.casefold().split())
