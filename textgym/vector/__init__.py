"""Native vector environments: N episodes in lock-step, the turns of a step judged together."""

from textgym.vector.decision_vector_env import DecisionVectorEnv as DecisionVectorEnv
from textgym.vector.text_vector_env import TextVectorEnv as TextVectorEnv
from textgym.vector.tokens_vector_env import TokensVectorEnv as TokensVectorEnv
