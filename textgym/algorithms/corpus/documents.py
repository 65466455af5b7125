"""Documents, and the kinds of text that the shipped language model learns from."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from textgym.protocols import Conversation, Example
from textgym.tokenization import ChatTokenizer

#: Special tokens of the shipped tokenizer, by id; the last one opens a document that is no conversation.
SPECIAL_TOKENS = ("<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|text|>")
TEXT_ID = SPECIAL_TOKENS.index("<|text|>")


@dataclass(frozen=True)
class Document:
    """One unit of training text: a conversation or a plain text.

    Args:
        kind: Name of its kind, such as `"chitchat"`.
        group: Prompt group, or any key that tells documents of its kind apart.
        messages: The conversation; empty for plain text.
        text: The plain text; empty for conversations.
    """

    kind: str
    group: str
    messages: Conversation = ()
    text: str = ""

    def __post_init__(self) -> None:
        if bool(self.messages) == bool(self.text):
            raise ValueError(
                f"a document is either messages or text, got {self.messages!r} and {self.text!r}"
            )

    def texts(self) -> tuple[str, ...]:
        """The contents of the messages, or the plain text."""
        return (self.text,) if self.text else tuple(m["content"] for m in self.messages)

    def parts(self, tokenizer: ChatTokenizer) -> list[list[int]]:
        """Token ids of what is given and what is answered in turn, exactly as environments present them.

        Answers end with the end-of-turn id. Plain text is an answer to nothing but `TEXT_ID`.
        """
        if self.text:
            return [[TEXT_ID], [*tokenizer.encode(self.text), tokenizer.end_of_turn_id]]
        return tokenizer.dialogue_ids(self.messages)

    def ids(self, tokenizer: ChatTokenizer) -> list[int]:
        """Token ids of all parts."""
        return [i for part in self.parts(tokenizer) for i in part]


def exchange(kind: str, example: Example) -> Document:
    """A prompt and the first reference as the reply."""
    return Document(
        kind,
        example.group,
        (
            {"role": "user", "content": example.prompt},
            {"role": "assistant", "content": example.references[0]},
        ),
    )


def content_hash(documents: Iterable[Document]) -> str:
    """16 hex digits of SHA-256 over the contents of documents, in order."""
    digest = hashlib.sha256()
    for document in documents:
        digest.update(json.dumps([document.kind, *document.texts()], ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()[:16]
