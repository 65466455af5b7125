"""Agent, id and seed in; records and statistics out."""

from textgym.evaluation.comparison import Difference, paired_difference
from textgym.evaluation.records import Record, Result
from textgym.evaluation.rollout import evaluate

__all__ = ["Difference", "Record", "Result", "evaluate", "paired_difference"]
