"""Ways to do one iteration of reinforcement learning on a language model: N turns of T tokens, then one update."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import DictRolloutBuffer
from token_toy_vec_env import TokenToyVecEnv
from torch import Tensor
from torch.nn import functional
from transformers import GenerationConfig

from textgym.llm.loading import LanguageModel, load_language_model, resolve_device
from textgym.policies import LLMActorCriticPolicy, PackedRolloutBuffer
from textgym.policies.actor_heads import Observation

DEVICE = resolve_device("auto")
LEARNING_RATE = 1e-6
# Gradients are clipped to this norm, the default of Stable-Baselines3.
MAX_GRAD_NORM = 0.5
# What a re-encoding update fits into the memory of a small machine, in transitions: of the tiny model, and of others.
NAIVE_BATCH, NAIVE_BATCH_LARGE = 64, 16
_SAMPLED_STEPS = 4


@dataclass(frozen=True)
class Setting:
    """What every candidate does in one iteration, in float32.

    Args:
        language_model: The model.
        rows: Number N of turns that are generated together.
        prompt: Length P of a prompt, in random ids.
        turn: Length T of a turn, in tokens.
    """

    language_model: LanguageModel
    rows: int
    prompt: int
    turn: int

    @property
    def vocabulary(self) -> int:
        """Number V of the model's logits."""
        return self.model().get_output_embeddings().weight.shape[0]

    @property
    def naive_batch(self) -> int:
        """Transitions in a minibatch of the re-encoding recipe."""
        return NAIVE_BATCH if self.language_model == "tiny" else NAIVE_BATCH_LARGE

    def model(self) -> Any:
        """The pretrained model, resident and frozen."""
        return load_language_model(self.language_model, device=DEVICE, dtype="float32")

    def own_model(self) -> Any:
        """A copy that can be trained."""
        return copy.deepcopy(self.model()).requires_grad_(True)


Seconds = tuple[float, float]
"""Of a rollout and of an update."""
Candidate = Callable[[], Seconds]


def now() -> float:
    """Seconds on the clock: of the processor's time, or on a GPU of real time once its work is done."""
    if DEVICE == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


class Limit:
    """Nothing but the language model: `generate()`, then one forward and backward pass, clipping and Adam.

    On a GPU `generate()` has a static cache, and its decoding is compiled and recorded.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting, self._model = setting, setting.own_model()
        self._optimizer = torch.optim.Adam(self._model.parameters(), lr=LEARNING_RATE)
        self._model.generation_config = fixed_length_generation(setting.turn)

    def __call__(self) -> Seconds:
        setting = self._setting
        prompts = torch.randint(3, setting.vocabulary, (setting.rows, setting.prompt), device=DEVICE)
        start = now()
        ids = self._model.generate(prompts, attention_mask=torch.ones_like(prompts))
        middle = now()
        hidden = self._model.base_model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
        logits = self._model.get_output_embeddings()(hidden[:, -setting.turn :])
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, -setting.turn :].flatten())
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), MAX_GRAD_NORM)
        self._optimizer.step()
        return middle - start, now() - middle


class StableBaselines:
    """PPO of Stable-Baselines3 as it is, one epoch.

    Args:
        setting: The iteration.
        policy: Class of the policy.
        buffer: Class of the rollout buffer.
        batch_size: Transitions of a minibatch.
        end_rate: Probability of an end after each token.
    """

    def __init__(
        self, setting: Setting, policy: type, buffer: type, batch_size: int, *, end_rate: float = 0.0
    ) -> None:
        self.setting = setting
        env = TokenToyVecEnv(
            setting.rows,
            prompt=setting.prompt,
            turn=setting.turn,
            vocabulary=setting.vocabulary,
            end_rate=end_rate,
        )
        self.ppo = PPO(
            policy,
            env,
            n_steps=setting.turn,
            batch_size=batch_size,
            n_epochs=1,
            learning_rate=LEARNING_RATE,
            gamma=1.0,
            rollout_buffer_class=buffer,
            policy_kwargs={
                "language_model": setting.language_model,
                "trainable": "full",
                "device": DEVICE,
                "dtype": "float32",
            },
            device=DEVICE,
            seed=0,
        )
        _, self._callback = self.ppo._setup_learn(10**9)

    def __call__(self) -> Seconds:
        seconds = self.collect()
        start = now()
        self.ppo.train()
        return seconds, now() - start

    def collect(self) -> float:
        """Seconds of a rollout alone, T steps of all rows."""
        start = now()
        self.ppo.collect_rollouts(
            cast(TokenToyVecEnv, self.ppo.env), self._callback, self.ppo.rollout_buffer, self.setting.turn
        )
        return now() - start


class ReencodingPolicy(LLMActorCriticPolicy):
    """The recipe that everyone writes: each observation goes through the language model as a whole."""

    def _read(self, obs: Observation, caller: str) -> Any:
        return self.heads.read(self.backbone, obs)


def textgym_ppo(setting: Setting, *, end_rate: float = 0.0) -> StableBaselines:
    """This project."""
    batch_size = setting.rows * setting.turn
    return StableBaselines(setting, LLMActorCriticPolicy, PackedRolloutBuffer, batch_size, end_rate=end_rate)


def naive_ppo(setting: Setting) -> StableBaselines:
    """Re-encoding; it needs small minibatches, and so takes more optimizer steps with the same gradients."""
    return StableBaselines(setting, ReencodingPolicy, DictRolloutBuffer, setting.naive_batch)


class ExtrapolatedNaive:
    """What `naive_ppo` would take, from a part of its work, which depends on the lengths alone.

    The rollout is the area under the times of a few steps spread over a turn, the update as many minibatches as
    there are of one whose observations are of all lengths.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting, self._policy = setting, naive_ppo(setting).ppo.policy

    def __call__(self) -> Seconds:
        return self._rollout(), self._update()

    def _rollout(self) -> float:
        setting = self._setting
        steps = np.linspace(0, setting.turn - 1, _SAMPLED_STEPS).round()
        seconds = []
        self._policy.set_training_mode(False)
        for step in steps:
            observation = self._observe(np.full(setting.rows, setting.prompt + step))
            start = now()
            with torch.no_grad():
                self._policy(observation)
            seconds.append(now() - start)
        # One more: Stable-Baselines3 asks for the values of the last observations.
        return float(np.trapezoid(seconds, steps) / (steps[-1] - steps[0])) * (setting.turn + 1)

    def _update(self) -> float:
        setting, policy = self._setting, cast(LLMActorCriticPolicy, self._policy)
        rows = setting.naive_batch
        policy.set_training_mode(True)
        longest = setting.prompt + setting.turn - 1
        observation = self._observe(np.linspace(setting.prompt, longest, rows).round())
        actions = torch.randint(3, setting.vocabulary, (rows,), device=DEVICE)
        start = now()
        values, log_probs, _ = policy.evaluate_actions(observation, actions)
        loss = values.square().mean() - log_probs.mean()
        policy.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), MAX_GRAD_NORM)
        policy.optimizer.step()
        return (now() - start) * setting.rows * setting.turn / rows

    def _observe(self, lengths: np.ndarray) -> dict[str, Tensor]:
        setting = self._setting
        shape = len(lengths), setting.prompt + setting.turn
        tokens = torch.randint(3, setting.vocabulary, shape, device=DEVICE)
        return {"tokens": tokens, "length": torch.as_tensor(lengths, device=DEVICE).long()[:, None]}


def fixed_length_generation(tokens: int) -> GenerationConfig:
    """Sampling from the model's own distribution; without an end-of-turn token nothing ends early."""
    return GenerationConfig(
        max_new_tokens=tokens,
        do_sample=True,
        top_k=0,
        pad_token_id=0,
        use_cache=True,
        cache_implementation=None if DEVICE == "cpu" else "static",
    )
