"""A language model that words what a simulated user means."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from textgym.errors import check_integer, check_text
from textgym.llm.agent import LanguageModelAgent
from textgym.protocols import Request


@dataclass(frozen=True)
class LanguageModelWords:
    """Samples the user's wording from a language model; an agent that pickles, for `DialogueTask(words=...)`.

    The model is loaded at the first request and shared by the process. The same request gets the same words, up to
    the rounding of other batch sizes.

    Args:
        model: `"tiny"`, `"smollm2"`, a Hugging Face id or a local folder.
        max_new_tokens: Most tokens of a message.
    """

    model: str
    max_new_tokens: int = 48

    def __post_init__(self) -> None:
        if not check_text("model", self.model):
            raise ValueError("model must name a language model, such as 'tiny', got ''")
        check_integer("max_new_tokens", self.max_new_tokens, least=1)

    @property
    def name(self) -> str:
        """`"lm:MODEL"`."""
        return f"lm:{self.model}"

    def act(self, requests: Sequence[Request]) -> list[str]:
        """The words for each request, by position."""
        return _loaded(self.model, self.max_new_tokens).act(requests)


@lru_cache(maxsize=2)
def _loaded(model: str, max_new_tokens: int) -> LanguageModelAgent:
    return LanguageModelAgent(model, max_new_tokens=max_new_tokens, deterministic=False)
