"""Hands in the likeliest correction of a draft of textgym/PostEditing-v0, by counts of training translations.

    textgym evaluate agents/mended_draft.py textgym/PostEditing-v0

It reads sentences and references of the training split, no grammar and no lexicon; see `textgym.tasks.draft_mending`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym

from textgym import Agent, Request
from textgym.envs.text_env import TextEnv
from textgym.wrappers.proposers import named_proposer


class MendedDraft:
    """Sends the first candidate of the proposer `"mending"`.

    Args:
        env_id: A text id.
        env_kwargs: Its constructor arguments, without the split.
    """

    def __init__(self, env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> None:
        env = gym.make(env_id, split="train", **(env_kwargs or {}))
        self._propose = named_proposer("mending", cast(TextEnv, env.unwrapped))

    def act(self, requests: Sequence[Request]) -> list[str]:
        found = self._propose([r.conversation for r in requests], 1, [r.seed for r in requests])
        return [texts[0] for texts in found]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return MendedDraft(env_id, env_kwargs)
