"""Reads the sentences of generated functions one by one and writes the line that stood for each in training examples.

It learns from the train split alone: which expression goes with which sentence, constants left open, and which helper
functions an expression calls. What it shows is that generated functions can be learned from their training split:

    textgym evaluate agents/code_template.py textgym/CodeGeneration-v0

Where there is nothing of this kind to read, it repeats the message.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import gymnasium as gym

from textgym import Agent, Request

EXAMPLES = 1500
_CONSTANT = re.compile(r'"[^"]*"|-?\b\d+\b|\bk\b')
_SPECIFICATION = re.compile(r'"""Compute from [^\n]*\n(.*?)\n    Return the result\.', re.DOTALL)
_SIGNATURE = re.compile(r"^def solve\((\w+).*:$", re.MULTILINE)


class SentenceTranslator:
    """Translates sentences to expressions.

    Args:
        examples: Pairs of a prompt and a program.
    """

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        self._expressions: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._helpers: dict[str, str] = {}
        for prompt, program in examples:
            self._learn(prompt, program)

    def act(self, requests: Sequence[Request]) -> list[str]:
        return [self.program(r.conversation[0]["content"]) or r.conversation[-1]["content"] for r in requests]

    def program(self, prompt: str) -> str | None:
        """The program for a prompt; None if a sentence is unknown."""
        signature = _SIGNATURE.search(prompt)
        steps = [self._translated(sentence) for sentence in _sentences(prompt)]
        if signature is None or not steps or any(step is None for step in steps):
            return None
        known = [step for step in steps if step is not None]
        lines = [f"    {after[0]} = {step[1]}" for step, after in pairwise(known)]
        body = "\n".join([signature[0], *lines, f"    return {known[-1][1]}"])
        return "\n\n\n".join([*self._needed(body), body]) + "\n"

    def _learn(self, prompt: str, program: str) -> None:
        *helpers, main = program.rstrip("\n").split("\n\n\n")
        for helper in helpers:
            self._helpers |= {name: helper for name in re.findall(r"^def (\w+)", helper, re.MULTILINE)}
        sentences, lines = _sentences(prompt), main.split("\n")[1:]
        signature = _SIGNATURE.search(prompt)
        if signature is None or len(lines) != len(sentences):
            return
        variable = signature[1]
        for sentence, line in zip(sentences, lines, strict=True):
            target, _, expression = line.strip().removeprefix("return ").rpartition(" = ")
            key, constants = _opened(sentence)
            for i, constant in reversed(list(enumerate(constants))):
                edges = (r"(?<![\w.])", r"(?![\w.])") if constant[0] != '"' else ("", "")
                expression = re.sub(edges[0] + re.escape(constant) + edges[1], f"<{i}>", expression)
            self._expressions[key][variable, expression] += 1
            variable = target

    def _translated(self, sentence: str) -> tuple[str, str] | None:
        """Name of the variable and the expression in it."""
        key, constants = _opened(sentence)
        if key not in self._expressions:
            return None
        (variable, expression), _ = self._expressions[key].most_common(1)[0]
        for i, constant in enumerate(constants):
            expression = expression.replace(f"<{i}>", constant)
        return variable, expression

    def _needed(self, body: str) -> list[str]:
        names = re.findall(r"\b(\w+)\(", body)
        return list(dict.fromkeys(self._helpers[name] for name in names if name in self._helpers))


def _sentences(prompt: str) -> list[str]:
    found = _SPECIFICATION.search(prompt)
    return [line.strip() for line in found[1].split("\n")] if found else []


def _opened(sentence: str) -> tuple[str, list[str]]:
    """The sentence with its constants left open, and the constants."""
    constants = [
        c.strip('"') if len(c) > 2 and c.strip('"').isdigit() else c for c in _CONSTANT.findall(sentence)
    ]
    return _CONSTANT.sub("#", sentence), constants


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    env = gym.make(env_id, split="train", disable_env_checker=True, **(env_kwargs or {}))
    task = env.unwrapped.task  # type: ignore[attr-defined]
    if "Code" not in env_id or task.finite:
        return SentenceTranslator([])
    drawn = [
        env.reset(seed=0, options={"index": i, "difficulty": i / EXAMPLES})[1]["example"]
        for i in range(EXAMPLES)
    ]
    return SentenceTranslator([(example.prompt, example.references[0]) for example in drawn])
