"""A language model that words what a simulated user means."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from textgym.errors import InvalidValue, check_integer, check_text
from textgym.llm.backbone import Backbone
from textgym.llm.generation import generate_replies
from textgym.llm.loading import check_model_name
from textgym.llm.sampling import reply_uniforms
from textgym.protocols import Request
from textgym.tokenization import load_tokenizer


@dataclass(frozen=True)
class LanguageModelWords:
    """Samples the user's wording from a language model; an agent that pickles, for `DialogueTask(words=...)`.

    The model is loaded at the first request and shared by the process. The same request gets the same words, up to
    the rounding of other batch sizes.

    Args:
        model: `"tiny"`, `"smollm2"`, a Hugging Face id or a local folder.
        max_new_tokens: Most tokens of a message.
        temperature: Above 0; below 1 the model strays less from what it was asked to say.

    Raises:
        UnknownName: If there is no such model, as far as its name tells.
        InvalidValue: If another argument is out of range.
    """

    model: str
    max_new_tokens: int = 48
    temperature: float = 0.5

    def __post_init__(self) -> None:
        if not check_text("model", self.model):
            raise InvalidValue("model must name a language model, such as 'tiny', got ''")
        check_model_name(self.model)
        check_integer("max_new_tokens", self.max_new_tokens, least=1)
        if not self.temperature > 0:
            raise InvalidValue(f"temperature must be above 0, got {self.temperature}")

    @property
    def name(self) -> str:
        """`"lm:MODEL"`."""
        return f"lm:{self.model}"

    def act(self, requests: Sequence[Request]) -> list[str]:
        """The words for each request, by position; the random numbers depend on its seed, episode and turn."""
        backbone = _backbone(self.model)
        tokenizer = load_tokenizer(self.model)  # after the model: loading `smollm2` writes its tokenizer
        budget = self.max_new_tokens
        replies = generate_replies(
            backbone,
            [tokenizer.prompt_ids(request.conversation) for request in requests],
            max_new_tokens=budget,
            end_of_turn=tokenizer.end_of_turn_id,
            uniforms=np.array([reply_uniforms(r.seed, r.episode, r.turn, budget) for r in requests]),
            temperature=self.temperature,
        )
        return [tokenizer.decode(ids) for ids in replies]


@lru_cache(maxsize=2)
def _backbone(model: str) -> Backbone:
    return Backbone(model)
