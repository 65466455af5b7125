"""Answers with the reference of the most similar training example, made over for the message's own text by analogy.

Words of the reference that stand in its own source and not in this one are replaced by those that stand here in the
analogous place: `textgym.wrappers.adaptation`. Where examples have no references it repeats the message.
"""

from collections.abc import Mapping
from pathlib import Path
from runpy import run_path
from typing import Any

from textgym import Agent

NearestReference = run_path(str(Path(__file__).with_name("retrieval.py")))["NearestReference"]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return NearestReference(env_id, env_kwargs, proposer="adapted")
