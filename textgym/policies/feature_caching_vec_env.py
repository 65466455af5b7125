"""A Stable-Baselines3 vector environment whose observations are features of a frozen language model."""

from typing import Any, cast

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from textgym.llm.loading import LanguageModel
from textgym.policies.frozen_features import FrozenFeatures
from textgym.policies.llm_features_extractor import LLMFeaturesExtractor


class FeatureCachingVecEnv(VecEnvWrapper):
    """Replaces the observations of a view by what a frozen `LLMFeaturesExtractor` makes of them.

    The language model reads each new token once, when it is observed: a replay buffer or several epochs hold
    and reuse F numbers per observation. Any algorithm runs on them with its `"MlpPolicy"`: DQN, QR-DQN, A2C,
    PPO, TRPO, ARS, and MaskablePPO on the choice view, whose action masks pass through.

    Observations are `Box(-inf, inf, (F,), float32)`: F = D, the hidden size, in the token view, D + 3 K in the
    choice view. So are the `terminal_observation`s; everything else stays as it is.

    A saved algorithm does not hold the language model; it is loaded with
    `load(path, env=FeatureCachingVecEnv(...))`, made as in training.

    Args:
        venv: Environments of a token or choice view.
        language_model: See `textgym.llm.loading.load_language_model`.
        device: Where it computes: a torch device, or `"auto"`.
        dtype: `"float32"`, `"bfloat16"` or `"auto"`: bfloat16 on a GPU.

    Raises:
        UnsupportedSpace: If the observations are not those of such a view.
        ContextTooSmall: If the view's context is longer than the model can read.
        ValueError: If the model's vocabulary is not the environment's.
    """

    def __init__(
        self,
        venv: VecEnv,
        language_model: LanguageModel = "tiny",
        *,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        self.extractor = LLMFeaturesExtractor(
            venv.observation_space, language_model, device=device, dtype=dtype
        )
        self._features = FrozenFeatures(self.extractor)
        size = self.extractor.features_dim
        super().__init__(venv, observation_space=spaces.Box(-np.inf, np.inf, (size,), np.float32))

    def reset(self) -> np.ndarray:
        """Start episodes in all rows; features (N, F)."""
        observations = cast(dict[str, np.ndarray], self.venv.reset())
        self.reset_infos = self.venv.reset_infos
        return self._features(observations)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Finish the step; features (N, F), rewards (N,), dones (N,) and N infos."""
        observations, rewards, dones, infos = self.venv.step_wait()
        observations = cast(dict[str, np.ndarray], observations)
        if dones.any():
            # Before the new prompts: what ended is one token longer than what its slot holds.
            features = self._features(_with_terminal(observations, dones, infos))
            infos = [
                {**info, "terminal_observation": features[row]} if dones[row] else info
                for row, info in enumerate(infos)
            ]
        return self._features(observations), rewards, dones, infos


def _with_terminal(
    observations: dict[str, np.ndarray], dones: np.ndarray, infos: list[dict[str, Any]]
) -> dict[str, np.ndarray]:
    """The observations before the rows that ended were reset."""
    last = {name: values.copy() for name, values in observations.items()}
    for row in np.flatnonzero(dones):
        for name, values in infos[row]["terminal_observation"].items():
            last[name][row] = values
    return last
