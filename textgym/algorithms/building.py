"""The algorithms that `train` knows: their names, environments, untrained and saved models."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gymnasium import spaces
from sb3_contrib import QRDQN, MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from textgym.algorithms.maskable_dqn import MaskableDQN
from textgym.algorithms.q_learning import QLearning
from textgym.algorithms.typed_arguments import with_tuples
from textgym.errors import InvalidValue, TextGymError, UnknownName
from textgym.policies import (
    FeatureCachingVecEnv,
    LLMActorCriticPolicy,
    LLMFeaturesExtractor,
    PackedRolloutBuffer,
    PerActionPolicy,
    PointerPolicy,
    make_sb3_vec_env,
)
from textgym.policies.views import view_of
from textgym.registration import KINDS

ON_POLICY: dict[str, type[BaseAlgorithm]] = {"ppo": PPO, "a2c": A2C, "maskable_ppo": MaskablePPO}
OFF_POLICY: dict[str, type[BaseAlgorithm]] = {
    "dqn": DQN,
    "maskable_dqn": MaskableDQN,
    "qrdqn": QRDQN,
    "q_learning": QLearning,
}
#: Policies that the option `policy` names, for MaskablePPO, and the decision id whose vectors they read.
DECISION_POLICIES: dict[str, tuple[type[MaskableActorCriticPolicy], str]] = {
    "pointer": (PointerPolicy, "textgym/ExtractiveSummarization-v0"),
    "per_action": (PerActionPolicy, "textgym/CodeGrammar-v0"),
}


def algorithm_class(name: str) -> type[BaseAlgorithm]:
    """The class of an algorithm that `train` knows.

    Raises:
        UnknownName: If there is no such algorithm.
    """
    classes = {**ON_POLICY, **OFF_POLICY}
    if name not in classes:
        raise UnknownName(f"unknown algorithm {name!r}; choose one of {', '.join(classes)}")
    return classes[name]


def load_model(name: str, path: Path, **options: Any) -> BaseAlgorithm:
    """The saved model of an algorithm.

    Args:
        name: Of the algorithm.
        path: Its zip.
        **options: Of the algorithm's `load`.

    Raises:
        UnknownName: If there is no such algorithm.
    """
    chosen = algorithm_class(name)
    if chosen in (DQN, QRDQN):
        # Chosen again by `n_steps`: a saved class passes for one that somebody gave, and is warned of.
        options = {"replay_buffer_class": None, **options}
    return chosen.load(path, **options)


def policy_class(env_id: str, algorithm: str, name: str | None = None) -> type:
    """What `build_on` gives an algorithm as policy for the environments of `make_training_env`.

    Args:
        env_id: Id of the environments.
        algorithm: Name of the algorithm.
        name: The option `policy`, None where there is none.

    Raises:
        UnknownName: If there is no such policy.
        InvalidValue: If the policy is not for this algorithm or environment.
    """
    chosen = algorithm_class(algorithm)
    if name is not None:
        policy = _named_policy(name, fits=chosen is MaskablePPO and KINDS.get(env_id) == "decision")
        if env_id != (read := DECISION_POLICIES[name][1]):
            raise InvalidValue(
                f"the policy {name!r} reads the vectors of {read}, not those of {env_id}; leave the option out"
            )
        return policy
    if chosen is QLearning:
        return chosen.policy_aliases["QTable"]
    if KINDS.get(env_id) == "decision":
        return chosen.policy_aliases["MlpPolicy"]
    return LLMActorCriticPolicy if chosen in (PPO, A2C) else chosen.policy_aliases["MultiInputPolicy"]


def make_training_env(
    env_id: str, n_envs: int, *, seed: int, env_kwargs: Mapping[str, Any] | None = None
) -> VecEnv:
    """Environments to train on: those of `make_sb3_vec_env`; decisions shown as tokens become features.

    The features are those of the frozen language model with the name of the tokenizer, see `FeatureCachingVecEnv`.
    """
    venv = make_sb3_vec_env(env_id, n_envs, seed=seed, **(env_kwargs or {}))
    if KINDS[env_id] == "decision" and isinstance(venv.observation_space, spaces.Dict):
        return FeatureCachingVecEnv(venv, venv.get_attr("settings", 0)[0].tokenizer)
    return venv


def build_on(venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]) -> BaseAlgorithm:
    """The untrained model for environments of `make_training_env`.

    Raises:
        InvalidValue: If the algorithm does not take a value of the options, or is to keep a table of the features of
            a language model.
    """
    try:
        return _built(venv, algorithm, seed, options)
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, TextGymError) or not options:
            raise
        # What the libraries say about a value that they do not take, such as another device.
        raise InvalidValue(f"{algorithm} cannot be made with the options {dict(options)}: {error}") from error


def _built(venv: VecEnv, algorithm: str, seed: int, options: Mapping[str, Any]) -> BaseAlgorithm:
    chosen = algorithm_class(algorithm)
    options = with_tuples(chosen, options)
    # Stable-Baselines3 writes into it; the caller's stays as it is.
    if options.get("policy_kwargs"):
        options["policy_kwargs"] = dict(options["policy_kwargs"])
    on_vectors = isinstance(venv.observation_space, spaces.Box)
    if (name := options.pop("policy", None)) is not None:
        policy = _named_policy(name, fits=chosen is MaskablePPO and on_vectors)
        return chosen(policy, venv, seed=seed, **options)
    if chosen is QLearning:
        if isinstance(venv, FeatureCachingVecEnv):
            raise InvalidValue(
                f"{algorithm} keeps a table, in which features of a language model hardly ever meet again; leave out "
                "observation='tokens', or choose another algorithm"
            )
        return QLearning("QTable", venv, seed=seed, **options)
    if on_vectors:
        return chosen("MlpPolicy", venv, seed=seed, **options)
    if chosen in (PPO, A2C):
        if not view_of(venv.observation_space).candidates:
            options = {"rollout_buffer_class": PackedRolloutBuffer, **options}
        return chosen(LLMActorCriticPolicy, venv, seed=seed, **options)
    policy_kwargs = {
        "features_extractor_class": LLMFeaturesExtractor,
        **(options.pop("policy_kwargs", None) or {}),
    }
    return chosen("MultiInputPolicy", venv, seed=seed, policy_kwargs=policy_kwargs, **options)


def _named_policy(name: object, *, fits: bool) -> type[MaskableActorCriticPolicy]:
    if not isinstance(name, str) or name not in DECISION_POLICIES:
        raise UnknownName(f"unknown policy {name!r}; choose one of {', '.join(DECISION_POLICIES)}")
    if not fits:
        raise InvalidValue(f"the policy {name!r} is for maskable_ppo on decision ids; leave the option out")
    return DECISION_POLICIES[name][0]
