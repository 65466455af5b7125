"""As `adapted.py`, with the training example whose last line is most alike: in a conversation, what is to be answered."""

from collections.abc import Mapping
from pathlib import Path
from runpy import run_path
from typing import Any

from textgym import Agent

NearestReference = run_path(str(Path(__file__).with_name("retrieval.py")))["NearestReference"]


def make_agent(env_id: str, env_kwargs: Mapping[str, Any] | None = None) -> Agent:
    return NearestReference(env_id, env_kwargs, proposer="adapted-last-line")
