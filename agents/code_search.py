"""Tries many programs on the examples of the prompt and sends the one that passes most of them.

To repair, it tries the given program with one change each; to write, one-line functions; and in both cases the solutions
of the most similar training examples. Programs run in the sandbox, as those of any agent do:

    textgym evaluate agents/code_search.py textgym/CodeRepair-v0

Where there is no function to write, it repeats the message.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym

from textgym import Agent, Request
from textgym.protocols import Conversation
from textgym.sandbox import DoctestJob, shared_sandbox
from textgym.tasks.code.problem import visible_examples
from textgym.wrappers.proposers import named_proposer

_NAME = re.compile(r"^def (\w+)\(", re.MULTILINE)
_TIME_LIMIT_S = 0.2


class ExampleSearch:
    """Generates and tests.

    Args:
        proposers: Give the programs to try.
        candidates: How many each of them gives.
    """

    def __init__(self, proposers: Sequence[Any], candidates: int = 40) -> None:
        self._proposers, self._candidates = proposers, candidates

    def act(self, requests: Sequence[Request]) -> list[str]:
        return [self._reply(request.conversation) for request in requests]

    def _reply(self, conversation: Conversation) -> str:
        prompt = conversation[0]["content"]
        found = _NAME.search(prompt)
        if found is None or not self._proposers:
            return conversation[-1]["content"]
        tried = {m["content"] for m in conversation if m["role"] == "assistant"}
        rows = [propose([conversation], self._candidates, [0])[0] for propose in self._proposers]
        programs = [text for text in dict.fromkeys(text for row in rows for text in row) if text not in tried]
        source = prompt.partition("\n")[2].partition("\nThis program is wrong:")[0]
        examples = "\n".join(f">>> {call}\n{result}" for call, result in visible_examples(source, found[1]))
        if not programs or not examples:
            return programs[0] if programs else "pass"
        jobs = [DoctestJob(program, found[1], examples, timeout_s=_TIME_LIMIT_S) for program in programs]
        passed = [verdict.passed_cases for verdict in shared_sandbox().map(jobs)]
        return programs[passed.index(max(passed))]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    env = gym.make(env_id, split="train", **(env_kwargs or {})).unwrapped
    names = ("edits", "retrieval") if "Code" in env_id else ()
    return ExampleSearch([named_proposer(name, env) for name in names])  # type: ignore[arg-type]
