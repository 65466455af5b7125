"""What DQN costs on cached features of the shipped model, and with the model read anew for every batch.

Both learn from the same steps of the token view of Translation with the same settings, at two lengths of the
reply. They run round-robin in one process, `ROUNDS` times in rotating order; printed are medians of CPU time per
environment step, one update every 4 steps of all rows included, and the ratio within a round. The bar: 2.5 at
32 tokens, more at 64.
"""

import gc
import statistics
import time

import torch
from rich.console import Console
from rich.table import Table
from stable_baselines3 import DQN

from textgym.policies import FeatureCachingVecEnv, LLMFeaturesExtractor, make_sb3_vec_env

ROUNDS = 5
ROWS = 8
STEPS = 192
# Prompts take about 15 tokens, so that a conversation grows to about 32 and 64.
REPLY_TOKENS = (16, 48)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    table = Table("prompt + reply, tokens", "cached, µs", "range", "read anew, µs", "range", "ratio", "range")
    for reply_tokens in REPLY_TOKENS:
        models = [cached(reply_tokens), read_anew(reply_tokens)]
        for model in models:
            _cost(model)
        times: list[list[float]] = [[], []]
        for round_number in range(ROUNDS):
            for which in (0, 1) if round_number % 2 else (1, 0):
                gc.collect()
                times[which].append(_cost(models[which]))
        ratios = [anew / held for held, anew in zip(*times, strict=True)]
        cells = [f"{conversation_tokens(models[0]):.0f}"]
        for costs, unit, digits in ((times[0], 1e6, 0), (times[1], 1e6, 0), (ratios, 1, 2)):
            cells.append(f"{statistics.median(costs) * unit:.{digits}f}")
            cells.append(f"{min(costs) * unit:.{digits}f} - {max(costs) * unit:.{digits}f}")
        table.add_row(*cells)
    Console(width=120).print(table)


def cached(reply_tokens: int) -> DQN:
    """DQN whose replay buffer holds features."""
    return _dqn("MlpPolicy", FeatureCachingVecEnv(_views(reply_tokens), device="cpu"))


def read_anew(reply_tokens: int) -> DQN:
    """DQN whose replay buffer holds token ids."""
    extractor = {
        "features_extractor_class": LLMFeaturesExtractor,
        "features_extractor_kwargs": {"device": "cpu"},
    }
    return _dqn("MultiInputPolicy", _views(reply_tokens), policy_kwargs=extractor)


def conversation_tokens(model: DQN) -> float:
    """Length of a whole conversation: the median prompt and the median reply of the last episodes."""
    view = model.get_env().get_attr("settings")[0]
    prompts = _views(view.max_new_tokens).reset()["length"]
    return statistics.median(prompts[:, 0]) + statistics.median(e["l"] for e in model.ep_info_buffer)


def _views(reply_tokens: int):
    return make_sb3_vec_env(
        "textgym/Translation-tokens-v0", ROWS, seed=0, max_new_tokens=reply_tokens, context_length=128
    )


def _dqn(policy: str, venv, **options) -> DQN:
    # Almost no random actions, for which Stable-Baselines3 does not ask the network.
    return DQN(
        policy,
        venv,
        buffer_size=4096,
        learning_starts=0,
        exploration_initial_eps=0.05,
        device="cpu",
        seed=0,
        **options,
    )


def _cost(model: DQN) -> float:
    """CPU seconds for one step of one row."""
    start = time.process_time()
    model.learn(STEPS, reset_num_timesteps=model.num_timesteps == 0)
    return (time.process_time() - start) / STEPS


if __name__ == "__main__":
    main()
