"""Bits per byte of held-out text, the measure that compares models over the same tokens."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedModel

from textgym.algorithms.corpus.documents import Document
from textgym.tokenization import ChatTokenizer

#: Natural logarithm of the probability of each id given those before it, shape (T,).
Scorer = Callable[[Sequence[int]], np.ndarray]


@dataclass(frozen=True)
class BitsPerByte:
    """Bits per byte of documents.

    Args:
        whole: Over everything but the first token of each document.
        replies: Over the answers alone: translations, summaries, the expert's and the chatters' utterances. The
            same as `whole` for plain text, and None where all answers lie behind the cut.
    """

    whole: float
    replies: float | None


def bits_per_byte(
    scorer: Scorer, documents: Sequence[Document], tokenizer: ChatTokenizer, *, length: int
) -> BitsPerByte:
    """Bits per byte under a model.

    The cost of special tokens counts, their bytes do not.

    Args:
        scorer: The model.
        documents: At least one.
        tokenizer: The model's tokenizer.
        length: Documents are cut to this many ids.

    Returns:
        Bits per byte over all documents together.
    """
    nats, replied_nats, size, replied_size = 0.0, 0.0, 0, 0
    for document in documents:
        parts = document.parts(tokenizer)
        ids = [i for part in parts for i in part][:length]
        replied = np.repeat([n % 2 == 1 for n in range(len(parts))], [len(part) for part in parts])[:length]
        cost = -scorer(ids)
        nats += float(cost[1:].sum())
        size += len(tokenizer.decode(ids).encode())
        replied_nats += float(cost[replied].sum())
        start = 0
        for number, part in enumerate(parts):
            inside = part[: max(0, length - start)]
            replied_size += len(tokenizer.decode(inside).encode()) if number % 2 else 0
            start += len(part)
    replies = replied_nats / replied_size / math.log(2) if replied_size else None
    return BitsPerByte(nats / size / math.log(2), replies)


def language_model_scorer(model: PreTrainedModel) -> Scorer:
    """The scorer of a causal language model; the first id, which it cannot predict, costs nothing."""

    def score(ids: Sequence[int]) -> np.ndarray:
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([list(ids)], device=model.device)).logits[0, :-1]
            chosen = torch.tensor(list(ids[1:]), device=model.device)[:, None]
            log_probability = logits.float().log_softmax(-1).gather(1, chosen)[:, 0]
        return np.concatenate([[0.0], log_probability.cpu().numpy()])

    return score
