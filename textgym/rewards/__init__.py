"""Reward functions: they score conversations, and satisfy `textgym.protocols.RewardFn`."""

from textgym.rewards.embedding_similarity import EmbeddingSimilarity as EmbeddingSimilarity
from textgym.rewards.sequence_classifier import SequenceClassifierReward as SequenceClassifierReward
from textgym.rewards.weighted_sum import WeightedSum as WeightedSum
