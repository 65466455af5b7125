"""An agent that asks an OpenAI-compatible chat endpoint."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from textgym.errors import AgentError, AgentUnavailable, require
from textgym.protocols import Request


@dataclass(frozen=True)
class EndpointAgent:
    """Sends each conversation to `/chat/completions` and returns the answer.

    The key is read from the environment variable `OPENAI_API_KEY`; servers on one's own machine usually
    ignore it. Requests of one batch run in parallel; failed ones are tried three times in all. What still
    fails is returned as an exception in its place, so that the other answers, which were paid for, count. A
    server that is not there, refuses the key or has no such model is no failure of the model and raises.

    Args:
        base_url: Address up to `/v1`, such as `"http://localhost:8000/v1"`.
        model: Name of the model on that server.
        temperature: 0 asks for the most probable answer.
        max_tokens: Longest answer, in tokens.
        timeout_s: Longest wait for one answer, in seconds.
        connections: Number of requests that run at once.
    """

    base_url: str
    model: str
    temperature: float = 0.0
    max_tokens: int = 256
    timeout_s: float = 60.0
    connections: int = 8

    def __post_init__(self) -> None:
        require("openai", extra="openai")
        if not self.model:
            raise AgentError(f"{self.base_url!r} names no model: write the address as {self.base_url}#MODEL")

    def act(self, requests: Sequence[Request]) -> list[str | Exception]:
        """Answer each request, by position.

        Raises:
            AgentUnavailable: If there is no such server or model, or the server refuses the key.
        """
        openai = require("openai", extra="openai")
        key = os.environ.get("OPENAI_API_KEY", "none")
        with (
            openai.OpenAI(
                base_url=self.base_url, api_key=key, timeout=self.timeout_s, max_retries=2
            ) as client,
            ThreadPoolExecutor(self.connections) as pool,
        ):
            return list(pool.map(lambda request: self._answer(client, request), requests))

    def _answer(self, client: Any, request: Request) -> str | Exception:
        try:
            completion = client.chat.completions.create(
                model=self.model,
                messages=list(request.conversation),
                temperature=self.temperature,
                max_tokens=self.max_tokens,
                # Servers differ in the seeds that they accept; all take 31 bits.
                seed=request.seed % 2**31,
            )
            return completion.choices[0].message.content or ""
        except Exception as error:
            if _is_unavailable(error):
                raise AgentUnavailable(
                    f"{self.base_url}#{self.model} cannot be asked: {error.__cause__ or error}; "
                    "check that the server runs, the address, the name of the model and OPENAI_API_KEY"
                ) from error
            return error


def _is_unavailable(error: Exception) -> bool:
    """Whether no model was asked; one that answers too late, or with an error, was."""
    openai = require("openai", extra="openai")
    if isinstance(error, openai.APITimeoutError):
        # By name: versions of the client differ in the package that the cause comes from.
        return type(error.__cause__).__name__ == "ConnectTimeout"
    return isinstance(error, openai.APIConnectionError | openai.AuthenticationError | openai.NotFoundError)
