"""Real conversations between two people, from the package `chitchat-dataset`."""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from textgym.data.base import Record, Split, check_split, group_key, split_of
from textgym.data.corpus import Corpus
from textgym.data.installed import package_folder
from textgym.data.near_duplicates import linked_groups

#: Utterances of context in a record, at most and at least: one utterance says too little to be continued.
MAX_CONTEXT = 6
MIN_CONTEXT = 2
#: Records that one conversation gives at most, so that long conversations do not outweigh the others.
MAX_PER_CONVERSATION = 8
#: Lengths of an utterance that is worth predicting.
MIN_TARGET_WORDS = 3
MAX_TARGET_CHARS = 200
#: Lengths of a context; shorter ones are greetings, which are the same in all splits.
MIN_CONTEXT_CHARS = 40
MAX_CONTEXT_CHARS = 1000

Utterances = tuple[str, ...]


@lru_cache(maxsize=1)
def chitchat_source() -> Corpus:
    """Continue a conversation: up to six utterances of context and the one that a person said next.

    The fields are `context` (lines `A: ...` and `B: ...` in turn, the first line always `A`) and `target`
    (the next utterance, without a label). Consecutive messages of one person are one utterance. A
    conversation gives at most `MAX_PER_CONVERSATION` records, spread evenly over it. The group is the
    conversation, with all others that hold the same context, so that neither is in two splits.

    Returns:
        The corpus, named `chitchat`.

    Raises:
        MissingExtra: If `chitchat-dataset` is not installed.
    """
    return Corpus.from_records(
        "chitchat",
        [
            Record(f"chitchat/{id}/{end}", _groups()[id], {"context": context, "target": target})
            for id, utterances in _conversations().items()
            for end, context, target in continuations(utterances)
        ],
    )


def conversations(split: Split) -> Sequence[str]:
    """Whole conversations of a split as text, one line `A: ...` or `B: ...` for each utterance.

    The splits are those of `chitchat_source`. Conversations in which only one person wrote are left out.

    Raises:
        UnknownName: If there is no such split.
        MissingExtra: If `chitchat-dataset` is not installed.
    """
    check_split(split)
    groups = _groups()
    return [
        _labelled(utterances) for id, utterances in _conversations().items() if split_of(groups[id]) == split
    ]


@lru_cache(maxsize=1)
def _conversations() -> dict[str, Utterances]:
    """Conversations with at least two utterances by their ids, in the order of the package."""
    path = package_folder("chitchat_dataset") / "dataset.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    merged = {id: _merge(conversation["messages"]) for id, conversation in raw.items()}
    return {id: utterances for id, utterances in merged.items() if len(utterances) >= 2}


@lru_cache(maxsize=1)
def _groups() -> dict[str, str]:
    """Group of each conversation: the smallest id among those that are linked by equal contexts."""
    found = _conversations()
    linked = linked_groups(
        (id, f"context {group_key(context)}")
        for id, utterances in found.items()
        for _, context, _ in continuations(utterances)
    )
    return {id: linked.get(id, id) for id in found}


def _merge(blocks: Sequence[Sequence[dict[str, str]]]) -> Utterances:
    """One utterance for each run of messages by the same person, on one line."""
    messages = [
        (message["sender"], text)
        for block in blocks
        for message in block
        if (text := " ".join(message["text"].split()))
    ]
    return tuple(" ".join(text for _, text in run) for _, run in groupby(messages, key=lambda m: m[0]))


def _labelled(utterances: Sequence[str]) -> str:
    return "\n".join(f"{'AB'[index % 2]}: {text}" for index, text in enumerate(utterances))


def continuations(utterances: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """What can be asked about one conversation, spread evenly over it.

    Args:
        utterances: Of two people in turn, without labels, each on one line.

    Returns:
        At most `MAX_PER_CONVERSATION` times the position of an utterance worth predicting, up to `MAX_CONTEXT`
        utterances before it as lines `A: ...` and `B: ...`, and the utterance.
    """
    fit = []
    for end in range(MIN_CONTEXT, len(utterances)):
        target = utterances[end]
        context = _labelled(utterances[max(0, end - MAX_CONTEXT) : end])
        sane = len(target.split()) >= MIN_TARGET_WORDS and len(target) <= MAX_TARGET_CHARS
        if sane and MIN_CONTEXT_CHARS <= len(context) <= MAX_CONTEXT_CHARS:
            fit.append((end, context, target))
    kept = min(len(fit), MAX_PER_CONVERSATION)
    for index in range(kept):
        yield fit[index * len(fit) // kept]
