"""Reward functions: they score conversations, and satisfy `textgym.protocols.RewardFn`."""

import importlib

from textgym.errors import require
from textgym.rewards.text_penalties import EchoPenalty as EchoPenalty
from textgym.rewards.text_penalties import LengthPenalty as LengthPenalty
from textgym.rewards.text_penalties import RepetitionPenalty as RepetitionPenalty
from textgym.rewards.weighted_sum import WeightedSum as WeightedSum

# Those with a model inside are imported when they are asked for, so that the others need no torch.
_WITH_MODEL = {
    "EmbeddingSimilarity": "textgym.rewards.embedding_similarity",
    "RewardModel": "textgym.rewards.reward_model",
    "SequenceClassifierReward": "textgym.rewards.sequence_classifier",
}


def __getattr__(name: str):
    if name not in _WITH_MODEL:
        raise AttributeError(f"module 'textgym.rewards' has no attribute {name!r}")
    require("torch", extra="train")
    require("transformers", extra="train")
    return getattr(importlib.import_module(_WITH_MODEL[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_WITH_MODEL])
