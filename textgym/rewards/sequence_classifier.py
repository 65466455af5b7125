"""Reward: the probability of a label, by any text classifier."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from textgym.errors import UnknownName
from textgym.protocols import Conversation, Example
from textgym.rewards.pretrained import load_text_model
from textgym.rewards.reply import newest_reply, prompt_of_reply, up_to_reply
from textgym.rewards.text_cache import TextCache
from textgym.rewards.text_model import Text, TextModel

Reading = Literal["reply", "pair", "conversation"]


class SequenceClassifierReward:
    """Probability of one label of a Hugging Face sequence classifier: sentiment, toxicity, entailment, preference.

    The reward lies in [0, 1]: the softmax over the labels, or the sigmoid of the label's logit for models with
    one logit (reward models) and those whose config says `multi_label_classification`.

    Texts that exceed `max_length` tokens are cut: a reply at its end, a conversation at its beginning, so that
    the newest reply stays, a pair on its longer side. Special tokens spelt in messages are read as plain
    text, or taken out where a chat template is used.

    Args:
        model: A Hugging Face id, a local folder, or a classifier with its `tokenizer`, taken over and frozen.
        label: Name or number of the label; may be left out only for models with one logit.
        text: What is classified. `"reply"`: the agent's newest message. `"pair"`: the environment's message
            before it and the reply, as the model's two segments (cross-encoders). `"conversation"`: all up to
            the newest reply, by the tokenizer's chat template if it has one, else as lines `role: content`.
            Give the model what it was trained on.
        tokenizer: The tokenizer of a model given as an object.
        max_length: Longest text in tokens; None takes the model's limit.
        batch_size: Most texts in one forward pass.
        cache_size: Most texts whose probability is remembered.
        device: A torch device, or `"auto"`: CUDA where there is a GPU, else the CPU.

    Raises:
        UnknownName: If there is no such model or label.
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        model: str | PreTrainedModel,
        *,
        label: str | int | None = None,
        text: Reading = "reply",
        tokenizer: Any = None,
        max_length: int | None = None,
        batch_size: int = 64,
        cache_size: int = 8192,
        device: str = "auto",
    ) -> None:
        if text not in get_args(Reading):
            raise ValueError(f"text must be 'reply', 'pair' or 'conversation', got {text!r}")
        classifier, self._tokenizer = load_text_model(AutoModelForSequenceClassification, model, tokenizer)
        self.text = text
        names = {int(number): str(name) for number, name in (classifier.config.id2label or {}).items()}
        self.label = _label_number(label, names)
        shown = model if isinstance(model, str) else type(model).__name__
        self.name = f"SequenceClassifierReward({shown}, {names[self.label]})"
        self._independent = (
            classifier.config.num_labels == 1
            or classifier.config.problem_type == "multi_label_classification"
        )
        self._templated = text == "conversation" and bool(getattr(self._tokenizer, "chat_template", None))
        self._reader = TextModel(
            classifier, self._tokenizer, max_length=max_length, batch_size=batch_size, device=device
        )
        self._cache: TextCache[Text, float] = TextCache(self._classify, size=cache_size)

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Rewards of shape (B,), float32, in [0, 1]; the examples are not looked at.

        Raises:
            ValueError: If the agent has not spoken.
        """
        return np.array(self._cache([self._text_of(c) for c in conversations]), np.float32)

    def _text_of(self, conversation: Conversation) -> Text:
        if self.text == "reply":
            return newest_reply(conversation)
        if self.text == "pair":
            return (prompt_of_reply(conversation), newest_reply(conversation))
        heard = up_to_reply(conversation)
        if not self._templated:
            return "\n".join(f"{message['role']}: {message['content']}" for message in heard)
        messages = [{**message, "content": self._without_specials(message["content"])} for message in heard]
        return self._tokenizer.apply_chat_template(messages, tokenize=False)

    def _without_specials(self, content: str) -> str:
        # Once more after each removal: taking one out may join the parts of another.
        while found := [token for token in self._tokenizer.all_special_tokens if token in content]:
            for token in found:
                content = content.replace(token, "")
        return content

    def _classify(self, texts: Sequence[Text]) -> Sequence[float]:
        conversation = self.text == "conversation"
        rows = self._reader.read(texts, self._probability, framed=self._templated, keep_end=conversation)
        return rows[:, 0].tolist()

    def _probability(self, output: Any, _mask: torch.Tensor) -> torch.Tensor:
        logits = output.logits.float()
        each = logits.sigmoid() if self._independent else logits.softmax(dim=1)
        return each[:, [self.label]]


def _label_number(label: str | int | None, names: dict[int, str]) -> int:
    if label is None and len(names) == 1:
        return 0
    for number, name in names.items():
        if label in (number, name):
            return number
    raise UnknownName(f"label must be one of {names}, by name or number, got {label!r}")
