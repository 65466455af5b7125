"""A language model as an agent, without training on the task."""

from collections.abc import Sequence

import numpy as np

from textgym.errors import ContextTooSmall
from textgym.llm.backbone import Backbone
from textgym.llm.generation import generate_replies
from textgym.llm.sampling import reply_uniforms
from textgym.protocols import Request
from textgym.tokenization import load_tokenizer


class LanguageModelAgent:
    """Answers every conversation in the model's own chat format.

    Args:
        name: `"tiny"`, `"smollm2"`, a Hugging Face id or a local folder.
        max_new_tokens: Most tokens in a reply.
        deterministic: Take the most probable token; False samples from the model's distribution with random
            numbers that depend on the request's seed, episode and turn.
        device: See `textgym.llm.loading.load_language_model`.
    """

    def __init__(
        self, name: str, *, max_new_tokens: int = 96, deterministic: bool = True, device: str = "auto"
    ) -> None:
        if max_new_tokens < 1:
            raise ValueError(f"max_new_tokens must be at least 1, got {max_new_tokens}")
        self._backbone = Backbone(name, device=device)
        self._tokenizer = load_tokenizer(name)  # after the model: loading `smollm2` writes its tokenizer
        self._max_new_tokens = max_new_tokens
        self._deterministic = deterministic

    def act(self, requests: Sequence[Request]) -> list[str]:
        """Answer each request, by position.

        Raises:
            ContextTooSmall: If a conversation and its reply exceed what the model can read.
        """
        prompts = [self._tokenizer.prompt_ids(request.conversation) for request in requests]
        self._check_lengths(prompts)
        budget = self._max_new_tokens
        uniforms = np.array([reply_uniforms(r.seed, r.episode, r.turn, budget) for r in requests])
        replies = generate_replies(
            self._backbone,
            prompts,
            max_new_tokens=budget,
            end_of_turn=self._tokenizer.end_of_turn_id,
            uniforms=None if self._deterministic else uniforms,
        )
        return [self._tokenizer.decode(ids) for ids in replies]

    def _check_lengths(self, prompts: Sequence[Sequence[int]]) -> None:
        limit = self._backbone.max_positions
        longest = max(len(ids) for ids in prompts) + self._max_new_tokens
        if limit is not None and longest > limit:
            raise ContextTooSmall(
                f"the conversation and a reply of {self._max_new_tokens} tokens take {longest} tokens; the model "
                f"reads {limit}"
            )
