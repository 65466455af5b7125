"""Wrappers: they change what the agent sees, does and earns."""

from textgym.wrappers.curriculum import Curriculum as Curriculum
from textgym.wrappers.learned_reward import LearnedReward as LearnedReward
