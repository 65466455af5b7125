"""Wrappers: they change what the agent sees, does and earns."""

from textgym.wrappers.learned_reward import LearnedReward as LearnedReward
