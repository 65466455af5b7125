"""Stable-Baselines3 with language models inside."""

from textgym.errors import require

require("torch", extra="train")
require("transformers", extra="train")
require("stable_baselines3", extra="train")
require("sb3_contrib", extra="train")

from textgym.policies.bit_mask_buffers import BitMaskDictRolloutBuffer, BitMaskRolloutBuffer  # noqa: E402
from textgym.policies.curriculum_vec_env import CurriculumVecEnv  # noqa: E402
from textgym.policies.doctor import DoctorCallback, DoctorWarning  # noqa: E402
from textgym.policies.feature_caching_vec_env import FeatureCachingVecEnv  # noqa: E402
from textgym.policies.learned_reward_vec_env import LearnedRewardVecEnv  # noqa: E402
from textgym.policies.llm_actor_critic import LLMActorCriticPolicy  # noqa: E402
from textgym.policies.llm_features_extractor import LLMFeaturesExtractor  # noqa: E402
from textgym.policies.metrics_logging import MetricsCallback  # noqa: E402
from textgym.policies.packed_rollout_buffer import PackedRolloutBuffer  # noqa: E402
from textgym.policies.per_action_policy import PerActionPolicy  # noqa: E402
from textgym.policies.pointer_policy import PointerPolicy  # noqa: E402
from textgym.policies.rollout_callbacks import (  # noqa: E402
    RecomputeCallback,
    ReferenceKLCallback,
    TruncationCallback,
)
from textgym.policies.sb3_vec_env import make_sb3_vec_env  # noqa: E402

__all__ = [
    "BitMaskDictRolloutBuffer",
    "BitMaskRolloutBuffer",
    "CurriculumVecEnv",
    "DoctorCallback",
    "DoctorWarning",
    "FeatureCachingVecEnv",
    "LLMActorCriticPolicy",
    "LLMFeaturesExtractor",
    "LearnedRewardVecEnv",
    "MetricsCallback",
    "PackedRolloutBuffer",
    "PerActionPolicy",
    "PointerPolicy",
    "RecomputeCallback",
    "ReferenceKLCallback",
    "TruncationCallback",
    "make_sb3_vec_env",
]
