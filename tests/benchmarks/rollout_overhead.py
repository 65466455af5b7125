"""What a rollout costs where episodes end at different times, and what it costs besides the language model.

The first table compares agent tokens per second with `generate()` in batches, which waits for the longest reply of
a batch, while a vector environment starts the next episode at once. The second gives the time of a vector step
with a language model whose body computes nothing: Stable-Baselines3, environment, buffer, and the bookkeeping of
conversations. Medians and ranges over rounds, on one thread.
"""

import gc
import statistics
from collections.abc import Sequence

import numpy as np
import torch
import transformers
from ppo_candidates import DEVICE, Setting, fixed_length_generation, now, textgym_ppo
from rich.console import Console
from rich.table import Table
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.modeling_outputs import BaseModelOutput

ROUNDS = 5
RAGGED = Setting("tiny", 16, 32, 128)
END_RATE = 1 / 48
# Batches of generate() in a round: about as many tokens as a rollout has.
BATCHES = 3
# Most milliseconds of a step, by number of rows, in a context of 256 tokens.
OVERHEAD_BARS = {16: 0.5, 64: 0.5, 256: 1.0}
SPEED_BAR = 1.3


def main() -> None:
    """Print both tables."""
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    ragged_episodes()
    stubbed_model()


def ragged_episodes() -> None:
    """Agent tokens per second beside those of `generate()`."""
    rng = np.random.default_rng(0)
    model = RAGGED.own_model()
    candidate = textgym_ppo(RAGGED, end_rate=END_RATE)
    policy = candidate.ppo.policy

    def rollout() -> float:
        policy.set_training_mode(True)  # as an update does: what is remembered is void
        return RAGGED.rows * RAGGED.turn / candidate.collect()

    def batches() -> float:
        lengths = np.minimum(rng.geometric(END_RATE, (BATCHES, RAGGED.rows)), RAGGED.turn)
        seconds = sum(_generate(model, int(longest)) for longest in lengths.max(1))
        return int(lengths.sum()) / seconds

    rollout(), batches()
    speeds: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        gc.collect()
        speeds.append((rollout(), batches()) if number % 2 else (batches(), rollout())[::-1])
    ratios = [ours / theirs for ours, theirs in speeds]
    table = Table("ragged episodes", "tokens per second", "range")
    for name, column in zip(("textgym", "generate()"), zip(*speeds, strict=True), strict=True):
        table.add_row(name, *_summary(column, 0))
    table.add_row(f"ratio, bar {SPEED_BAR}", *_summary(ratios, 2))
    Console(width=120).print(table)


def stubbed_model() -> None:
    """Milliseconds of a vector step without the language model's body."""
    candidates = {rows: textgym_ppo(Setting(_small_model, rows, 32, 224)) for rows in OVERHEAD_BARS}
    for candidate in candidates.values():
        body = candidate.ppo.policy.backbone.model.base_model
        body.forward = _constant
        candidate.collect()
    times: dict[int, list[float]] = {rows: [] for rows in candidates}
    for _ in range(ROUNDS):
        for rows, candidate in candidates.items():
            gc.collect()
            times[rows].append(candidate.collect() / candidate.setting.turn * 1e3)
    table = Table("rows", "ms per vector step", "range", "bar")
    for rows, own in times.items():
        table.add_row(str(rows), *_summary(own, 2), _verdict(own, OVERHEAD_BARS[rows]))
    Console(width=120).print(table)


def _generate(model: LlamaForCausalLM, longest: int) -> float:
    """Seconds of a batch of fixed length: `generate()` computes every row up to the end of the longest."""
    prompts = torch.randint(3, RAGGED.vocabulary, (RAGGED.rows, RAGGED.prompt), device=DEVICE)
    start = now()
    model.generate(
        prompts,
        attention_mask=torch.ones_like(prompts),
        generation_config=fixed_length_generation(longest),
    )
    return now() - start


def _small_model() -> LlamaForCausalLM:
    """A head and a vocabulary that cost next to nothing."""
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
    )
    return LlamaForCausalLM(config)


def _constant(input_ids: torch.Tensor, **_: object) -> BaseModelOutput:
    return BaseModelOutput(last_hidden_state=torch.zeros(*input_ids.shape, 16, device=input_ids.device))


def _verdict(milliseconds: Sequence[float], most: float) -> str:
    return f"{most} {'met' if statistics.median(milliseconds) <= most else 'MISSED'}"


def _summary(values: Sequence[float], digits: int) -> tuple[str, str]:
    return (
        f"{statistics.median(values):.{digits}f}",
        f"{min(values):.{digits}f} - {max(values):.{digits}f}",
    )


if __name__ == "__main__":
    main()
