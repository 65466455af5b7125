"""Reward: how close a reply is in meaning to a reference."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from transformers import AutoModel, PreTrainedModel

from textgym.protocols import Conversation, Example
from textgym.rewards.pretrained import load_text_model
from textgym.rewards.reply import newest_reply, prompt_of_reply
from textgym.rewards.text_cache import TextCache
from textgym.rewards.text_model import Text, TextModel

Against = Literal["references", "prompt"]


class EmbeddingSimilarity:
    """Similarity of meaning between the agent's newest reply and the references, by a sentence encoder.

    A text's embedding is the mean of the encoder's last hidden states over its tokens, scaled to length 1. The
    reward is `(1 + c) / 2` in [0, 1], where c is the largest cosine between the reply and a reference: 1 for a
    reply that equals a reference, around 0.5 for an unrelated one. An empty reply earns 0. Length and style
    count little, so that errors of detail (a number, a negation) cost little too; with an English encoder, such
    as `"minilm"`, other languages are compared mostly by shared words.

    Args:
        model: `"minilm"` (all-MiniLM-L6-v2, carried by the package of the extra `rewards`), a Hugging Face id,
            a local folder, or an encoder with its `tokenizer`, taken over and frozen.
        against: `"references"`, which never looks at the prompt, or `"prompt"`: the environment's message that
            the reply answers, for tasks without references. Copying the prompt then earns 1.
        tokenizer: The tokenizer of a model given as an object.
        max_length: Longest text in tokens; the rest of a longer one is ignored. None takes 256 for `"minilm"`,
            which it was trained for, and the model's limit for others.
        batch_size: Most texts in one forward pass.
        cache_size: Most embeddings remembered (1.5 KB each for `"minilm"`).
        device: A torch device, or `"auto"`: CUDA where there is a GPU, else the CPU.

    Raises:
        MissingExtra: If `"minilm"` is not installed.
        UnknownName: If there is no such model.
        ValueError: If an argument is out of range.

    References:
        Reimers and Gurevych, 2019, "Sentence-BERT", arXiv:1908.10084.
    """

    def __init__(
        self,
        model: str | PreTrainedModel = "minilm",
        *,
        against: Against = "references",
        tokenizer: Any = None,
        max_length: int | None = None,
        batch_size: int = 64,
        cache_size: int = 8192,
        device: str = "auto",
    ) -> None:
        if against not in get_args(Against):
            raise ValueError(f"against must be 'references' or 'prompt', got {against!r}")
        self.against = against
        self.name = f"EmbeddingSimilarity({model if isinstance(model, str) else type(model).__name__})"
        if max_length is None and model == "minilm":
            max_length = 256
        encoder, tokenizer = load_text_model(AutoModel, model, tokenizer)
        self._encoder = TextModel(
            encoder, tokenizer, max_length=max_length, batch_size=batch_size, device=device
        )
        self._cache: TextCache[str, np.ndarray] = TextCache(self._embed, size=cache_size)

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Rewards of shape (B,), float32, in [0, 1].

        Raises:
            ValueError: If an example has no references, or the agent has not spoken.
        """
        replies = [newest_reply(conversation) for conversation in conversations]
        targets = [self._targets(c, e) for c, e in zip(conversations, examples, strict=True)]
        embedding = dict(self._embeddings(replies, targets))
        rewards = np.zeros(len(replies), np.float32)
        for row, (reply, texts) in enumerate(zip(replies, targets, strict=True)):
            if reply.strip():
                cosine = max(float(embedding[reply] @ embedding[text]) for text in texts)
                rewards[row] = min(1.0, max(0.0, (1.0 + cosine) / 2.0))
        return rewards

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings of length 1, shape (B, D), float32, D the encoder's width; at least one text."""
        return np.stack(self._cache(texts))

    def _embeddings(self, replies: Sequence[str], targets: Sequence[Sequence[str]]) -> Any:
        texts = [*replies, *(text for several in targets for text in several)]
        return zip(texts, self._cache(texts), strict=True)

    def _targets(self, conversation: Conversation, example: Example) -> tuple[str, ...]:
        if self.against == "prompt":
            return (prompt_of_reply(conversation),)
        if not example.references:
            raise ValueError(
                f"example {example.id!r} has no references to compare a reply with; use a source that has some, "
                "or against='prompt'"
            )
        return example.references

    def _embed(self, texts: Sequence[Text]) -> Sequence[np.ndarray]:
        return list(self._encoder.read(texts, _mean_of_tokens))


def _mean_of_tokens(output: Any, mask: torch.Tensor) -> torch.Tensor:
    weights = mask[:, :, None].float()
    mean = (output.last_hidden_state * weights).sum(1) / weights.sum(1)
    return torch.nn.functional.normalize(mean, dim=1)
